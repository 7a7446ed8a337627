"""People and what they agreed to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.observations import Observation

NUMBER_MAX_LENGTH = 64
NAME_MAX_LENGTH = 200


def new_identifier() -> str:
    """128 random bits as hex: subjects and references carry no meaning in their identifiers."""
    return secrets.token_hex(16)


class Role(StrEnum):
    """Who is at the desk. The supervisor answers for it; the auditor reads what happened."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person with a slot in the vault."""

    name: str
    role: Role

    @property
    def may_see_scores(self) -> bool:
        """Raw scores are for those who answer for the thresholds."""
        return self.role is not Role.OPERATOR


@dataclass(frozen=True, slots=True)
class Details:
    """What the desk records about a person: the ``number`` finds them again and is unique in a vault."""

    number: str = field(repr=False)
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        for value, limit in ((self.number, NUMBER_MAX_LENGTH), (self.name, NAME_MAX_LENGTH)):
            if not value.strip() or len(value) > limit or not value.isprintable():
                raise ValueError("details need 1 to the limit of printable characters")


class ConsentOutcome(StrEnum):
    """What the subject, or the guardian, said to the consent text."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to which text, when. ``text_version`` names the exact text; ``language`` the one it was shown in."""

    outcome: ConsentOutcome
    text_version: str
    language: str
    given_at: datetime
    guardian: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)


class ExceptionReason(StrEnum):
    """Why a characteristic was not captured."""

    MISSING = "missing"
    INJURED = "injured"
    BANDAGED = "bandaged"
    DECLINED = "declined"
    DEVICE_ABSENT = "device_absent"


@dataclass(frozen=True, slots=True)
class CaptureException:
    """A characteristic that is not there, with its reason; it shows in review and receipt."""

    characteristic: Characteristic
    reason: ExceptionReason


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """Everything that is written, at once, when an enrolment is saved. ``captures`` are the best of each
    characteristic."""

    subject_id: str
    details: Details = field(repr=False)
    consent: Consent
    captures: tuple[Observation, ...]
    exceptions: tuple[CaptureException, ...]
    enrolled_at: datetime
    duplicate_review: str = ""


@dataclass(frozen=True, slots=True)
class SubjectSummary:
    """A row of the records page."""

    subject_id: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    enrolled_at: datetime
    characteristics: tuple[Characteristic, ...]


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """What is kept about a person besides the references."""

    subject_id: str
    details: Details = field(repr=False)
    consent: Consent
    exceptions: tuple[CaptureException, ...]
    enrolled_at: datetime
