"""The words of a MOSIP SBI device service: requests as it wants them, answers checked before they are believed.

Specification: MOSIP Secure Biometric Interface (formerly MOSIP Device Service) 0.9.5 and 1.0, sections "Device
Discovery", "Device Info", "Device Registration Capture", "Error Codes". Field names and letter cases are its own, and
those that services in the field are known to send instead.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mlid_desktop.devices.sbi_fields import (
    bad,
    decode,
    fields_of,
    instant,
    listed,
    read_json,
    score,
    text,
    texts,
    unsigned,
)
from mlid_desktop.devices.sbi_trust import TrustAnchors, verify
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError

MAX_LIST_BYTES = 1024 * 1024
MAX_CAPTURE_BYTES = 16 * 1024 * 1024  # four uncompressed fingers of a slap at 500 dpi are 2 MB, and base64 twice over
MAX_IMAGE_CHARACTERS = 12 * 1024 * 1024
MAX_SKEW = timedelta(minutes=2)  # services take their time from a server; two clocks of one machine do not differ
FIRST_HASH = hashlib.sha256(b"").hexdigest().upper()
PURPOSE = "Registration"
FINGER_TYPES = frozenset({"finger", "fingerprint", "fir"})
SUBTYPES = {
    FingerPosition.RIGHT_THUMB: "Right Thumb",
    FingerPosition.RIGHT_INDEX: "Right IndexFinger",
    FingerPosition.RIGHT_MIDDLE: "Right MiddleFinger",
    FingerPosition.RIGHT_RING: "Right RingFinger",
    FingerPosition.RIGHT_LITTLE: "Right LittleFinger",
    FingerPosition.LEFT_THUMB: "Left Thumb",
    FingerPosition.LEFT_INDEX: "Left IndexFinger",
    FingerPosition.LEFT_MIDDLE: "Left MiddleFinger",
    FingerPosition.LEFT_RING: "Left RingFinger",
    FingerPosition.LEFT_LITTLE: "Left LittleFinger",
}
UNKNOWN = "UNKNOWN"
STATES = {"ready": None, "busy": Code.DEVICE_BUSY, "not ready": Code.DEVICE_NOT_READY}
SUCCESS = frozenset({"", "0"})
ERRORS = {  # the specification's error codes; 110 and 111 are those of MOSIP's own service
    "100": Code.DEVICE_NOT_READY,
    "103": Code.DEVICE_UNTRUSTED,
    "104": Code.DEVICE_NOT_READY,
    "106": Code.DEVICE_NOT_FOUND,
    "107": Code.DEVICE_UNTRUSTED,
    "108": Code.DEVICE_NOT_READY,
    "109": Code.DEVICE_NOT_ALLOWED,
    "110": Code.DEVICE_NOT_READY,
    "111": Code.DEVICE_BUSY,
    "202": Code.DEVICE_NOT_FOUND,
}
NO_OBJECT, NO_EXTRACTION, ORIENTATION = "101", "102", "105"
TRY_AGAIN = frozenset({NO_OBJECT, NO_EXTRACTION, ORIENTATION})


class NoFingerError(Exception):
    """The service saw no finger, or none that it could use; ``number`` is the specification's. No fault of the
    device."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class SbiDevice:
    """A finger device as its service describes it; ``trusted`` where a registered anchor vouches for that.

    ``key`` is provider, make, model and serial number; ``service_id`` is the service's own name for it.
    """

    key: str
    name: str
    service_id: str
    sub_ids: tuple[str, ...]
    slap: bool
    spec: str
    environment: str
    state: Code | None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must answer: its transaction, its finger, the hash before it and when it was asked."""

    transaction: str
    subtype: str
    previous_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Captured:
    """One finger: an ISO/IEC 19794-4 record as it came, and the hash that the next request continues."""

    record: bytes = field(repr=False)
    hash: str
    quality: float | None


def discovery_request() -> bytes:
    """Asks for finger devices alone."""
    return json.dumps({"type": "Finger"}).encode()


def stream_request(device: SbiDevice, sub_id: str, timeout_s: float) -> bytes:
    """Asks for the preview of a part of the device."""
    fields = {"deviceId": device.service_id, "deviceSubId": sub_id, "timeout": str(round(1000 * timeout_s))}
    return json.dumps(fields).encode()


def capture_request(device: SbiDevice, sub_id: str, asked: Asked, wanted_score: int, timeout_s: float) -> bytes:
    """Asks for one finger above a quality of ``wanted_score`` (1..100); at the end of the time the best there was is
    sent."""
    finger = {
        "type": "Finger",
        "count": "1",
        "bioSubType": [asked.subtype],
        "exception": [],
        "requestedScore": str(wanted_score),
        "deviceId": device.service_id,
        "deviceSubId": sub_id,
        "previousHash": asked.previous_hash,
    }
    request = {
        "env": device.environment,
        "purpose": PURPOSE,
        "specVersion": device.spec,
        "timeout": str(round(1000 * timeout_s)),
        "captureTime": asked.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "transactionId": asked.transaction,
        "bio": [finger],
        "customOpts": None,
    }
    return json.dumps(request).encode()


def sub_id_for(device: SbiDevice, position: FingerPosition | None) -> str:
    """Which part of a slap device has that finger (1 left hand, 2 right hand, 3 thumbs); else the first there is."""
    if device.slap and position is not None:
        thumb = position in {FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB}
        return "3" if thumb else "1" if position.name.startswith("LEFT") else "2"
    return device.sub_ids[0] if device.sub_ids else "0"


def read_discovery(untrusted: bytes) -> tuple[SbiDevice, ...]:
    """The finger devices of a service as it lists them, unsigned. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    entries = listed(read_json(untrusted))
    return tuple(one for one in (_discovered(entry) for entry in entries) if one is not None)


