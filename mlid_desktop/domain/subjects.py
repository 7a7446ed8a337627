"""Subjects and operators: what is recorded about a person, and what the person agreed to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.templates import Portrait, Touch
from mlid_desktop.domain.text import is_seen, is_shown, tidy, tidy_number

USUAL_PURPOSE = "recognition"
USUAL_RETENTION_DAYS = 3 * 365  # after the last visit: BIPA section 15(a), three years
NUMBER_MAX_LENGTH, NAME_MAX_LENGTH = 64, 200


def new_identifier() -> str:
    """A new random identifier of 128 bits as hex: subjects and references carry no meaning in their identifiers."""
    return secrets.token_hex(16)


class Role(StrEnum):
    """Roles of the operators of a vault. The supervisor answers for it; the auditor reads what happened."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who unlocks the vault by a slot of their own, and the person's role."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Details:
    """What the desk records about a person: the ``number`` finds them again and is unique in a vault. Number and name
    are brought to the form in which they are kept. ``without_movements``: the person asks to be checked without
    movements of head and face; why is nowhere kept. ``fields`` are the values of the site's own fields, by the keys of
    fields, in their order."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    without_movements: bool = field(default=False, repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", tidy_number(self.number))
        object.__setattr__(self, "name", tidy(self.name))
        for value, limit in ((self.number, NUMBER_MAX_LENGTH), (self.name, NAME_MAX_LENGTH)):
            if not is_seen(value) or len(value) > limit or not is_shown(value):
                raise ValueError("details need 1 to the limit of characters that can be shown")

    @classmethod
    def kept(
        cls, number: str, name: str, *, without_movements: bool = False, fields: tuple[tuple[str, str], ...] = ()
    ) -> Details:
        """Rebuilds details as they were kept, to the letter: not tidied, and not held to rules that came later. Raises
        ValueError where one is empty."""
        if not number or not name:
            raise ValueError("details need 1 to the limit of characters that can be shown")
        details = object.__new__(cls)
        kept = {"number": number, "name": name, "without_movements": without_movements, "fields": fields}
        for attribute, value in kept.items():
            object.__setattr__(details, attribute, value)
        return details


class ConsentOutcome(StrEnum):
    """The answer of the subject, or the guardian, to the consent text."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class ConsentUse(StrEnum):
    """What a consent text may speak of besides recognition: a portrait that is kept, the site's own fields, and answers
    to other programs of the site."""

    PORTRAIT = "portrait"
    SITE_FIELDS = "site_fields"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent: who agreed to which text, when. ``text_version`` names the exact text; ``language`` the one it was
    shown in; ``retention_days`` is how long after the last visit the text lets the desk keep what it collected.
    ``uses`` are those that the text speaks of, none in earlier texts; ``portrait`` is the person's choice of its own,
    ``left_out`` what of them may not be captured."""

    outcome: ConsentOutcome
    text_version: str
    language: str
    given_at: datetime
    guardian: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)
    purpose: str = USUAL_PURPOSE
    retention_days: int = USUAL_RETENTION_DAYS
    uses: tuple[ConsentUse, ...] = ()
    portrait: bool = False
    left_out: tuple[Modality, ...] = ()

    @property
    def covers(self) -> frozenset[ConsentUse]:
        """The uses that the person agreed to: those of the text, a portrait only where it was chosen too; none where
        the person declined."""
        if self.outcome is not ConsentOutcome.ACCEPTED:
            return frozenset()
        return frozenset(use for use in self.uses if use is not ConsentUse.PORTRAIT or self.portrait)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Consent taken back, by the person or the guardian; where a ``caller`` says so, nobody has confirmed it yet."""

    at: datetime
    guardian: str = field(default="", repr=False)
    reason: str = field(default="", repr=False)  # none is ever required
    caller: str = ""


class DeclineReason(StrEnum):
    """Why a subject declined, as far as that was said: none is ever required."""

    NOT_STATED = "not_stated"
    OTHER_WAY = "other_way"
    PRIVACY = "privacy"
    NOT_NOW = "not_now"
    OTHER = "other"


class ShownInstead(StrEnum):
    """How a person was recognised without biometrics."""

    IDENTITY_DOCUMENT = "identity_document"
    OTHER_DOCUMENT = "other_document"
    RECEIPT = "receipt"
    KNOWN_TO_STAFF = "known_to_staff"


