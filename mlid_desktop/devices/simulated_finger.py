"""A simulated fingerprint reader: the fingers of made-up people, one a seed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

from mlid_desktop.devices.delivery import Stamp
from mlid_desktop.devices.finger_generator import OPTICAL, choose_touch, impress, make_master
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

PAUSE_S = 0.15  # between touches, as a hand needs to lift and place a finger; only a closing source waits less
MAX_TOUCHES = 200  # a session that takes no touch of these will take none


class SimulatedFinger:
    """Touch after touch of one finger, or with ``impression`` that very one and no other."""

    kind = SourceKind.SIMULATED

    def __init__(self, seed: int, impression: int | None = None) -> None:
        self._seed = seed
        self._impression = impression
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """Which made-up finger."""
        return DeviceIdentity("simulated", f"finger-{self._seed}", f"Simulated finger {self._seed}")

    def close(self) -> None:
        """Ends the samples at once."""
        self._closed.set()

    def samples(self) -> Iterator[SourceItem]:
        """Finger images at 500 dpi; the same seed gives the same images."""
        master = make_master(self._seed)
        stamp = Stamp(self.identity, self.kind)
        only = None if self._impression is None else [self._impression]
        for number in itertools.islice(itertools.count(), MAX_TOUCHES) if only is None else only:
            if self._closed.is_set():
                return
            yield stamp.finger(impress(master, choose_touch(self._seed, number), number), OPTICAL.dpi)
            if only is None:
                self._closed.wait(PAUSE_S)
