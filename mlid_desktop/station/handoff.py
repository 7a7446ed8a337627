"""From the capture thread to the inference thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import DeviceNotice, Sample, SourceItem

EVERY_CAPACITY = 512  # blocks of 20-100 ms of sound: 10 s or more of analysis falling behind


class Handoff(Protocol):
    """One writer, one reader. Iterating ends when the writer closed and all that was kept has been read."""

    def put(self, item: SourceItem) -> None:
        """Called by the capture thread."""
        ...

    def close(self, fault: Exception | None = None) -> None:
        """Nothing more will come; a fault is raised to the reader after what was put before it."""
        ...

    def __iter__(self) -> Iterator[SourceItem]: ...


class Newest:
    """For video: a slow reader gets the newest frame, never an old one. Notices are not dropped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._notices: deque[DeviceNotice] = deque()
        self._sample: Sample | None = None
        self._fault: Exception | None = None
        self._closed = False

    def put(self, item: SourceItem) -> None:
        """Replaces an unread frame."""
        with self._changed:
            if isinstance(item, DeviceNotice):
                self._notices.append(item)
            else:
                self._sample = item
            self._changed.notify()

    def close(self, fault: Exception | None = None) -> None:
        """Lets the reader finish."""
        with self._changed:
            self._closed, self._fault = True, self._fault or fault
            self._changed.notify()

    def __iter__(self) -> Iterator[SourceItem]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._notices or self._sample is not None or self._closed)
                item: SourceItem | None = self._notices.popleft() if self._notices else self._sample
                if item is self._sample:
                    self._sample = None
            if item is None:
                if self._fault is not None:
                    raise self._fault
                return
            yield item


class Every:
    """For sound: every block arrives, in order. A reader that falls too far behind is a loud fault, never lost
    speech."""

    def __init__(self, capacity: int = EVERY_CAPACITY) -> None:
        self._changed = threading.Condition()
        self._items: deque[SourceItem] = deque()
        self._capacity = capacity
        self._fault: Exception | None = None
        self._closed = False

    def put(self, item: SourceItem) -> None:
        """Appends; a full ring closes the hand-off with DeviceError(DEVICE_STALLED)."""
        with self._changed:
            if len(self._items) >= self._capacity:
                self._closed, self._fault = True, DeviceError(Code.DEVICE_STALLED, waiting=len(self._items))
            elif not self._closed:
                self._items.append(item)
            self._changed.notify()

    def close(self, fault: Exception | None = None) -> None:
        """Lets the reader finish."""
        with self._changed:
            self._closed, self._fault = True, self._fault or fault
            self._changed.notify()

    def __iter__(self) -> Iterator[SourceItem]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                item = self._items.popleft() if self._items else None
            if item is None:
                if self._fault is not None:
                    raise self._fault
                return
            yield item
