"""Templates and references: the encoded features of samples that are kept for comparison."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.provenance import Provenance

MOST_TOUCHES = 20  # of one finger: the newest
MOST_PORTRAIT_BYTES = 15 * 1024


class Grade(StrEnum):
    """Grades of a model: what it may be used for. Templates of simulated or evaluation-grade extractors never enter
    operation."""

    OPERATIONAL = "operational"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Extractor:
    """What made a template: name, version of its code, SHA-256 over the model files it used ("" where none), grade."""

    name: str
    version: int
    models: str
    grade: Grade = Grade.OPERATIONAL

    @property
    def key(self) -> str:
        """The extractor's identity as one string; templates compare only within one key."""
        return f"{self.name}/{self.version}/{self.models}"


@dataclass(frozen=True, slots=True)
class SearchTable:
    """What a 1:N search looks at first of a template, made ready once and kept beside it: ``content`` is the modality's
    own encoding, in the ``version`` of its making. It says of a person what the template says, and is as protected."""

    version: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """Features of one sample; ``payload`` is the modality's own compact encoding. It is biometric data and never
    printed. ``search_table`` is made of the payload, and of two equal templates one may have it: None where it is still
    to be made, and of modalities that need none."""

    characteristic: Characteristic
    extractor: Extractor
    payload: bytes = field(repr=False)
    search_table: SearchTable | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A template that is stored for a subject. ``reference_id`` is random hex; ``quality`` is the unified value of its
    sample."""

    reference_id: str
    subject_id: str
    template: Template
    quality: int
    provenance: Provenance
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """A template of today's extractor that takes the place of ``replaced``, the identifiers of references that an
    earlier one made."""

    replaced: tuple[str, ...]
    template: Template = field(repr=False)


def require_same_extractor(expected: Extractor, template: Template) -> None:
    """Raises ModelError(MODEL_EXTRACTOR_MISMATCH) where the template was made by another extractor."""
    if template.extractor.key != expected.key:
        raise ModelError(Code.MODEL_EXTRACTOR_MISMATCH, expected=expected.key, found=template.extractor.key)


@dataclass(frozen=True, slots=True)
class Touch:
    """One image of a finger that was enrolled or accepted: ``digest`` (SHA-256 of its pixels) knows the same image
    again, ``geometry`` (its minutiae, as a template has them) the same image moved, turned or compressed anew."""

    characteristic: Characteristic
    digest: bytes = field(repr=False)
    geometry: bytes = field(repr=False)


class PortraitView(StrEnum):
    """Where a portrait is looked at. All but a record are parts of a check of the person."""

    RECORD = "record"
    REVIEW = "review"
    DUPLICATES = "duplicates"
    CANDIDATES = "candidates"
    DECISION = "decision"

    @property
    def in_a_check(self) -> bool:
        """Whether somebody is being checked or enrolled meanwhile."""
        return self is not PortraitView.RECORD


@dataclass(frozen=True, slots=True)
class Portrait:
    """A small picture of a person's face that is kept to be looked at: ``picture`` are the bytes of a JPEG, ``source``
    whether it came from a live, recorded or simulated device, ``portrait_id`` a random identifier. Raises ValueError
    for one that is too large."""

    picture: bytes = field(repr=False)
    taken_at: datetime
    source: str
    portrait_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        if not 0 < len(self.picture) <= MOST_PORTRAIT_BYTES:
            raise ValueError("a portrait is small")


def newest_touches(touches: tuple[Touch, ...]) -> tuple[Touch, ...]:
    """The newest of each finger, as many as are kept; the order stays."""
    kept: list[Touch] = []
    for touch in reversed(touches):
        if sum(other.characteristic == touch.characteristic for other in kept) < MOST_TOUCHES:
            kept.append(touch)
    return tuple(reversed(kept))
