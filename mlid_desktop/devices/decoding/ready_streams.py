"""A media helper that is ready before a stream is opened: starting one takes longer than the first picture may."""

from __future__ import annotations

import threading
from contextlib import suppress

from mlid_desktop.devices.decoding.media import MEDIA_PROGRAM, MediaDecoder
from mlid_desktop.devices.decoding.media_messages import STREAM
from mlid_desktop.devices.driver_process.process import Command
from mlid_desktop.domain.errors import DeviceError


class ReadyStreams:
    """Keeps one media helper ready for the next stream, as long as one is wanted. It is the process that a stream would
    start by itself, bounded in the same way before it is asked anything; it was told no address, has opened no
    connection and decoded nothing of anybody, and it takes one stream in its life. From any thread."""

    def __init__(self, command: Command = MEDIA_PROGRAM.command) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._spare: MediaDecoder | None = None
        self._is_wanted = False

    @property
    def helper_number(self) -> int | None:
        """The system's number of the helper that is ready, None where there is none."""
        spare = self._spare
        return None if spare is None else spare.helper_number

    def keep(self, *, wanted: bool) -> None:
        """From now on a helper is kept ready, or none is. Returns at once: it is started, or ended, meanwhile."""
        self._is_wanted = wanted
        self.renew()

    def renew(self) -> None:
        """Starts another helper where one is wanted and none is ready; ends one that is not wanted. Returns at once."""
        if self._is_wanted or self._spare is not None or self._lock.locked():
            threading.Thread(None, self._settle, "mlid-ready", daemon=True).start()

    def take(self) -> MediaDecoder:
        """A decoder of one stream, whose helper is running where one was ready."""
        with self._lock:
            spare, self._spare = self._spare, None
        return spare or self._new()

    def _settle(self) -> None:
        with self._lock:
            if not self._is_wanted:
                spare, self._spare = self._spare, None
                if spare is not None:
                    spare.close()
            elif self.helper_number is None:
                spare = self._new()
                with suppress(DeviceError):  # which the stream raises when it is opened
                    spare.make_ready()
                    self._spare = spare

    def _new(self) -> MediaDecoder:
        return MediaDecoder(lambda _: self._command([STREAM]))
