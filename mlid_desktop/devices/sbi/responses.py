"""Reads the answers of a MOSIP SBI device service, and checks them before they are believed.

Specification: MOSIP Secure Biometric Interface (formerly MOSIP Device Service) 0.9.5 and 1.0, sections "Device
Discovery", "Device Info", "Device Registration Capture", "Error Codes". Field names and letter cases are its own, and
those that services in the field are known to send instead.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mlid_desktop.devices.sbi.fields import (
    bad_answer,
    decode,
    decode_unsigned,
    fields_of,
    instant,
    read_json,
    require_list,
    score,
    text,
    texts,
)
from mlid_desktop.devices.sbi.liveness import data_reports_attack, error_reports_attack
from mlid_desktop.devices.sbi.requests import PURPOSE, SUBTYPES, UNKNOWN, SbiDevice, SbiRequest
from mlid_desktop.devices.sbi.signatures import Signed, TrustAnchors, verify
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code, DeviceError

MAX_LIST_BYTES = 1024 * 1024
MAX_CAPTURE_BYTES = 16 * 1024 * 1024  # four uncompressed fingers of a slap at 500 dpi are 2 MB, and base64 twice over
MAX_IMAGE_CHARACTERS = 12 * 1024 * 1024
MAX_SKEW = timedelta(minutes=2)  # services take their time from a server; two clocks of one machine do not differ
FINGER_TYPES = frozenset({"finger", "fingerprint", "fir"})
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
    """The device service saw no finger, or none that it could use; ``number`` is the specification's. No fault of the
    device."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class WrongFingerError(Exception):
    """The device signs that it captured another finger, ``given``, than was asked for. No fault of the device."""

    def __init__(self, given: FingerPosition) -> None:
        super().__init__(given.value)
        self.given = given


class AttackReportedError(Exception):
    """The device service refuses a finger as a presentation attack. No fault of the device."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One captured finger: an ISO/IEC 19794-4 record as it came, and the hash that the next request continues;
    ``attack_reported`` where the device signs that it is a presentation attack."""

    record: bytes = field(repr=False)
    hash: str
    quality: float | None
    attack_reported: bool = False


def read_discovery(untrusted: bytes) -> tuple[SbiDevice, ...]:
    """Reads the finger devices of a service as it lists them, unsigned; an entry that is none is passed over.

    Raises DeviceError(DEVICE_BAD_ANSWER) where it is no list.
    """
    devices, _ = _devices(untrusted, _discovered)
    return devices


def read_info(untrusted: bytes, anchors: TrustAnchors, now: datetime) -> tuple[SbiDevice, ...]:
    """Reads the finger devices of a service, as they sign for it; another device's fault is not theirs.

    Raises DeviceError where none is left: DEVICE_BAD_ANSWER, DEVICE_UNTRUSTED, or what the service's own error says.
    """
    devices, fault = _devices(untrusted, lambda entry: _informed(entry, anchors, now))
    if fault is not None and not devices:
        raise fault
    return devices


def read_capture(
    untrusted: bytes, asked: SbiRequest, device: SbiDevice, anchors: TrustAnchors, now: datetime
) -> Captured:
    """Reads the captured finger that was asked for, and nothing else.

    Raises NoFingerError where there was none, WrongFingerError where it was another, AttackReportedError where the
    service refuses it as a presentation attack; DeviceError: DEVICE_BAD_ANSWER for
    what is malformed, DEVICE_UNTRUSTED for what another certificate, another device, another time or another request
    has signed, and what the service's own error says.
    """
    answer = fields_of(read_json(untrusted))
    entries = answer.get("biometrics")
    if entries is None:
        _raise_error(answer)
    first = fields_of(require_list(entries)[0] if require_list(entries) else None)
    _raise_error(first)
    signed = verify(first.get("data"), anchors, now)
    data = fields_of(read_json(signed.payload))
    _require(signed.trusted or not device.trusted, "chain")
    _require_signer(signed, device.signer)
    _require_device(data, device, anchors, now)
    _require_asked(data, asked, now)
    value = text(data, "bioValue", MAX_IMAGE_CHARACTERS)
    record = decode(value.replace("+", "-").replace("/", "_"))
    following = _next_hash(first, asked.previous_hash, record)
    return Captured(record, following, score(data.get("qualityScore")), data_reports_attack(data))


def raise_unusable(device: SbiDevice) -> None:
    """Raises DeviceError(DEVICE_BUSY or DEVICE_NOT_READY) where the device says that it cannot capture."""
    if device.state is not None:
        raise DeviceError(device.state, source=device.name)


