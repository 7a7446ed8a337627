"""Encodes records as bytes (FORMAT.md, section 5): the profile of a person, and each reference."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.subjects import (
    CaptureException,
    Consent,
    ConsentOutcome,
    ConsentUse,
    Details,
    Enrolment,
    ExceptionReason,
    Standing,
    SubjectRecord,
    SubjectSummary,
    Withdrawal,
)
from mlid_desktop.domain.templates import Extractor, Grade, Reference, SearchTable, Template
from mlid_desktop.site_fields.schema import Values
from mlid_desktop.vault.crypto.envelope import bind, unbind
from mlid_desktop.vault.store.schema import PROFILE

REFERENCE = "reference"
REFERENCE_PARTS = 6
MAX_REFERENCE_BYTES = 1024 * 1024
NO_TABLES: Mapping[str, SearchTable] = MappingProxyType({})


def profile_bytes(enrolment: Enrolment) -> bytes:
    """A person's profile as bytes: everything but the templates."""
    record = SubjectRecord(
        enrolment.subject_id,
        enrolment.details,
        enrolment.consent,
        enrolment.exceptions,
        enrolment.enrolled_at,
        duplicate_review=enrolment.duplicate_review,
        portrait="" if enrolment.portrait is None else enrolment.portrait.portrait_id,
    )
    kept = tuple(capture.characteristic for capture in enrolment.captures if capture.template is not None)
    return record_bytes(record, kept)


def record_bytes(record: SubjectRecord, characteristics: Sequence[Characteristic]) -> bytes:
    """A person's record as a profile, with the characteristics that references are kept of."""
    token = {"token": record.token} if record.token else {}
    wish = {"without_movements": True} if record.details.without_movements else {}
    fields = {"fields": dict(record.details.fields)} if record.details.fields else {}
    portrait = {"portrait": record.portrait} if record.portrait else {}
    return _json(
        {
            **token,
            **wish,
            **fields,
            **portrait,
            "number": record.details.number,
            "name": record.details.name,
            "enrolled_at": record.enrolled_at.isoformat(),
            "duplicate_review": record.duplicate_review,
            "consent": _consent_content(record.consent),
            "earlier": [_consent_content(consent) for consent in record.earlier],
            "withdrawal": None if record.withdrawal is None else _withdrawal_content(record.withdrawal),
            "exceptions": [[str(exception.characteristic), exception.reason.value] for exception in record.exceptions],
            "characteristics": [str(characteristic) for characteristic in characteristics],
        }
    )


def read_profile(subject_id: str, plain: bytes) -> SubjectRecord:
    """Parses a profile as the person's record. Raises VaultError(VAULT_DAMAGED)."""
    try:
        content = json.loads(plain)
        taken_back = content["withdrawal"]
        exceptions = tuple(
            CaptureException(_characteristic(written), ExceptionReason(why)) for written, why in content["exceptions"]
        )
        return SubjectRecord(
            subject_id,
            Details.kept(content["number"], content["name"], without_movements=_wish(content), fields=_fields(content)),
            _consent(content["consent"]),
            exceptions,
            datetime.fromisoformat(content["enrolled_at"]),
            None if taken_back is None else _withdrawal(taken_back),
            tuple(_consent(consent) for consent in content["earlier"]),
            content["duplicate_review"],
            _text(content, "token"),
            _text(content, "portrait"),
        )
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE) from None


def read_summary(subject_id: str, plain: bytes) -> SubjectSummary:
    """Parses from a profile the row of the records page. Raises VaultError(VAULT_DAMAGED)."""
    try:
        content = json.loads(plain)
        enrolled = tuple(_characteristic(written) for written in content["characteristics"])
        enrolled_at = datetime.fromisoformat(content["enrolled_at"])
        standing = _standing(content["withdrawal"])
        number, name, token = content["number"], content["name"], _text(content, "token")
        fields, portrait = _fields(content), _text(content, "portrait")
        return SubjectSummary(
            subject_id, number, name, enrolled_at, enrolled, standing, token, _wish(content), fields, portrait
        )
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE) from None


def profile_without(plain: bytes, keys: Collection[str], portraits: Collection[str] = ()) -> bytes | None:
    """A profile without what stands in these fields of the site, and without the name of one of these portraits; None
    where it has neither. Raises VaultError(VAULT_DAMAGED)."""
    try:
        content = json.loads(plain)
        fields, portrait = dict(_fields(content)), _text(content, "portrait")
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE) from None
    left = {key: value for key, value in fields.items() if key not in keys}
    named = "" if portrait in portraits else portrait
    if (left, named) == (fields, portrait):
        return None
    rest = {name: value for name, value in content.items() if name not in {"fields", "portrait"}}
    return _json({**rest, **({"fields": left} if left else {}), **({"portrait": named} if named else {})})


def summary_of(enrolment: Enrolment) -> SubjectSummary:
    """The row of the records page for somebody who is enrolled now."""
    enrolled = tuple(capture.characteristic for capture in enrolment.captures if capture.template is not None)
    details = enrolment.details
    return SubjectSummary(
        enrolment.subject_id,
        details.number,
        details.name,
        enrolment.enrolled_at,
        enrolled,
        without_movements=details.without_movements,
        fields=details.fields,
        portrait="" if enrolment.portrait is None else enrolment.portrait.portrait_id,
    )


