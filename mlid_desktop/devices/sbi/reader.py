"""Fingerprint readers behind a MOSIP SBI device service on this machine: discovered, checked, captured from."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from mlid_desktop.devices.address import SourceAddress, bounded_integer
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.reconnecting import keep_reconnecting
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.devices.sbi.fields import bad_answer
from mlid_desktop.devices.sbi.http import PORTS, Call
from mlid_desktop.devices.sbi.mailbox import Mailbox
from mlid_desktop.devices.sbi.preview import PreviewReader
from mlid_desktop.devices.sbi.requests import (
    FIRST_HASH,
    SUBTYPES,
    UNKNOWN,
    SbiDevice,
    SbiRequest,
    capture_request,
    stream_request,
    sub_id_for,
)
from mlid_desktop.devices.sbi.responses import (
    MAX_LIST_BYTES,
    NO_OBJECT,
    ORIENTATION,
    AttackReportedError,
    NoFingerError,
    WrongFingerError,
    raise_unusable,
    read_capture,
    read_info,
)
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image, SourceItem

MOST_MISTAKEN = 10  # captures in a row that the device signs for another finger: it is not the person who errs
WANTED_SCORE = 40  # of 100: MOSIP's own threshold for fingers; the pipeline judges every image again
HINTS = {NO_OBJECT: Hint.PLACE_FINGER, ORIENTATION: Hint.CENTRE_FINGER}

EMPTY: Image = np.full((64, 64), 255, np.uint8)  # what stands for a finger that a device refuses and does not show
EMPTY_DPI = 500.0

ReadRecord = Callable[[bytes], tuple[Image, float]]
Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment by the wall clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SbiTimeouts:
    """Timeouts of a device service in seconds: for an information; that the device may wait for a finger; for the
    answer after that; after a try without a finger; between attempts to find a service that went away."""

    information: float = 3.0
    finger: float = 15.0
    answering: float = 5.0
    between_tries: float = 0.2
    return_first: float = 0.5
    return_most: float = 4.0


class SbiReader:
    """The reader at ``sbi:4501``: the first finger device of the service on that port, or the one named after a slash.

    It counts as live where the certificates with which it signs lead to an anchor that a supervisor registered, else
    as recorded; whether the device itself is registered is the station's business. ``position`` is the finger that is
    asked for.
    """

    def __init__(
        self,
        port: int,
        wanted: str = "",
        position: FingerPosition | None = None,
        anchors: TrustAnchors | None = None,
        read: ReadRecord | None = None,
        now: Now = utc_now,
        patience: SbiTimeouts | None = None,
    ) -> None:
        self._port = port
        self._wanted = wanted
        self._position = position
        self._anchors = anchors or TrustAnchors()
        self._decoder = PictureDecoder()
        self._read: ReadRecord = read or self._decoder.record
        self._now = now
        self._patience = patience or SbiTimeouts()
        self._closed = threading.Event()
        self._looking = threading.Lock()
        self._device: SbiDevice | None = None
        self._missing: DeviceError | None = None
        self._calls: set[Call] = set()

    @property
    def identity(self) -> DeviceIdentity:
        """Known by provider, make, model and serial number, and by the certificate that signs for them."""
        device = self._look()
        if device is None:
            return DeviceIdentity("sbi", f"unknown:{self._port}/{self._wanted}", f"SBI {self._port}")
        return DeviceIdentity("sbi", device.key, device.name, device.signer)

    @property
    def kind(self) -> SourceKind:
        """The kind of source: live where a registered trust anchor vouches for the device's signature."""
        device = self._look()
        return SourceKind.LIVE if device is not None and device.trusted else SourceKind.RECORDED

    def close(self) -> None:
        """Ends the samples at once: calls under way are cut off."""
        self._closed.set()
        for call in tuple(self._calls):
            call.abort()

    def samples(self) -> Iterator[SourceItem]:
        """Yields a finger image for each capture, previews and hints between them; notices where the service goes and
        comes back.

        Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_BUSY, DEVICE_NOT_READY, DEVICE_NOT_ALLOWED (not for registration)
        at first; DEVICE_STALLED where an answer takes longer than the patience; DEVICE_BAD_ANSWER for what is
        malformed or too large; DEVICE_UNTRUSTED where a signature, its chain, its dates, the device, the request or
        the time is not what it must be.
        """
        if self._closed.is_set():
            return
        device = self.device()
        stamp = SampleStamp(self.identity, self.kind)
        with self._decoder:
            yield from keep_reconnecting(
                lambda: self._one_opening(device, stamp),
                self.identity,
                self._closed,
                self._patience.return_first,
                self._patience.return_most,
            )

    def device(self) -> SbiDevice:
        """The device as its service describes and signs for it. Raises DeviceError."""
        device = self._look()
        if device is None:
            raise self._missing or DeviceError(Code.DEVICE_NOT_FOUND, source=f"SBI {self._port}")
        return device

    def _one_opening(self, known: SbiDevice, stamp: SampleStamp) -> Generator[SourceItem | None, None, None]:
        """Items of one opening of the device, which captures until the service goes or the source is closed; None when
        the device has said that it is ready."""
        device = self._present(known)
        raise_unusable(device)
        yield None
        previous, mistaken = FIRST_HASH, 0
        while not self._closed.is_set():
            yield DeviceNotice(DeviceEvent.FINGER_WANTED, self.identity)
            asked = SbiRequest(uuid.uuid4().hex, self._subtype, previous, self._now())
            untrusted = yield from self._capture(device, asked)
            if untrusted is None:
                return
            try:
                captured = read_capture(untrusted, asked, device, self._anchors, self._now())
            except AttackReportedError:
                yield stamp.finger(EMPTY, EMPTY_DPI, attack_reported=True)
                self._closed.wait(self._patience.between_tries)
                continue
            except NoFingerError as none:
                yield DeviceNotice(DeviceEvent.TRY_AGAIN, self.identity, HINTS.get(none.number, Hint.LIFT_FINGER))
                self._closed.wait(self._patience.between_tries)
                continue
            except WrongFingerError as wrong:
                mistaken += 1
                if mistaken >= MOST_MISTAKEN:
                    raise bad_answer("bioSubType") from None
                yield DeviceNotice(DeviceEvent.WRONG_FINGER, self.identity, given=wrong.given)
                self._closed.wait(self._patience.between_tries)
                continue
            previous, mistaken = captured.hash, 0
            yield stamp.finger(*self._image(captured.record), attack_reported=captured.attack_reported)

    def _capture(self, device: SbiDevice, asked: SbiRequest) -> Generator[SourceItem, None, bytes | None]:
        """Captures one finger: yields previews until the answer is there, and returns it; None where the source was
        closed meanwhile."""
        part = sub_id_for(device, self._position)
        wait_s = self._patience.finger
        request = capture_request(device, part, asked, WANTED_SCORE, wait_s)
        deadline_s = wait_s + self._patience.answering
        box = Mailbox()
        stream = self._call("STREAM", "/stream", stream_request(device, part, wait_s), deadline_s)
        preview = PreviewReader(stream, box.show, self._decoder.grey)
        capture = self._call("RCAPTURE", "/capture", request, deadline_s)
        capturing = threading.Thread(target=box.fill, args=(capture,), name="mlid-sbi-capture", daemon=True)
        capturing.start()
        try:
            while (picture := box.picture()) is not None:
                yield DeviceNotice(DeviceEvent.PREVIEW, self.identity, picture=picture)
        finally:
            capture.abort()
            preview.stop()
            capturing.join()
            self._calls -= {stream, capture}
        return None if self._closed.is_set() else box.answer()

    def _image(self, untrusted_record: bytes) -> tuple[Image, float]:
        try:
            return self._read(untrusted_record)
        except DeviceError as fault:
            raise DeviceError(Code.DEVICE_BAD_ANSWER, what="record", why=fault.code.value) from None

    @property
    def _subtype(self) -> str:
        return UNKNOWN if self._position is None else SUBTYPES[self._position]

    def _look(self) -> SbiDevice | None:
        """The device that the address means, asked for once."""
        with self._looking:
            if self._device is None and self._missing is None:
                try:
                    self._device = self._select(self._information())
                except DeviceError as fault:
                    self._missing = fault
            return self._device

    def _present(self, known: SbiDevice) -> SbiDevice:
        """The device as it is now, still the same by its certificate and no less trusted."""
        same = next((device for device in self._information() if device.key == known.key), None)
        if same is None:
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=known.name)
        if same.signer != known.signer:
            raise DeviceError(Code.DEVICE_UNTRUSTED, why="certificate", source=known.name)
        if known.trusted and not same.trusted:
            raise DeviceError(Code.DEVICE_UNTRUSTED, why="chain", source=known.name)
        return same

    def _select(self, devices: tuple[SbiDevice, ...]) -> SbiDevice:
        fitting = [device for device in devices if self._wanted in {"", device.service_id, device.key}]
        if not fitting:
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=f"SBI {self._port}")
        return fitting[0]

    def _information(self) -> tuple[SbiDevice, ...]:
        call = self._call("MOSIPDINFO", "/info", b"", self._patience.information)
        try:
            return read_info(call.answer(MAX_LIST_BYTES), self._anchors, self._now())
        finally:
            self._calls.discard(call)

    def _call(self, verb: str, path: str, body: bytes, deadline_s: float) -> Call:
        call = Call(self._port, verb, path, body, deadline_s)
        self._calls.add(call)
        if self._closed.is_set():
            call.abort()
        return call


def open_sbi_at(address: SourceAddress, untrusted_anchors: bytes = b"") -> SbiReader:
    """Opens the reader at ``sbi:4501`` or ``sbi:4501/DEVICE``, with ``?finger=right-index`` for the finger to ask for.
    Raises DeviceError: DEVICE_BAD_ADDRESS, or DEVICE_BAD_MEDIA where the anchors are no certificates."""
    address.require_options({"finger"})
    port, _, wanted = address.target.partition("/")
    name = dict(address.options).get("finger")
    if name is not None and name not in {position.value for position in FingerPosition}:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="options", option="finger")
    return SbiReader(
        bounded_integer(port, min(PORTS), max(PORTS)),
        wanted,
        None if name is None else FingerPosition(name),
        TrustAnchors.read(untrusted_anchors),
    )