def read_info(untrusted: bytes, anchors: TrustAnchors, now: datetime) -> tuple[SbiDevice, ...]:
    """The finger devices of a service, as they sign for it. Raises DeviceError: DEVICE_BAD_ANSWER, DEVICE_UNTRUSTED."""
    entries = listed(read_json(untrusted))
    return tuple(one for one in (_informed(fields_of(entry), anchors, now) for entry in entries) if one is not None)


def read_capture(untrusted: bytes, asked: Asked, device: SbiDevice, anchors: TrustAnchors, now: datetime) -> Captured:
    """The finger that was asked for, and nothing else.

    Raises NoFingerError where there was none; DeviceError: DEVICE_BAD_ANSWER for what is malformed, DEVICE_UNTRUSTED
    for what another device, another time or another request has signed, and what the service's own error says.
    """
    answer = fields_of(read_json(untrusted))
    entries = answer.get("biometrics")
    if entries is None:
        _raise_error(answer)
    first = fields_of(listed(entries)[0] if listed(entries) else None)
    _raise_error(first)
    signed = verify(first.get("data"), anchors, now)
    data = fields_of(read_json(signed.payload))
    _require(signed.trusted or not device.trusted, "chain")
    _require_device(data, device, anchors, now)
    _require_asked(data, asked, now)
    value = text(data, "bioValue", MAX_IMAGE_CHARACTERS)
    record = decode(value.replace("+", "-").replace("/", "_"))
    return Captured(record, _next_hash(first, asked.previous_hash, record), score(data.get("qualityScore")))


def raise_unusable(device: SbiDevice) -> None:
    """Raises DeviceError(DEVICE_BUSY or DEVICE_NOT_READY) where the device says that it cannot capture."""
    if device.state is not None:
        raise DeviceError(device.state, source=device.name)


def _discovered(entry: object) -> SbiDevice | None:
    fields = fields_of(entry)
    if not fields.get("digitalId"):
        return None
    return _device(fields, fields_of(read_json(unsigned(fields["digitalId"]))), trusted=False)


