"""A simulated fingerprint reader: the fingers of made-up people, one a seed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SourceItem
from mlid_desktop.synthetic.fingerprint import (
    OPTICAL,
    SENSORS,
    Masters,
    Sensor,
    SensorKind,
    TouchParameters,
    choose_touch,
    impress,
)

PAUSE_S = 0.15  # between touches, as a hand needs to lift and place a finger; only a closing source waits less
MAX_TOUCHES = 200  # a session that takes no touch of these will take none
MAX_SEED = 2**31 - 1
MAX_IMPRESSION = 1_000_000
MIN_DPI, MAX_DPI = 250, 1000
OPTIONS = frozenset({"seed", "impression", "pressure", "moisture", "noise", "sensor", "dpi"})


@dataclass(frozen=True, slots=True)
class Conditions:
    """The sensor of a simulated reader, and what of each touch is not left to chance: ``pressure`` and ``moisture``
    -1..1, ``noise`` 0..1."""

    sensor: Sensor = OPTICAL
    pressure: float | None = None
    moisture: float | None = None
    noise: float | None = None

    def of(self, touch: TouchParameters) -> TouchParameters:
        """A touch of the sensor under these conditions."""
        return replace(
            touch,
            pressure=touch.pressure if self.pressure is None else self.pressure,
            moisture=touch.moisture if self.moisture is None else self.moisture,
            noise=touch.noise if self.noise is None else self.noise,
        )


def open_simulated_reader(address: SourceAddress) -> SimulatedReader:
    """Opens the simulated reader at ``simulated:finger?seed=7&impression=2``. Further options: ``pressure`` and
    ``moisture`` in -100..100, ``noise`` in 0..100, ``sensor`` (optical, capacitive, large) and ``dpi``. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    address.require_options(OPTIONS)
    kind = dict(address.options).get("sensor", SensorKind.OPTICAL)
    if kind not in set(SensorKind):
        raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="options", option="sensor")
    sensor, dpi = SENSORS[SensorKind(kind)], address.integer("dpi", None, MIN_DPI, MAX_DPI)
    conditions = Conditions(
        sensor if dpi is None else sensor.at(float(dpi)),
        _hundredths(address, "pressure", -100),
        _hundredths(address, "moisture", -100),
        _hundredths(address, "noise", 0),
    )
    impression = address.integer("impression", None, 0, MAX_IMPRESSION)
    return SimulatedReader(address.integer("seed", 0, 0, MAX_SEED) or 0, impression, conditions)


def _hundredths(address: SourceAddress, name: str, least: int) -> float | None:
    number = address.integer(name, None, least, 100)
    return None if number is None else number / 100.0


class SimulatedReader:
    """A source of touch after touch of one made-up finger, or with ``impression`` that very one and no other."""

    kind = SourceKind.SIMULATED

    def __init__(
        self,
        seed: int,
        impression: int | None = None,
        conditions: Conditions | None = None,
        masters: Masters | None = None,
    ) -> None:
        self._seed = seed
        self._impression = impression
        self._conditions = conditions or Conditions()
        self._masters = masters or Masters(1)
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the made-up finger."""
        return DeviceIdentity("simulated", f"finger-{self._seed}", f"Simulated finger {self._seed}")

    def close(self) -> None:
        """Ends the samples at once."""
        self._closed.set()

    def samples(self) -> Iterator[SourceItem]:
        """Yields finger images at the sensor's resolution, between the notices of a hand that comes and goes; one
        impression alone comes without them. The same seed gives the same images."""
        master = self._masters.get(self._seed)
        stamp = SampleStamp(self.identity, self.kind)
        only = None if self._impression is None else [self._impression]
        for number in itertools.islice(itertools.count(), MAX_TOUCHES) if only is None else only:
            if self._closed.is_set():
                return
            if only is None:
                yield DeviceNotice(DeviceEvent.FINGER_WANTED, self.identity)
                yield DeviceNotice(DeviceEvent.FINGER_ON, self.identity)
            if self._closed.is_set():
                return
            touch = self._conditions.of(choose_touch(self._seed, number))
            yield stamp.finger(impress(master, touch, number, self._conditions.sensor), self._conditions.sensor.dpi)
            if only is None:
                yield DeviceNotice(DeviceEvent.FINGER_OFF, self.identity)
                self._closed.wait(PAUSE_S)
