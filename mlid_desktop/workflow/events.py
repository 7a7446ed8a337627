"""The events of sessions besides evidence. The user interfaces send most of them; the station sends what the vault or
gallery answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.subjects import CaptureException, Consent, Details
from mlid_desktop.domain.templates import Template
from mlid_desktop.workflow.face_challenge.events import ChallengeEvent
from mlid_desktop.workflow.take import Take


@dataclass(frozen=True, slots=True)
class ConsentAnswered:
    """The subject, or the guardian, accepted or declined consent."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class DetailsEntered:
    """Number and name of the subject were entered, the number already found free in this vault."""

    details: Details = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """A characteristic is to be captured from the beginning."""

    characteristic: Characteristic


@dataclass(frozen=True, slots=True)
class CaptureResumed:
    """A capture that a device failure or an absent person interrupted goes on with its whole takes."""


@dataclass(frozen=True, slots=True)
class CaptureEnded:
    """The source of a capture has nothing more, or the operator stopped it."""


@dataclass(frozen=True, slots=True)
class BestTaken:
    """The operator asked to keep the best take so far (manual trigger)."""


@dataclass(frozen=True, slots=True)
class CaptureKept:
    """The operator (or the policy) accepted the finished capture."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureExamined:
    """The finished capture was compared with itself and the others of this enrolment: ``agreement`` are the scores of
    its best take with each of its other takes, ``alike`` those with other kept characteristics of the modality,
    ``template`` is made of all takes that agree."""

    agreement: tuple[float, ...] = field(repr=False)
    alike: tuple[tuple[Characteristic, float], ...] = field(repr=False)
    template: Template


@dataclass(frozen=True, slots=True)
class CaptureSkipped:
    """A characteristic is not captured, for a reason that stays on record."""

    exception: CaptureException


@dataclass(frozen=True, slots=True)
class AttemptChosen:
    """An earlier capture is to be kept after all: the one at ``index`` among those passed over. It is
    examined and kept like a new one."""

    characteristic: Characteristic
    index: int


@dataclass(frozen=True, slots=True)
class CapturesFinished:
    """All planned captures of an enrolment are done."""


@dataclass(frozen=True, slots=True)
class CandidatesFound:
    """The candidates that a 1:N search found among ``gallery_size`` people. It could not have found anybody of the
    ``not_compared``, who gave nothing that was captured for it, nor of the ``without_model``, whose references are of
    an extractor that this station has not got."""

    candidates: tuple[Candidate, ...]
    gallery_size: int
    expected_false_hits: float
    not_compared: int = 0
    without_model: int = 0


@dataclass(frozen=True, slots=True)
class CopyFound:
    """A 1:N search came upon the very image that was captured of a characteristic, kept from an earlier touch of a
    candidate."""

    characteristic: Characteristic


class ReviewOutcome(StrEnum):
    """The outcomes of a review of candidates."""

    SAME = "same"
    DIFFERENT = "different"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class CandidatesReviewed:
    """An operator reviewed the candidates; ``subject_id`` names the one meant by "same"."""

    outcome: ReviewOutcome
    reason: str = field(repr=False)
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class Attested:
    """The operator attests to have looked at the face and the fingers and to have seen nothing artificial."""


@dataclass(frozen=True, slots=True)
class SecondConfirmed:
    """A second person confirms that somebody is accepted without movements; proven where it is recorded."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The operator reviewed the enrolment and asks for it to be saved."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The vault has written the enrolment to disk."""


@dataclass(frozen=True, slots=True)
class SaveFailed:
    """The enrolment was not written, as the vault refused or the second person was not there; it can be confirmed
    again."""


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentResumed:
    """A new session resumes an interrupted enrolment: the person, the takes of each capture that was
    finished, what was made of them, and what is not captured; ``attempt_id`` where it is the same attempt still, with
    the active ``challenges`` that were not met in it; ``replaces`` is as in the enrolment."""

    subject_id: str
    consent: Consent
    details: Details = field(repr=False)
    takes: Mapping[Characteristic, tuple[Take, ...]] = field(repr=False)
    templates: Mapping[Characteristic, Template] = field(repr=False)
    exceptions: tuple[CaptureException, ...]
    attempt_id: str = ""
    challenges: int = 0
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class CapturesReopened:
    """An enrolment goes back to its captures from a later stage; what was kept stays, a search is made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchResumed:
    """A search that waits for its answer is resumed, with its capture and its candidates."""

    characteristic: Characteristic
    take: Take
    found: CandidatesFound


@dataclass(frozen=True, slots=True)
class SteppedBack:
    """The operator goes one step back, keeping what was gathered."""


Event = (
    Evidence
    | ChallengeEvent
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
    | CopyFound
    | CandidatesReviewed
    | Attested
    | SecondConfirmed
    | Confirmed
    | Saved
    | SaveFailed
    | EnrolmentResumed
    | CapturesReopened
    | SearchResumed
    | SteppedBack
)


class OutOfOrderError(Exception):
    """Raised for an event that the session does not wait for: a bug in the caller, never the operator's doing."""
