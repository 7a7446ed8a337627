"""What a record holds, as bytes (FORMAT.md, section 5): the profile of a person, and each reference."""

from __future__ import annotations

import json
import struct
from datetime import datetime
from functools import lru_cache
from typing import Any

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.subjects import (
    CaptureException,
    Consent,
    ConsentOutcome,
    Details,
    Enrolment,
    ExceptionReason,
    SubjectRecord,
)
from mlid_desktop.domain.templates import Extractor, Grade, Reference, Template
from mlid_desktop.vault.schema import PROFILE

REFERENCE = "reference"
MAX_REFERENCE_BYTES = 1024 * 1024


def profile_bytes(enrolment: Enrolment) -> bytes:
    """Everything about a person that is not a template."""
    consent = enrolment.consent
    return _json(
        {
            "number": enrolment.details.number,
            "name": enrolment.details.name,
            "enrolled_at": enrolment.enrolled_at.isoformat(),
            "duplicate_review": enrolment.duplicate_review,
            "consent": {
                "outcome": consent.outcome.value,
                "text_version": consent.text_version,
                "language": consent.language,
                "given_at": consent.given_at.isoformat(),
                "guardian": consent.guardian,
                "reason": consent.reason,
            },
            "exceptions": [[str(one.characteristic), one.reason.value] for one in enrolment.exceptions],
            "characteristics": [str(one.characteristic) for one in enrolment.captures if one.template is not None],
        }
    )


def read_profile(subject_id: str, plain: bytes) -> tuple[SubjectRecord, tuple[Characteristic, ...]]:
    """A person's record and what is enrolled of them. Raises VaultError(VAULT_DAMAGED)."""
    try:
        content = json.loads(plain)
        said = content["consent"]
        consent = Consent(
            ConsentOutcome(said["outcome"]),
            said["text_version"],
            said["language"],
            datetime.fromisoformat(said["given_at"]),
            said["guardian"],
            said["reason"],
        )
        exceptions = tuple(
            CaptureException(Characteristic.parse(one), ExceptionReason(why)) for one, why in content["exceptions"]
        )
        details = Details(content["number"], content["name"])
        record = SubjectRecord(subject_id, details, consent, exceptions, datetime.fromisoformat(content["enrolled_at"]))
        return record, tuple(Characteristic.parse(one) for one in content["characteristics"])
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE) from None


def reference_bytes(reference_id: str, capture: Observation, created_at: datetime) -> bytes:
    """Length of the description (u32, big-endian), the description, the template's payload."""
    if capture.template is None:
        raise ValueError("only an observation with a template becomes a reference")
    if len(capture.template.payload) > MAX_REFERENCE_BYTES:
        raise ValueError("a template of more than the limit could not be read back")
    template, came_from = capture.template, capture.provenance
    description = _json(
        {
            "reference": reference_id,
            "characteristic": str(template.characteristic),
            "extractor": [
                template.extractor.name,
                template.extractor.version,
                template.extractor.models,
                template.extractor.grade.value,
            ],
            "quality": capture.quality.unified,
            "source": [came_from.kind.value, came_from.device.scheme, came_from.device.key, came_from.device.name],
            "chain": came_from.chain.hex(),
            "created_at": created_at.isoformat(),
        }
    )
    return struct.pack(">I", len(description)) + description + template.payload


def read_reference(subject_id: str, plain: bytes) -> Reference:
    """The reference in these bytes. Raises VaultError(VAULT_DAMAGED)."""
    if len(plain) > MAX_REFERENCE_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=REFERENCE)
    try:
        (length,) = struct.unpack(">I", plain[:4])
        content = json.loads(plain[4 : 4 + length])
        payload = plain[4 + length :]
        name, version, models, grade = content["extractor"]
        kind, scheme, key, device = content["source"]
        return Reference(
            content["reference"],
            subject_id,
            Template(
                _characteristic(content["characteristic"]), Extractor(name, version, models, Grade(grade)), payload
            ),
            content["quality"],
            Provenance(SourceKind(kind), DeviceIdentity(scheme, key, device), bytes.fromhex(content["chain"])),
            datetime.fromisoformat(content["created_at"]),
        )
    except (ValueError, KeyError, TypeError, struct.error):
        raise VaultError(Code.VAULT_DAMAGED, what=REFERENCE) from None


@lru_cache(maxsize=64)
def _characteristic(text: str) -> Characteristic:
    return Characteristic.parse(text)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
