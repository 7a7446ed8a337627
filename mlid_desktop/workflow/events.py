"""What can happen to a session, besides evidence. Faces send these; the station sends what the vault or gallery
answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.subjects import CaptureException, Consent, Details
from mlid_desktop.domain.templates import Template
from mlid_desktop.workflow.capture import Take


@dataclass(frozen=True, slots=True)
class ConsentAnswered:
    """The subject, or the guardian, accepted or declined."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class DetailsEntered:
    """Number and name, already found free in this vault."""

    details: Details = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """Capture this characteristic now, from the beginning."""

    characteristic: Characteristic


@dataclass(frozen=True, slots=True)
class CaptureResumed:
    """The device failed or nobody came; it goes on with the takes that are there."""


@dataclass(frozen=True, slots=True)
class CaptureEnded:
    """The source has nothing more, or the operator stopped it."""


@dataclass(frozen=True, slots=True)
class BestTaken:
    """The operator's manual trigger: keep the best so far."""


@dataclass(frozen=True, slots=True)
class CaptureKept:
    """The operator (or the policy) is content with the finished capture."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureExamined:
    """What the finished capture gave when it was held against itself and the others of this enrolment: ``agreement``
    are the scores of its best take with each of its other takes, ``alike`` those with other kept characteristics of the
    modality, ``template`` is made of all takes that agree."""

    agreement: tuple[float, ...] = field(repr=False)
    alike: tuple[tuple[Characteristic, float], ...] = field(repr=False)
    template: Template


@dataclass(frozen=True, slots=True)
class CaptureSkipped:
    """This characteristic is not captured, for a reason that stays on record."""

    exception: CaptureException


@dataclass(frozen=True, slots=True)
class AttemptChosen:
    """An earlier capture is to be kept after all, the one at ``place`` among those passed over. It is examined and kept
    like a new one."""

    characteristic: Characteristic
    place: int


@dataclass(frozen=True, slots=True)
class CapturesFinished:
    """All that shall be captured has been."""


@dataclass(frozen=True, slots=True)
class CandidatesFound:
    """What the 1:N search brought up, for a gallery of ``gallery_size`` references."""

    candidates: tuple[Candidate, ...]
    gallery_size: int
    expected_false_hits: float


class ReviewOutcome(StrEnum):
    """What a person said of the candidates."""

    SAME = "same"
    DIFFERENT = "different"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class CandidatesReviewed:
    """A person looked at the candidates; ``subject_id`` names the one meant by "same"."""

    outcome: ReviewOutcome
    reason: str = field(repr=False)
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class Attested:
    """The operator looked at the face and the fingers and saw nothing artificial."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The operator reviewed everything and asks for it to be saved."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The vault has it on disk."""


@dataclass(frozen=True, slots=True)
class SaveFailed:
    """It was not written: the vault refused, or the second person was not there. It can be confirmed again."""


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentResumed:
    """An enrolment that was interrupted is taken up by a new session: who it is, the takes of each capture that was
    finished, what was made of them, and what is not captured."""

    subject_id: str
    consent: Consent
    details: Details = field(repr=False)
    takes: Mapping[Characteristic, tuple[Take, ...]] = field(repr=False)
    templates: Mapping[Characteristic, Template] = field(repr=False)
    exceptions: tuple[CaptureException, ...]


@dataclass(frozen=True, slots=True)
class CapturesReopened:
    """The enrolment goes on at its captures, wherever it stood; what was kept stays, a search is made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchResumed:
    """A search that waits for its answer is looked at: what was captured, and what was found by it."""

    characteristic: Characteristic
    take: Take
    found: CandidatesFound


@dataclass(frozen=True, slots=True)
class SteppedBack:
    """One step back, keeping what was gathered."""


Event = (
    Evidence
    | ConsentAnswered
    | DetailsEntered
    | CaptureStarted
    | CaptureResumed
    | CaptureEnded
    | BestTaken
    | CaptureKept
    | CaptureExamined
    | CaptureSkipped
    | AttemptChosen
    | CapturesFinished
    | CandidatesFound
    | CandidatesReviewed
    | Attested
    | Confirmed
    | Saved
    | SaveFailed
    | EnrolmentResumed
    | CapturesReopened
    | SearchResumed
    | SteppedBack
)


class OutOfOrderError(Exception):
    """An event that the session does not wait for: a bug in the caller, never the operator's doing."""
