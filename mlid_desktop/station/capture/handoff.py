"""Hands source items from the capture thread to the inference thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from mlid_desktop.devices.catalog import is_self_paced
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FrameSample, Sample, SourceItem
from mlid_desktop.modalities.registry import facts_of

EVERY_CAPACITY = 512  # blocks of 20-100 ms of sound: 10 s or more of analysis falling behind
WAITING_CAPACITY = 8  # blocks: a voice that answers prompts is never further ahead than 160 ms, so that its answer is
# heard while the digit is shown, however busy the machine is
FINGER_PATIENCE_S = 45.0  # nobody places a finger for so long: the reader is let go, and the person asked again
MOST_BEHIND_S = 0.12  # so that a preview goes on between two frames that are analysed
TOUCHES = frozenset({DeviceEvent.FINGER_ON, DeviceEvent.WRONG_FINGER, DeviceEvent.BACK})


class Handoff(Protocol):
    """A hand-off of source items between two threads: one writer, one reader. Iterating ends when the writer closed and
    all that was kept has been read."""

    def put(self, item: SourceItem) -> None:
        """Hands one item over; called by the capture thread."""
        ...

    def close(self, fault: Exception | None = None) -> None:
        """Closes the hand-off: nothing more will come; a fault is raised to the reader after what was put before it."""
        ...

    def __iter__(self) -> Iterator[SourceItem]: ...


class Newest:
    """A hand-off for pictures: a slow reader gets the newest, never an old one; notices are not dropped.

    ``patience_s``: after so many seconds in which nobody touched the reader, its reader gets
    DeviceError(DEVICE_NO_FINGER); a device that is away meanwhile is not counted against the person. None: never.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self._patience_s = patience_s
        self._deadline = None if patience_s is None else time.monotonic() + patience_s
        self._changed = threading.Condition()
        self._notices: deque[DeviceNotice] = deque()
        self._sample: Sample | None = None
        self._fault: Exception | None = None
        self._closed = False

    def put(self, item: SourceItem) -> None:
        """Hands one item over; a frame replaces an unread one."""
        with self._changed:
            self._heed(item)
            if isinstance(item, DeviceNotice):
                self._notices.append(item)
            else:
                self._sample = item
            self._changed.notify()

    def close(self, fault: Exception | None = None) -> None:
        """Closes the hand-off and lets the reader finish."""
        with self._changed:
            self._closed, self._fault = True, self._fault or fault
            self._changed.notify_all()

    def __iter__(self) -> Iterator[SourceItem]:
        while True:
            with self._changed:
                self._wait()
                item: SourceItem | None = self._notices.popleft() if self._notices else self._sample
                if item is self._sample:
                    self._sample = None
                    self._changed.notify_all()
            if item is None:
                if self._fault is not None:
                    raise self._fault
                return
            yield item

    def _heed(self, item: SourceItem) -> None:
        """Restarts the patience at a touch, and suspends it while the device is away."""
        if self._patience_s is None:
            return
        if isinstance(item, DeviceNotice) and item.event is DeviceEvent.LOST:
            self._deadline = None
        elif _is_touch(item):
            self._deadline = time.monotonic() + self._patience_s

    def _wait(self) -> None:
        """Waits until there is something to read. Raises DeviceError(DEVICE_NO_FINGER)."""
        while not (self._notices or self._sample is not None or self._closed):
            remaining = None if self._deadline is None else self._deadline - time.monotonic()
            if remaining is not None and remaining <= 0:
                raise DeviceError(Code.DEVICE_NO_FINGER, seconds=round(self._patience_s or 0))
            self._changed.wait(remaining)


class NewestOfPatient(Newest):
    """A hand-off for pictures of somebody who is drawn: as :class:`Newest`, but the source waits where its reader falls
    further behind than ``MOST_BEHIND_S`` of the source's time, so that what is decided does not hang on how busy the
    machine is."""

    def __init__(self) -> None:
        super().__init__()
        self._first_unread: float | None = None

    def put(self, item: SourceItem) -> None:
        """Hands one item over, after waiting for the reader where it is behind."""
        if isinstance(item, FrameSample):
            with self._changed:
                self._changed.wait_for(lambda: self._closed or not self._is_behind(item))
                if self._sample is None:
                    self._first_unread = item.captured_at
        super().put(item)

    def _is_behind(self, item: FrameSample) -> bool:
        unread = self._sample is not None and self._first_unread is not None
        return unread and item.captured_at - (self._first_unread or 0.0) > MOST_BEHIND_S