def _devices(
    untrusted: bytes, read: Callable[[dict[str, Any]], SbiDevice | None]
) -> tuple[tuple[SbiDevice, ...], DeviceError | None]:
    """Reads the entries of a list of devices, and returns them with the first fault that one had."""
    devices: list[SbiDevice] = []
    fault: DeviceError | None = None
    for entry in require_list(read_json(untrusted)):
        try:
            entry_read = read(fields_of(entry))
        except DeviceError as error:
            fault = fault or error
        else:
            devices += [] if entry_read is None else [entry_read]
    return tuple(devices), fault


def _discovered(entry: dict[str, Any]) -> SbiDevice | None:
    return _device(entry, fields_of(read_json(decode_unsigned(entry.get("digitalId")))), trusted=False)


def _informed(entry: dict[str, Any], anchors: TrustAnchors, now: datetime) -> SbiDevice | None:
    """Reads a device's signed information; None for one that is not registered with its provider, which sends it
    unsigned and cannot capture."""
    information = entry.get("deviceInfo")
    if not information:
        _raise_error(entry)
    if isinstance(information, str) and "." not in information:
        fields = fields_of(read_json(decode(information)))
        identity = fields_of(read_json(decode_unsigned(fields.get("digitalId"))))
        return _device({**fields, "deviceStatus": "Not Registered"}, identity, trusted=False)
    signed = verify(information, anchors, now)
    fields = fields_of(read_json(signed.payload))
    identity_signed = verify(fields.get("digitalId"), anchors, now)
    _require_signer(signed, identity_signed.chain[0].fingerprint)
    identity = fields_of(read_json(identity_signed.payload))
    device = _device(fields, identity, trusted=signed.trusted and identity_signed.trusted)
    return None if device is None else replace(device, chain=identity_signed.chain)


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
    """Requires that the finger comes from the device that was opened."""
    signed = verify(data.get("digitalId"), anchors, now)
    made = _device({}, fields_of(read_json(signed.payload)), trusted=signed.trusted)
    _require(made is not None and made.key == device.key, "device")
    _require(signed.trusted or not device.trusted, "chain")
    _require_signer(signed, device.signer)


def _require_signer(signed: Signed, signer: str) -> None:
    """A device is its certificate: that another one leads to the same anchor makes no answer this device's."""
    _require(hmac.compare_digest(signed.chain[0].fingerprint.encode(), signer.encode()), "certificate")


def _require_asked(data: dict[str, Any], asked: SbiRequest, now: datetime) -> None:
    """Refuses what was signed for another request, at another time, or of another finger."""
    transaction = text(data, "transactionId") or text(data, "registrationId")
    _require(hmac.compare_digest(transaction.encode(), asked.transaction.encode()), "transaction")
    _require(text(data, "purpose").lower() == PURPOSE.lower(), "purpose")
    made = instant(text(data, "timestamp"))
    _require(asked.at - MAX_SKEW <= made <= now + MAX_SKEW, "time")
    if text(data, "bioType").lower() not in FINGER_TYPES:
        raise bad_answer("bioType")
    given = text(data, "bioSubType") or UNKNOWN
    if UNKNOWN in {asked.subtype, given} or given == asked.subtype:
        return
    position = next((position for position, name in SUBTYPES.items() if name == given), None)
    raise bad_answer("bioSubType") if position is None else WrongFingerError(position)


def _next_hash(entry: dict[str, Any], previous: str, record: bytes) -> str:
    """The hash that the next request continues, in the specification's chain: SHA-256 over the hash before and the
    SHA-256 of what was captured, joined as bytes (since May 2021) or as hexadecimal text (before)."""
    given = text(entry, "hash").upper()
    current = hashlib.sha256(record)
    as_text = (previous.upper() + current.hexdigest().upper(), previous.lower() + current.hexdigest())
    joined = (bytes.fromhex(previous) + current.digest(), *(part.encode() for part in as_text))
    _require(given in {hashlib.sha256(part).hexdigest().upper() for part in joined}, "hash")
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
    if error_reports_attack(number, text(fields, "errorInfo") or text(fields, "errorinfo")):
        raise AttackReportedError
    raise DeviceError(ERRORS.get(number, Code.DEVICE_FAILED), why=f"SBI {number}", source="SBI")


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise DeviceError(Code.DEVICE_UNTRUSTED, why=why)