def reference_bytes(reference_id: str, capture: Observation, created_at: datetime) -> bytes:
    """A reference as bytes: identifier, time, quality, session chain, setting, template; each behind its length."""
    if capture.template is None:
        raise ValueError("only an observation with a template becomes a reference")
    if len(capture.template.payload) > MAX_REFERENCE_BYTES:
        raise ValueError("a template of more than the limit could not be read back")
    template, extractor = capture.template, capture.template.extractor
    came_from, device = capture.provenance, capture.provenance.device
    setting = {
        "characteristic": str(template.characteristic),
        "extractor": [extractor.name, extractor.version, extractor.models, extractor.grade.value],
        "source": [came_from.kind.value, device.scheme, device.key, device.name],
    }
    return bind(
        reference_id.encode(),
        created_at.isoformat().encode(),
        str(capture.quality.unified).encode(),
        came_from.chain,
        _json(setting),
        template.payload,
    )


def read_reference(subject_id: str, plain: bytes, tables: Mapping[str, SearchTable] = NO_TABLES) -> Reference:
    """Parses a reference, with its search table where ``tables`` have it under its identifier. Raises
    VaultError(VAULT_DAMAGED)."""
    try:
        reference_id, created_at, quality, chain, setting, payload = unbind(plain, REFERENCE_PARTS)
        characteristic, extractor, kind, device = _setting(setting)
        name = reference_id.decode()
        return Reference(
            name,
            subject_id,
            Template(characteristic, extractor, payload, tables.get(name)),
            int(quality),
            Provenance(kind, device, chain),
            datetime.fromisoformat(created_at.decode()),
        )
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=REFERENCE) from None


@lru_cache(maxsize=256)
def _setting(stored: bytes) -> tuple[Characteristic, Extractor, SourceKind, DeviceIdentity]:
    """The part that thousands of references have in common, parsed once and shared by all; nothing in it is about a
    person."""
    content = json.loads(stored)
    name, version, models, grade = content["extractor"]
    kind, scheme, key, device = content["source"]
    extractor = Extractor(name, version, models, Grade(grade))
    characteristic = Characteristic.parse(content["characteristic"])
    return characteristic, extractor, SourceKind(kind), DeviceIdentity(scheme, key, device)


def _text(content: dict[str, Any], name: str) -> str:
    """A field that a profile has only where there is something: the receipt's token, the portrait's identifier."""
    text = content.get(name, "")
    if not isinstance(text, str):
        raise TypeError(name)
    return text


def _wish(content: dict[str, Any]) -> bool:
    """Whether a profile says that the person asks to be checked without movements; those of earlier formats do not."""
    return _flag(content, "without_movements")


def _flag(content: dict[str, Any], name: str) -> bool:
    """A field that is true where it is there; profiles of earlier formats have none."""
    said = content.get(name, False)
    if not isinstance(said, bool):
        raise TypeError(name)
    return said


def _fields(content: dict[str, Any]) -> Values:
    """What stands in the site's own fields, by the keys of fields; those of earlier formats have none."""
    fields = content.get("fields")
    if fields is None:
        return ()
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise TypeError("fields")
    return tuple(sorted(fields.items()))


def _consent_content(consent: Consent) -> dict[str, Any]:
    uses = {"uses": [use.value for use in consent.uses]} if consent.uses else {}
    portrait = {"portrait": True} if consent.portrait else {}
    left_out = {"left_out": [modality.value for modality in consent.left_out]} if consent.left_out else {}
    return {
        **uses,
        **portrait,
        **left_out,
        "outcome": consent.outcome.value,
        "purpose": consent.purpose,
        "text_version": consent.text_version,
        "language": consent.language,
        "given_at": consent.given_at.isoformat(),
        "guardian": consent.guardian,
        "reason": consent.reason,
        "retention_days": consent.retention_days,
    }


def _consent(said: dict[str, Any]) -> Consent:
    return Consent(
        ConsentOutcome(said["outcome"]),
        said["text_version"],
        said["language"],
        datetime.fromisoformat(said["given_at"]),
        said["guardian"],
        said["reason"],
        said["purpose"],
        int(said["retention_days"]),
        tuple(ConsentUse(use) for use in said.get("uses", ())),
        _flag(said, "portrait"),
        tuple(Modality(name) for name in said.get("left_out", ())),
    )


def _withdrawal_content(withdrawal: Withdrawal) -> dict[str, Any]:
    said = {"at": withdrawal.at.isoformat(), "guardian": withdrawal.guardian, "reason": withdrawal.reason}
    return {**said, "caller": withdrawal.caller} if withdrawal.caller else said


def _withdrawal(said: dict[str, Any]) -> Withdrawal:
    return Withdrawal(datetime.fromisoformat(said["at"]), said["guardian"], said["reason"], _text(said, "caller"))


def _standing(taken_back: dict[str, Any] | None) -> Standing:
    if taken_back is None:
        return Standing.HELD
    return Standing.STOPPED if _text(taken_back, "caller") else Standing.WITHDRAWN


@lru_cache(maxsize=64)
def _characteristic(text: str) -> Characteristic:
    return Characteristic.parse(text)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
