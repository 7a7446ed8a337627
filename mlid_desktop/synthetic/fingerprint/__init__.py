"""Synthetic fingers from a seed: a master finger, and impressions of it as a reader would deliver them, with their
ground truth. No person's print is in it. Method, sources and figures: docs/synthetic-fingers.md.
"""

from mlid_desktop.synthetic.fingerprint.impression import SyntheticImpression, impress, take_impression
from mlid_desktop.synthetic.fingerprint.master import HEIGHT, WIDTH, MasterFinger, Masters, make_master
from mlid_desktop.synthetic.fingerprint.minutiae import TrueMinutiae
from mlid_desktop.synthetic.fingerprint.minutiae_sets import generate_minutiae_sets
from mlid_desktop.synthetic.fingerprint.patterns import CLASS_SHARES, Pattern
from mlid_desktop.synthetic.fingerprint.touch import OPTICAL, SENSORS, Sensor, SensorKind, TouchParameters, choose_touch

DPI = OPTICAL.dpi

__all__ = [
    "CLASS_SHARES",
    "DPI",
    "HEIGHT",
    "OPTICAL",
    "SENSORS",
    "WIDTH",
    "MasterFinger",
    "Masters",
    "Pattern",
    "Sensor",
    "SensorKind",
    "SyntheticImpression",
    "TouchParameters",
    "TrueMinutiae",
    "choose_touch",
    "generate_minutiae_sets",
    "impress",
    "make_master",
    "take_impression",
]
