"""Hands previews and the answer of a device service's capture from their threads to the reader."""

from __future__ import annotations

import threading

from mlid_desktop.devices.sbi.http import Call
from mlid_desktop.devices.sbi.responses import MAX_CAPTURE_BYTES
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.samples import Image


class Mailbox:
    """Holds the newest preview picture of a capture, and its answer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._picture: Image | None = None
        self._answer: bytes | None = None
        self._fault: DeviceError | None = None
        self._done = False

    def show(self, picture: Image) -> None:
        """Puts in the newest preview picture; called on the preview's thread."""
        with self._changed:
            self._picture = picture
            self._changed.notify()

    def fill(self, call: Call) -> None:
        """Waits for the answer of a capture and puts it in; called on the capture's thread."""
        answer: bytes | None = None
        fault: DeviceError | None = None
        try:
            answer = call.answer(MAX_CAPTURE_BYTES)
        except DeviceError as error:
            fault = error
        finally:
            with self._changed:
                self._answer, self._fault, self._done = answer, fault, True
                self._changed.notify()

    def picture(self) -> Image | None:
        """Waits for the next preview picture; None when the answer is there."""
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._picture is not None)
            picture, self._picture = self._picture, None
            return None if self._done else picture

    def answer(self) -> bytes:
        """The answer that the device service gave to the capture. Raises DeviceError."""
        if self._fault is not None:
            raise self._fault
        assert self._answer is not None
        return self._answer
