"""Requests of the station to a MOSIP SBI device service, and the device they are for. Specification: see
``responses``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from mlid_desktop.devices.sbi.signatures import CertificateFacts
from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.errors import Code

FIRST_HASH = hashlib.sha256(b"").hexdigest().upper()
PURPOSE = "Registration"
UNKNOWN = "UNKNOWN"
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


@dataclass(frozen=True, slots=True)
class SbiDevice:
    """A finger device as its service describes it; ``trusted`` where a registered anchor vouches for that.

    ``key`` is provider, make, model and serial number; ``service_id`` is the service's own name for it; ``chain`` are
    the certificates that signed its identity, the signer first, whose fingerprint is ``signer`` (empty: unsigned).
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
    chain: tuple[CertificateFacts, ...] = field(default=(), repr=False, compare=False)

    @property
    def signer(self) -> str:
        """SHA-256 of the certificate that everything of this device is signed with."""
        return self.chain[0].fingerprint if self.chain else ""


@dataclass(frozen=True, slots=True)
class SbiRequest:
    """What the answer to a capture request must match: its transaction, its finger, the hash before it and when it was
    asked."""

    transaction: str
    subtype: str
    previous_hash: str
    at: datetime


def discovery_request() -> bytes:
    """The body of a discovery request, for finger devices alone."""
    return json.dumps({"type": "Finger"}).encode()


def stream_request(device: SbiDevice, sub_id: str, timeout_s: float) -> bytes:
    """The body of a request for the preview of a part of the device."""
    fields = {"deviceId": device.service_id, "deviceSubId": sub_id, "timeout": str(round(1000 * timeout_s))}
    return json.dumps(fields).encode()


def capture_request(device: SbiDevice, sub_id: str, asked: SbiRequest, wanted_score: int, timeout_s: float) -> bytes:
    """The body of a capture request for one finger above a quality of ``wanted_score`` (1..100); at the end of the time
    the best there was is sent."""
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
    """The number of the part of a slap device that has this finger (1 left hand, 2 right hand, 3 thumbs); else the
    first there is."""
    if device.slap and position is not None:
        thumb = position in {FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB}
        return "3" if thumb else "1" if position.name.startswith("LEFT") else "2"
    return device.sub_ids[0] if device.sub_ids else "0"
