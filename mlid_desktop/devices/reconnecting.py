"""Keeps a device that goes away while it is open: waits for it, and goes on when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator

from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SourceItem

GONE = frozenset({Code.DEVICE_LOST, Code.DEVICE_NOT_FOUND})
OpenOnce = Callable[[], Generator[SourceItem | None, None, None]]


def keep_reconnecting(
    open_once: OpenOnce, device: DeviceIdentity, closed: threading.Event, first_s: float, most_s: float
) -> Iterator[SourceItem]:
    """Yields the items of one opening of a device after the other, until ``closed``; a notice where they stop, another
    where they go on.

    ``open_once`` yields None when the device is open, then items, and ends where the device is gone. Seconds between
    attempts are doubled from ``first_s`` up to ``most_s``. While the device is away nothing is a fault: rights, too,
    are set a moment after it was plugged in. Raises DeviceError: what ``open_once`` raises, DEVICE_LOST where it ends
    without having been open.
    """
    away, wait = False, first_s
    while not closed.is_set():
        opened = yield from _one_opening(open_once, device, away, closed)
        if closed.is_set():
            return
        if opened:
            yield DeviceNotice(DeviceEvent.LOST, device)
            away, wait = True, first_s
        elif not away:
            raise DeviceError(Code.DEVICE_LOST, source=device.name)
        closed.wait(wait)
        wait = min(2 * wait, most_s)


def _one_opening(
    open_once: OpenOnce, device: DeviceIdentity, away: bool, closed: threading.Event
) -> Generator[SourceItem, None, bool]:
    """Yields the items of one opening, and returns whether the device was open; what closing it made fail is no
    fault."""
    opened = False
    items = open_once()
    try:
        for item in items:
            if item is not None:
                yield item
            elif not opened:
                opened = True
                if away:
                    yield DeviceNotice(DeviceEvent.BACK, device)
    except DeviceError as fault:
        still_away = away and not opened
        gone = opened and fault.code in GONE
        if not (still_away or gone or closed.is_set()):
            raise
    finally:
        items.close()
    return opened