class GatedHandoff:
    """A hand-off behind a gate: until it is opened nothing goes through, and the newest frame can be glanced at."""

    def __init__(self, behind: Handoff) -> None:
        self._behind = behind
        self._lock = threading.Lock()
        self._newest: FrameSample | None = None
        self._is_open = self.closed = False

    def glance(self) -> FrameSample | None:
        """The newest frame that was not glanced at before; None where none has come."""
        with self._lock:
            frame, self._newest = self._newest, None
        return frame

    def open(self) -> None:
        """Lets through what comes from now on."""
        with self._lock:
            self._is_open, self._newest = True, None

    def put(self, item: SourceItem) -> None:
        """Hands one item over where the gate is open; keeps a frame until the next one otherwise."""
        with self._lock:
            through = self._is_open
            if not through and isinstance(item, FrameSample):
                self._newest = item
        if through:
            self._behind.put(item)

    def close(self, fault: Exception | None = None) -> None:
        """Closes the hand-off: nothing more will come."""
        self._behind.close(fault)
        self.closed = True

    def __iter__(self) -> Iterator[SourceItem]:
        return iter(self._behind)


def _is_touch(item: SourceItem) -> bool:
    """Whether an item shows that a finger was on the reader: a sample, or a failed try other than the reader's own
    time-out."""
    if not isinstance(item, DeviceNotice):
        return True
    tried = item.event is DeviceEvent.TRY_AGAIN and item.hint is not Hint.PLACE_FINGER
    return tried or item.event in TOUCHES


class Every:
    """A hand-off for sound: every block arrives, in order. A reader that falls too far behind is a loud fault, never
    lost speech."""

    def __init__(self, capacity: int = EVERY_CAPACITY) -> None:
        self._changed = threading.Condition()
        self._items: deque[SourceItem] = deque()
        self._capacity = capacity
        self._fault: Exception | None = None
        self._closed = False

    def put(self, item: SourceItem) -> None:
        """Appends an item; a full ring closes the hand-off with DeviceError(DEVICE_STALLED)."""
        with self._changed:
            if len(self._items) >= self._capacity:
                self._closed, self._fault = True, DeviceError(Code.DEVICE_STALLED, waiting=len(self._items))
            elif not self._closed:
                self._items.append(item)
            self._changed.notify_all()

    def close(self, fault: Exception | None = None) -> None:
        """Closes the hand-off and lets the reader finish."""
        with self._changed:
            self._closed, self._fault = True, self._fault or fault
            self._changed.notify_all()

    def __iter__(self) -> Iterator[SourceItem]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                item = self._items.popleft() if self._items else None
                self._changed.notify_all()
            if item is None:
                if self._fault is not None:
                    raise self._fault
                return
            yield item


class InOrder(Every):
    """A hand-off for recordings: as :class:`Every`, but the source waits while ``capacity`` items are unread.
    Nothing is lost by waiting, since nobody is filmed meanwhile, and what is decided does not hang on how busy the
    machine is."""

    def __init__(self, capacity: int = 1) -> None:
        super().__init__(capacity)

    def put(self, item: SourceItem) -> None:
        """Appends an item after waiting for room; dropped once the hand-off is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if not self._closed:
                self._items.append(item)
            self._changed.notify_all()


def can_wait(source: Source, modality: Modality) -> bool:
    """Whether the source can wait for its reader without losing anything: files and folders, and simulated sound. A
    simulated camera shows its preview meanwhile; a stream that is named ad hoc counts as recorded and does not wait."""
    sound = facts_of(modality).stream is SampleStream.SOUND
    return is_self_paced(source.identity.scheme) and (sound or source.kind is SourceKind.RECORDED)


def handoff_for(modality: Modality, finger_patience_s: float = FINGER_PATIENCE_S, *, waits: bool = False) -> Handoff:
    """The hand-off that suits a source: for sound every block, for pictures the newest; a fingerprint reader that
    nobody touches is given up. A source that ``waits`` for who reads it loses nothing."""
    stream = facts_of(modality).stream
    if waits:
        return InOrder(WAITING_CAPACITY if stream is SampleStream.SOUND else 1)
    if stream is SampleStream.SOUND:
        return Every()
    return Newest(finger_patience_s if stream is SampleStream.TOUCHES else None)


def handoff_of(source: Source, modality: Modality, usual: Handoff) -> Handoff:
    """The hand-off of a source that is open: one that lets it wait where it can, else the ``usual`` one."""
    if can_wait(source, modality):
        return handoff_for(modality, waits=True)
    drawn = source.kind is SourceKind.SIMULATED and facts_of(modality).stream is SampleStream.FRAMES
    return NewestOfPatient() if drawn else usual
