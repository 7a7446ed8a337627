"""Shows what a source delivers without a capture: frames to the page, nothing analysed, nothing decided."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, FrameSample, Image, SourceItem
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.station.threads import ThreadRole, Worker

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

TRIED_DIGITS = (1, 2, 3)  # that a voice says which speaks only when it is asked


class PreviewFeed:
    """Reads one source for a preview, on a capture thread of its own. ``looked`` gets each item there, and may take its
    time; ``opened`` is told once the source is open, ``ended`` where it delivers no more."""

    def __init__(
        self,
        workspace: Workspace,
        frame: Callable[[Image], None],
        failed: Callable[[MlidError], None],
        noticed: Callable[[DeviceNotice], None] = lambda _: None,
        looked: Callable[[SourceItem], None] = lambda _: None,
        ended: Callable[[], None] = lambda: None,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        self._workspace, self._looked, self._ended, self._opened = workspace, looked, ended, opened
        self._failed, self._noticed = failed, noticed
        self._frames: Latest[Image] = Latest(workspace.bridge, frame)
        self._worker = Worker(ThreadRole.CAPTURE)
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._stopped = False

    def start(self, address: str, modality: Modality) -> None:
        """Opens the source and begins to show it."""
        station = self._workspace.station

        def look() -> None:
            source = station.open_untrusted(address, modality)
            with self._lock:
                self._source = source
                stopped = self._stopped
            if stopped:
                return
            self._workspace.bridge.post(self._open)
            if isinstance(source, Prompted):
                source.say(TRIED_DIGITS)
            for item in source.samples():
                self._show(item)

        self._workspace.bridge.follow(self._worker.submit(look), self._over, self._sort)

    def stop(self) -> None:
        """Closes the source of the preview; its thread ends within the device's read timeout, and nobody waits for it
        here."""
        self._frames.mute()
        with self._lock:
            self._stopped = True
            source = self._source
        if source is not None:
            source.close()
        threading.Thread(target=self._worker.stop, name="mlid-preview-end", daemon=True).start()

    def _show(self, item: SourceItem) -> None:
        """Shows an item of the source; runs on the capture thread."""
        self._looked(item)
        if isinstance(item, FrameSample | FingerSample):
            self._frames.put(item.image)
        elif isinstance(item, DeviceNotice) and item.picture is not None:
            self._frames.put(item.picture)
        elif isinstance(item, DeviceNotice) and item.event is not DeviceEvent.PREVIEW:
            self._workspace.bridge.post(lambda: self._say(item))

    def _open(self) -> None:
        if not self._stopped:
            self._opened()

    def _over(self, _: None) -> None:
        if not self._stopped:
            self._ended()

    def _say(self, notice: DeviceNotice) -> None:
        if not self._stopped:
            self._noticed(notice)

    def _sort(self, error: BaseException) -> None:
        if not isinstance(error, MlidError):
            raise error
        if not self._stopped:
            self._failed(error)
