"""Fingerprint readers through libfprint in a helper process: every image as the reader gives it, and what it feels."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.driver_process.messages import bad_answer
from mlid_desktop.devices.driver_process.process import Command
from mlid_desktop.devices.fingerprint.messages import FoundReader, ReaderMessage, ReaderMessageKind, read_image
from mlid_desktop.devices.fingerprint.process import READER_PROGRAM, ReaderProcess, find_readers, read_reader_fault
from mlid_desktop.devices.formats.picture_bounds import MAX_FINGER_DPI, MIN_FINGER_DPI
from mlid_desktop.devices.reconnecting import keep_reconnecting
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, SourceItem

MM_PER_INCH = 25.4
USUAL_DPI = 500.0  # where the driver does not know, or says what no reader has
NEEDED, PRESENT = 1, 2  # FpFingerStatusFlags
SELECTOR = re.compile(r"\d{1,3}|[A-Za-z][\w-]{0,63}(:[\w:.-]{1,64})?", re.ASCII)
RETRIES = {  # FpDeviceRetry: 1 is a swipe too short, 4 one too fast; 0 says nothing more
    1: Hint.PLACE_FINGER,
    2: Hint.CENTRE_FINGER,
    3: Hint.LIFT_FINGER,
    4: Hint.HOLD_STILL,
}
MOST_NOTICES_A_SECOND = 200


@dataclass(frozen=True, slots=True)
class ReaderTimeouts:
    """Timeouts of a reader in seconds: from the start of the helper until the reader is open; then without a whole
    message (it sends a heartbeat twice a second) before it counts as stalled; between attempts to open a reader that
    went away (doubled after each that fails, up to ``reopen_most``)."""

    opening: float = 15.0
    silent: float = 5.0
    reopen_first: float = 0.5
    reopen_most: float = 2.0


class FingerprintReader:
    """The fingerprint reader at ``reader:0``, ``reader:DRIVER`` or ``reader:DRIVER:DEVICE-ID``: found once by that,
    then by its key, wherever it reappears. A virtual driver counts as simulated.

    ``environment`` is handed to the helper, which gets nothing else of this process's: drivers without hardware are
    switched on by variables, and only a test or a demonstration asks for them.
    """

    def __init__(
        self,
        selector: str,
        environment: Mapping[str, str] | None = None,
        command: Command = READER_PROGRAM.command,
        patience: ReaderTimeouts | None = None,
    ) -> None:
        self._selector = selector
        self._environment = dict(environment or {})
        self._command = command
        self._patience = patience or ReaderTimeouts()
        self._closed = threading.Event()
        self._looking = threading.Lock()
        self._found: FoundReader | None = None
        self._missing: DeviceError | None = None

    @property
    def identity(self) -> DeviceIdentity:
        """The reader's identity: model, serial number and socket where it is on USB, else its driver."""
        found = self._look()
        if found is None:
            return DeviceIdentity("reader", f"unknown:{self._selector}", self._selector)
        return DeviceIdentity("reader", found.key, found.name)

    @property
    def kind(self) -> SourceKind:
        """The kind of source: live, or simulated where no hardware is behind the reader."""
        found = self._look()
        return SourceKind.SIMULATED if found is not None and found.virtual else SourceKind.LIVE

    def close(self) -> None:
        """Ends the samples at once; the helper closes the reader in the background."""
        self._closed.set()

    def samples(self) -> Iterator[SourceItem]:
        """Yields finger images, and between them what the reader feels and needs; notices where it goes away and comes
        back.

        Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_DRIVER_MISSING, DEVICE_NO_IMAGE, DEVICE_DENIED or DEVICE_BUSY where
        it cannot be opened at first; DEVICE_STALLED where the helper or the driver hangs, within the patience;
        DEVICE_BAD_ANSWER for what no reader sends; DEVICE_LOST where the helper dies before the reader was open;
        DEVICE_FAILED for the driver's other faults.
        """
        if self._closed.is_set():
            return
        found = self._usable()
        stamp = SampleStamp(self.identity, self.kind)
        yield from keep_reconnecting(
            lambda: self._one_opening(found, stamp),
            self.identity,
            self._closed,
            self._patience.reopen_first,
            self._patience.reopen_most,
        )

    def _one_opening(self, found: FoundReader, stamp: SampleStamp) -> Generator[SourceItem | None, None, None]:
        """Items of one opening of the reader, until it goes or the source is closed; None when it is open."""
        felt = _FingerNotices(self.identity)
        with closing(self._messages(found)) as messages:
            for message in messages:
                if message.kind is ReaderMessageKind.READY:
                    yield None
                elif message.kind is ReaderMessageKind.IMAGE:
                    yield _sample(message, stamp)
                else:
                    yield from felt.notices(message)

    def _messages(self, found: FoundReader) -> Generator[ReaderMessage, None, None]:
        """Messages of one helper process, until it ends or the source is closed. Raises DeviceError."""
        patience = self._patience.opening
        with ReaderProcess(self._command(["capture", found.key]), self._environment) as helper:
            while True:
                try:
                    message = helper.read(patience, self._closed)
                except DeviceError as fault:
                    raise DeviceError(fault.code, **{**fault.facts, "source": found.name}) from None
                if message is None:
                    return
                if message.kind is ReaderMessageKind.FAULT:
                    raise read_reader_fault(message, found.name)
                if message.kind is ReaderMessageKind.READY:
                    patience = self._patience.silent
                yield message

    def _usable(self) -> FoundReader:
        found = self._look()
        if found is None:
            raise self._missing or DeviceError(Code.DEVICE_NOT_FOUND, source=self._selector)
        if not found.captures:
            raise DeviceError(Code.DEVICE_NO_IMAGE, source=found.name)
        return found

    def _look(self) -> FoundReader | None:
        """The connected reader that the address means, looked for once."""
        with self._looking:
            if self._found is None and self._missing is None:
                try:
                    self._found = select_reader(self._selector, find_readers(self._environment, self._command))
                except DeviceError as fault:
                    self._missing = fault
            return self._found