class Standing(StrEnum):
    """States of a person's record: whether what is kept may be compared."""

    HELD = "held"
    STOPPED = "stopped"  # another program says that consent is taken back: an operator confirms or undoes it
    WITHDRAWN = "withdrawn"


class ErasureReason(StrEnum):
    """Reasons why a person is erased."""

    REQUESTED = "requested"
    WITHDRAWN = "withdrawn"
    RETENTION = "retention"
    MISTAKE = "mistake"
    FIELD = "field"  # of no person: the site gave up recording it, and what was recorded is destroyed


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An erasure, remembered so that a restored backup does not bring the person back: ``subject_id`` is the random
    identifier, which means nothing any more."""

    sequence: int
    subject_id: str
    erased_at: datetime
    reason: ErasureReason


@dataclass(frozen=True, slots=True)
class BackupCopy:
    """A backup that was made of this vault, and where it was written to."""

    backup_id: str
    made_at: datetime
    location: str


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure that was carried out, and the backups that may still hold the person."""

    entry: LedgerEntry
    backups: tuple[BackupCopy, ...]


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A person whose retention period is over, or who withdrew: to be erased from ``due_on`` on."""

    subject_id: str
    due_on: date
    reason: ErasureReason


class ExceptionReason(StrEnum):
    """Reasons why a characteristic was not captured."""

    MISSING = "missing"
    INJURED = "injured"
    BANDAGED = "bandaged"
    DECLINED = "declined"
    DEVICE_ABSENT = "device_absent"


@dataclass(frozen=True, slots=True)
class CaptureException:
    """A characteristic that was not captured, with the reason; it shows in review and receipt."""

    characteristic: Characteristic
    reason: ExceptionReason


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """Everything about a person that is written, at once, when an enrolment is saved. ``captures`` are the best of each
    characteristic; ``attempt_id`` names the attempt that they were made in, "" for none; ``touches`` are all images of
    fingers taken; ``not_compared`` is how many people could not be searched for duplicates; ``portrait`` is kept where
    it was chosen; ``asked_by`` names a caller and its request; ``replaces`` is the state of the record it replaces."""

    subject_id: str
    details: Details = field(repr=False)
    consent: Consent
    captures: tuple[Observation, ...]
    exceptions: tuple[CaptureException, ...]
    enrolled_at: datetime
    duplicate_review: str = ""
    attested: bool = False
    attempt_id: str = ""
    touches: tuple[Touch, ...] = field(default=(), repr=False)
    not_compared: int = 0
    portrait: Portrait | None = None
    asked_by: tuple[str, str] | None = None
    replaces: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RenewedReference:
    """A reference of today's extractor that takes the place of those ``replaced`` (identifiers), which an earlier one
    made. ``capture`` is what the subject was just accepted by, with the template that is kept of it."""

    replaced: tuple[str, ...]
    capture: Observation = field(repr=False)


@dataclass(frozen=True, slots=True)
class SubjectSummary:
    """One person as the records page lists them. ``token`` is on the person's receipt: random, and replaced by the next
    one. ``without_movements`` and ``fields`` are as in :class:`Details`; ``portrait`` is the identifier of the kept
    portrait."""

    subject_id: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    enrolled_at: datetime
    characteristics: tuple[Characteristic, ...]
    standing: Standing = Standing.HELD
    token: str = field(default="", repr=False)
    without_movements: bool = field(default=False, repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    portrait: str = ""

    @property
    def able(self) -> frozenset[Modality]:
        """The modalities by which this person can be checked whatever is asked: no face of somebody who asks to be
        checked without movements."""
        return self.modalities - ({Modality.FACE} if self.without_movements else set())

    @property
    def modalities(self) -> frozenset[Modality]:
        """The modalities that the person is enrolled with."""
        return frozenset(characteristic.modality for characteristic in self.characteristics)


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """What is kept about a person besides the references. ``portrait`` is the identifier of the kept portrait."""

    subject_id: str
    details: Details = field(repr=False)
    consent: Consent
    exceptions: tuple[CaptureException, ...]
    enrolled_at: datetime
    withdrawal: Withdrawal | None = None
    earlier: tuple[Consent, ...] = ()
    duplicate_review: str = ""
    token: str = field(default="", repr=False)
    portrait: str = ""

    @property
    def covers(self) -> frozenset[ConsentUse]:
        """The uses that the person agrees to today: those of the newest consent, none after a withdrawal."""
        return frozenset() if self.withdrawal is not None else self.consent.covers
