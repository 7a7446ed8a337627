"""Runs a source on a capture thread of its own, read through a hand-off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.station.capture.handoff import Handoff, Newest
from mlid_desktop.station.threads import ThreadRole

Tap = Callable[[SourceItem], None]


def _no_tap(_: SourceItem) -> None:
    """A tap that ignores every item."""


class CaptureThread:
    """Context manager that runs a source on its own thread: inside it the source delivers; leaving it closes the source
    and joins the thread.

    ``tap`` sees every item on the capture thread, as fast as the device delivers, whatever the analysis does: it feeds
    the preview and must return at once.
    """

    def __init__(self, source: Source, handoff: Handoff | None = None, tap: Tap = _no_tap) -> None:
        self._source = source
        self._handoff: Handoff = Newest() if handoff is None else handoff
        self._tap = tap
        self._thread = threading.Thread(target=self._pump, name=f"mlid-{ThreadRole.CAPTURE.value}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join()

    def __iter__(self) -> Iterator[SourceItem]:
        return iter(self._handoff)

    def stop(self) -> None:
        """Ends the capture from any thread; the reader's iteration ends."""
        self._source.close()
        self._handoff.close()

    def _pump(self) -> None:
        fault: Exception | None = None
        try:
            for item in self._source.samples():
                self._tap(item)
                self._handoff.put(item)
        except Exception as error:  # noqa: BLE001 - carried to the reader, which raises it on its own thread
            fault = error
        finally:
            self._handoff.close(fault)