def _informed(entry: dict[str, Any], anchors: TrustAnchors, now: datetime) -> SbiDevice | None:
    """A device that is not registered with its provider sends its information unsigned: it cannot capture."""
    information = entry.get("deviceInfo")
    if isinstance(information, str) and "." not in information:
        fields = fields_of(read_json(decode(information)))
        identity = fields_of(read_json(unsigned(fields.get("digitalId"))))
        return _device({**fields, "deviceStatus": "Not Registered"}, identity, trusted=False)
    signed = verify(information, anchors, now)
    fields = fields_of(read_json(signed.payload))
    identity_signed = verify(fields.get("digitalId"), anchors, now)
    identity = fields_of(read_json(identity_signed.payload))
    return _device(fields, identity, trusted=signed.trusted and identity_signed.trusted)


def _device(fields: dict[str, Any], identity: dict[str, Any], *, trusted: bool) -> SbiDevice | None:
    if text(identity, "type").lower() not in FINGER_TYPES:
        return None
    provider, make, model, serial = (text(identity, name) for name in ("deviceProviderId", "make", "model", "serialNo"))
    purpose = text(fields, "purpose")
    state = STATES.get(text(fields, "deviceStatus").lower(), Code.DEVICE_NOT_READY)
    return SbiDevice(
        key=f"{provider}:{make}:{model}:{serial}",
        name=" ".join(part for part in (make, model, serial) if part) or "SBI",
        service_id=text(fields, "deviceId") or serial,
        sub_ids=texts(fields.get("deviceSubId")),
        slap=text(identity, "deviceSubType").lower() == "slap",
        spec=next(iter(texts(fields.get("specVersion"))), "0.9.5"),
        environment=text(fields, "env") or "Production",
        state=state if purpose.lower() == PURPOSE.lower() else state or Code.DEVICE_NOT_ALLOWED,
        trusted=trusted,
    )


def _require_device(data: dict[str, Any], device: SbiDevice, anchors: TrustAnchors, now: datetime) -> None:
    """The finger comes from the device that was opened."""
    signed = verify(data.get("digitalId"), anchors, now)
    made = _device({}, fields_of(read_json(signed.payload)), trusted=signed.trusted)
    _require(made is not None and made.key == device.key, "device")
    _require(signed.trusted or not device.trusted, "chain")


def _require_asked(data: dict[str, Any], asked: Asked, now: datetime) -> None:
    """Nothing that was signed for another request, at another time, or of another finger."""
    transaction = text(data, "transactionId") or text(data, "registrationId")
    _require(hmac.compare_digest(transaction.encode(), asked.transaction.encode()), "transaction")
    _require(text(data, "purpose").lower() == PURPOSE.lower(), "purpose")
    made = instant(text(data, "timestamp"))
    _require(asked.at - MAX_SKEW <= made <= now + MAX_SKEW, "time")
    if text(data, "bioType").lower() not in FINGER_TYPES:
        raise bad("bioType")
    if UNKNOWN not in {asked.subtype, given := text(data, "bioSubType") or UNKNOWN} and given != asked.subtype:
        raise bad("bioSubType")


def _next_hash(entry: dict[str, Any], previous: str, record: bytes) -> str:
    """The specification's chain: SHA-256 over the hash before and the SHA-256 of what was captured, joined as bytes
    (since May 2021) or as hexadecimal text (before)."""
    given = text(entry, "hash").upper()
    current = hashlib.sha256(record)
    as_text = (previous.upper() + current.hexdigest().upper(), previous.lower() + current.hexdigest())
    joined = (bytes.fromhex(previous) + current.digest(), *(one.encode() for one in as_text))
    _require(given in {hashlib.sha256(one).hexdigest().upper() for one in joined}, "hash")
    return given


def _raise_error(entry: dict[str, Any]) -> None:
    error = entry.get("error")
    if error is None:
        return
    fields = fields_of(error)
    number = text(fields, "errorCode") or text(fields, "errorcode")
    if number in SUCCESS:
        return
    if number in TRY_AGAIN:
        raise NoFingerError(number)
    raise DeviceError(ERRORS.get(number, Code.DEVICE_FAILED), why=f"SBI {number}", source="SBI")


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise DeviceError(Code.DEVICE_UNTRUSTED, why=why)
