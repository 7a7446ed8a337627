"""Synthetic fingers from a seed: a master finger, and impressions of it as a reader would deliver them, with what is
true of them. No person's print is in it. Method, sources and figures: docs/synthetic-fingers.md.
"""

from mlid_desktop.devices.finger_generator.impression import Impression, impress, take_impression
from mlid_desktop.devices.finger_generator.load import find_many
from mlid_desktop.devices.finger_generator.master import HEIGHT, WIDTH, MasterFinger, Masters, make_master
from mlid_desktop.devices.finger_generator.minutiae import TrueMinutiae
from mlid_desktop.devices.finger_generator.patterns import CLASS_SHARES, Pattern
from mlid_desktop.devices.finger_generator.touch import OPTICAL, SENSORS, Sensor, SensorKind, Touch, choose_touch

DPI = OPTICAL.dpi

__all__ = [
    "CLASS_SHARES",
    "DPI",
    "HEIGHT",
    "OPTICAL",
    "SENSORS",
    "WIDTH",
    "Impression",
    "MasterFinger",
    "Masters",
    "Pattern",
    "Sensor",
    "SensorKind",
    "Touch",
    "TrueMinutiae",
    "choose_touch",
    "find_many",
    "impress",
    "make_master",
    "take_impression",
]
