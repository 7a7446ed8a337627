"""Whole journeys from sources to a result, for whoever does not watch them step by step: the command line and the
tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mlid_desktop.decision.policy import Purpose
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.domain.subjects import CaptureException, Consent, Details
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import handoff_for
from mlid_desktop.station.capture.prompted_takes import asking, takes
from mlid_desktop.station.capture.runner import CapturingSession
from mlid_desktop.station.services.recognition import Recognition
from mlid_desktop.station.services.redaction import decision_for, search_for
from mlid_desktop.station.services.vault_session import Desk
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession, EnrolmentStage
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession

SELF_PACED = frozenset({"file", "dir", "image", "digits", "simulated"})

S = TypeVar("S", bound=CapturingSession)
Publish = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """Everything an enrolment needs that is not on a sensor. ``duplicates`` is the outcome of a review, if one was
    made, which ``second`` confirms."""

    details: Details = field(repr=False)
    consent: Consent
    sources: Mapping[Characteristic, Source]
    exceptions: tuple[CaptureException, ...] = ()
    duplicates: events.CandidatesReviewed | None = None
    attested: bool = False
    second: SecondPerson | None = None


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Who of the candidates the person is, said by two: whoever is at the desk and ``second``."""

    subject_id: str
    reason: str = field(repr=False)
    second: SecondPerson


class Errands:
    """Drives desk and recognition on one thread; live devices get a capture thread of their own."""

    def __init__(self, desk: Desk, recognition: Recognition, publish: Publish = lambda _: None) -> None:
        self._desk = desk
        self._recognition = recognition
        self._publish = publish

    def enrol(self, request: EnrolmentRequest, *, rehearse: bool = False) -> EnrolmentSession:
        """Goes as far as the request carries: saved, refused, or standing where a person must look. A rehearsal goes
        the same road, ends before anything is written and leaves no note."""
        session = self._desk.begin_enrolment(attested=request.attested)
        session = session.advance(events.ConsentAnswered(request.consent))
        if session.stage is not EnrolmentStage.REFUSED:
            self._desk.require_free_number(request.details.number)
            session = session.advance(events.DetailsEntered(request.details))
            session = self._capture_all(session, request)
        if session.stage is EnrolmentStage.DUPLICATES:
            session = self._check_duplicates(session, request.duplicates)
        if session.stage is EnrolmentStage.REVIEW:
            session = session.advance(events.Confirmed())
        if rehearse:
            return session
        if session.stage is EnrolmentStage.SAVING:
            session = self._desk.save(session, request.second)
            self._recognition.add_to_galleries(self._desk.vault.references(session.subject_id))
        else:
            self._desk.close_enrolment(session)
        return search_for(self._desk.vault.operator, session)

    def verify(
        self, number: str, sources: Mapping[Characteristic, Source], *, attested: bool = False
    ) -> VerificationSession:
        """One counted attempt, to its decision. Raises UsageError for a number nobody has."""
        opening = self._desk.begin_verification(self._desk.subject(number), tuple(sources), attested=attested)
        session = opening.session
        try:
            for characteristic, source in sources.items():
                if session.decision is None:
                    session = self._capture(session, characteristic, source, opening.references)
                    session = session.advance(events.CaptureKept())
            if session.decision is None:
                session = session.advance(events.CapturesFinished())
        finally:
            self._desk.close_verification(session)
        if session.decision is None:
            return session
        return replace(session, decision=decision_for(self._desk.vault.operator, session.decision))

    def identify(
        self, characteristic: Characteristic, source: Source, same: SamePerson | None = None
    ) -> IdentificationSession:
        """One search, to its candidates. ``same`` says, by two people, which of them the person is. Raises
        UsageError(USAGE_BAD_ARGUMENT) where that is none of the candidates: the search is noted without an answer."""
        session = self._desk.begin_identification(characteristic)
        session = self._capture(session, characteristic, source)
        session = session.advance(events.CaptureKept())
        if session.stage is IdentificationStage.SEARCH:
            self._load_galleries([characteristic])
            session = self._recognition.search(session)
        found = () if session.found is None else session.found.candidates
        if same is not None and same.subject_id in {one.subject_id for one in found}:
            answer = events.CandidatesReviewed(events.ReviewOutcome.SAME, same.reason, same.subject_id)
            session = session.advance(answer)
        self._desk.close_identification(session, None if same is None else same.second)
        if same is not None and session.review is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--same")
        return search_for(self._desk.vault.operator, session)

    def _capture_all(self, session: EnrolmentSession, request: EnrolmentRequest) -> EnrolmentSession:
        for exception in request.exceptions:
            session = session.advance(events.CaptureSkipped(exception))
        for characteristic, source in request.sources.items():
            session = self._capture(session, characteristic, source)
            session = session.advance(events.CaptureKept())
            if session.reason is not None:
                return session
        return session.advance(events.CapturesFinished()) if session.kept else session

    def _capture(
        self, session: S, characteristic: Characteristic, source: Source, references: Sequence[Reference] = ()
    ) -> S:
        session = session.advance(events.CaptureStarted(characteristic))
        with delivered(source, characteristic.modality) as items:
            spoken = characteristic.modality is Modality.VOICE
            whole = takes(source, items, asking(purpose_of(session), self._publish)) if spoken else items
            return self._recognition.capture(session, whole, references, self._publish)

    def _check_duplicates(
        self, session: EnrolmentSession, review: events.CandidatesReviewed | None
    ) -> EnrolmentSession:
        self._load_galleries(list(session.kept))
        session = self._recognition.find_duplicates(session)
        if session.needs_duplicate_review and review is not None:
            session = session.advance(review)
        return session

    def _load_galleries(self, characteristics: Sequence[Characteristic]) -> None:
        for modality in {one.modality for one in characteristics}:
            if not self._recognition.has_gallery(modality):
                self._recognition.load_gallery(modality, self._desk.gallery_references(modality))


@contextmanager
def delivered(source: Source, modality: Modality) -> Iterator[Iterable[SourceItem]]:
    """The source's items: recordings and simulations as they come, so that they repeat exactly; devices and streams
    through a capture thread: of pictures the newest, of sound every block."""
    if source.identity.scheme in SELF_PACED:
        with closing(source):
            yield source.samples()
    else:
        with CaptureThread(source, handoff_for(modality)) as feed:
            yield feed


def purpose_of(session: CapturingSession) -> Purpose:
    """What a session captures for: how many digits are asked follows it."""
    return "enrolment" if isinstance(session, EnrolmentSession) else "verification"


def outcome_reason(session: EnrolmentSession) -> Reason | None:
    """Why an errand's enrolment did not end saved; None where it did."""
    if session.stage is EnrolmentStage.SAVED:
        return None
    return session.reason or Reason.NO_USABLE_CAPTURE
