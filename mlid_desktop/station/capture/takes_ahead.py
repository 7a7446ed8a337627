"""Takes that are joined while the one before is looked at, so that whoever speaks does not wait for the analysis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from mlid_desktop.domain.samples import SoundSample, SourceItem
from mlid_desktop.station.capture.handoff import Every


class TakesAhead:
    """Context manager that joins takes on a thread of its own, in order and each of them once.

    ``wanted`` takes are asked for in any case, and follow one another without a break; a further one begins only once
    the reader has looked at all that were joined and asks for more, so that nobody is shown a digit that may not be
    needed. What ended the takes is raised to the reader after those before it. ``stop`` ends what the takes are joined
    of, and is called when the context is left.
    """

    def __init__(self, takes: Iterable[SourceItem], wanted: int, stop: Callable[[], None]) -> None:
        self._takes, self._wanted, self._stop = takes, wanted, stop
        self._handoff = Every()
        self._changed = threading.Condition()
        self._looked_at, self._left = 0, False
        self._thread = threading.Thread(target=self._join, name="mlid-listening", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._left = True
            self._changed.notify_all()
        self._stop()
        self._thread.join()

    def __iter__(self) -> Iterator[SourceItem]:
        for item in self._handoff:
            yield item
            if isinstance(item, SoundSample):
                with self._changed:
                    self._looked_at += 1
                    self._changed.notify_all()

    def _join(self) -> None:
        fault: Exception | None = None
        try:
            for number, _ in enumerate(self._handed_over(), start=1):
                if number >= self._wanted and not self._may_go_on(number):
                    return
        except Exception as error:  # noqa: BLE001 - carried to the reader, which raises it on its own thread
            fault = error
        finally:
            self._handoff.close(fault)

    def _handed_over(self) -> Iterator[SoundSample]:
        """The takes, each after it was handed over; notices are handed over in between."""
        for item in self._takes:
            self._handoff.put(item)
            if isinstance(item, SoundSample):
                yield item

    def _may_go_on(self, joined: int) -> bool:
        """Waits until as many takes were looked at as were joined, and more are asked for; False once the context is
        left."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or self._looked_at >= joined)
            return not self._left