class _FingerNotices:
    """Turns messages of the helper into notices of what the reader feels and asks for, each said once; a driver that
    says more than any hand can do is broken."""

    def __init__(self, device: DeviceIdentity) -> None:
        self._device = device
        self._last: DeviceEvent | None = None
        self._second, self._said = 0, 0

    def notices(self, message: ReaderMessage) -> Iterator[DeviceNotice]:
        """The notices that a message gives, none for a heartbeat. Raises DeviceError(DEVICE_BAD_ANSWER)."""
        if message.kind is ReaderMessageKind.ALIVE:
            return
        if message.kind not in {ReaderMessageKind.FINGER, ReaderMessageKind.RETRY} or len(message.untrusted) != 1:
            raise bad_answer("order")
        self._count()
        number = message.untrusted[0]
        if message.kind is ReaderMessageKind.RETRY:
            yield DeviceNotice(DeviceEvent.TRY_AGAIN, self._device, RETRIES.get(number, Hint.LIFT_FINGER))
        elif finger_event(number) is not self._last:
            self._last = finger_event(number)
            yield DeviceNotice(self._last, self._device)

    def _count(self) -> None:
        second = int(time.monotonic())
        self._second, self._said = second, self._said + 1 if second == self._second else 1
        if self._said > MOST_NOTICES_A_SECOND:
            raise bad_answer("flood")


def _sample(message: ReaderMessage, stamp: SampleStamp) -> FingerSample:
    image = read_image(message.untrusted)
    pixels = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)
    return stamp.finger(pixels, credible_dpi(image.per_mm))


def open_reader_at(address: SourceAddress) -> FingerprintReader:
    """Opens the reader at ``reader:0``, ``reader:DRIVER`` or ``reader:DRIVER:DEVICE-ID``; with ``?virtual=PATH`` of
    libfprint's driver without hardware, which listens there and counts as simulated. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    address.require_options({"virtual"})
    if SELECTOR.fullmatch(address.target) is None:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="target")
    path = dict(address.options).get("virtual")
    return FingerprintReader(address.target, None if path is None else {"FP_VIRTUAL_IMAGE": path})


def select_reader(selector: str, readers: tuple[FoundReader, ...]) -> FoundReader:
    """Selects a reader by index in the list, by driver, or by driver and device id. Raises
    DeviceError(DEVICE_NOT_FOUND)."""
    if selector.isascii() and selector.isdigit():
        numbered = readers[int(selector) :][:1]
    else:
        numbered = tuple(
            reader for reader in readers if selector in {reader.driver, f"{reader.driver}:{reader.device_id}"}
        )
    if not numbered:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=selector)
    return numbered[0]


def finger_event(flags: int) -> DeviceEvent:
    """The device event that FpFingerStatusFlags stand for."""
    if flags & PRESENT:
        return DeviceEvent.FINGER_ON
    return DeviceEvent.FINGER_WANTED if flags & NEEDED else DeviceEvent.FINGER_OFF


def credible_dpi(per_mm: float) -> float:
    """Dots per inch from the pixels per millimetre that a driver states; 500 where the driver does not know (0) or says
    what no reader has."""
    dpi = per_mm * MM_PER_INCH
    return dpi if MIN_FINGER_DPI <= dpi <= MAX_FINGER_DPI else USUAL_DPI
