"""Identifies a person among all who are enrolled (1:N): candidates for review, and their outcome recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from mlid_desktop.decision.lockout import search_wait
from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Standing, new_identifier
from mlid_desktop.station.capture.runner import Interventions
from mlid_desktop.station.drafts.search_draft import search_draft_of, search_of
from mlid_desktop.station.figures.capture_figures import figures_of
from mlid_desktop.station.services.one_shot_capture import Publish, capture_once, publish_nothing
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPreparation
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.redaction import search_for
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.subjects.drafts import DraftKind
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage


@dataclass(frozen=True, slots=True)
class ConfirmedCandidate:
    """The candidate whom two operators confirm as the person: the one at the desk and ``second``."""

    subject_id: str
    reason: str = field(repr=False)
    second: SecondPerson | None


class IdentificationService:
    """Searches for a person among all who are enrolled, and records the outcome. Call on the vault thread;
    :meth:`identify` on one thread that owns the pipelines too."""

    def __init__(
        self,
        session: VaultSession,
        recognition: Recognition,
        recorder: SuspicionRecorder,
        galleries: GalleryPreparation,
    ) -> None:
        self._session = session
        self._recognition = recognition
        self._galleries = galleries
        self._recorder = recorder

    def wait(self, device: DeviceIdentity) -> float:
        """Seconds before the next search with this device by whoever is at the desk, after suspicions in others."""
        suspicions, now = self._session.vault.suspicions, self._session.now()
        both = (suspicions.of_searches_with(device), suspicions.of_own_searches())
        return max(search_wait([suspicion.at for suspicion in noted], now) for noted in both)

    def require_no_wait(self, device: DeviceIdentity) -> None:
        """Before a search captures. A delay is noted. Raises UsageError(USAGE_TRY_LATER) while one holds; a search is
        never locked. Raises RegisterError(REGISTER_TOO_LONG_AGO) at a desk that has been without its register."""
        self._session.vault.register.require_fresh(self._session.policy.without_register)
        self._recorder.settle()
        seconds = self.wait(device)
        if seconds > 0:
            self._session.record_event("search.delayed", "", seconds=ceil(seconds))
            raise UsageError(Code.USAGE_TRY_LATER, seconds=ceil(seconds))

    def require_unsuspected(self, session: IdentificationSession) -> None:
        """Before anybody is searched for. Raises UsageError(USAGE_ATTEMPT_ENDED) where a suspicion ended the search,
        and RegisterError as before the capture, which may have been long ago."""
        self._session.vault.register.require_fresh(self._session.policy.without_register)
        self._recorder.settle()
        self._session.vault.suspicions.require_none(session.attempt_id)

    def begin(self, characteristic: Characteristic) -> IdentificationSession:
        """Begins a search among all who are enrolled, capturing this characteristic. Reads nothing: any thread may
        call."""
        return self._fresh(characteristic).advance(events.CaptureStarted(characteristic))

    def record_outcome(self, session: IdentificationSession, second: SecondPerson | None = None) -> None:
        """Records how many candidates were shown and the answer. Two operators confirm that a candidate is the person.
        Raises VaultError(VAULT_SECOND_PERSON_NEEDED), and UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN)
        where the person was erased or comparisons of them were stopped since the search."""
        review = session.review
        if review is not None and review.outcome is events.ReviewOutcome.SAME:
            if self._session.present(review.subject_id).standing is not Standing.HELD:
                raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
            self._session.vault.decide_search(review.subject_id, review.outcome.value, second)
        shown = 0 if session.found is None else len(session.found.candidates)
        outcome = "" if review is None else review.outcome.value
        self._session.record_event("identification.closed", "", candidates=shown, outcome=outcome)
        self._session.vault.figures.add(figures_of(session))

    def record_confirmed(self, session: IdentificationSession, name: str, passphrase: str) -> None:
        """Records as :meth:`record_outcome`, confirmed by a second operator with a passphrase. Raises VaultError."""
        self.record_outcome(session, self._session.vault.operators.confirm_second(name, passphrase))

    def save_draft(self, session: IdentificationSession) -> None:
        """Keeps a search as a draft for a day, for another operator to review its candidates. Raises UsageError beyond
        the vault's bounds."""
        self._session.vault.drafts.save(DraftKind.SEARCH, "", search_draft_of(session))

    def resume(self, draft_id: str) -> IdentificationSession:
        """Resumes a search that waits for its answer. Raises UsageError(USAGE_UNKNOWN_DRAFT)."""
        return search_of(self._session.vault.drafts.load(draft_id), self._fresh(FACE))

    def discard_draft(self, draft_id: str) -> None:
        """Discards the draft of a search that was answered, where there is one."""
        self._session.vault.drafts.discard(draft_id)

    def identify(
        self,
        characteristic: Characteristic,
        source: Source,
        confirmed: ConfirmedCandidate | None = None,
        publish: Publish = publish_nothing,
        interventions: Interventions = tuple,
    ) -> IdentificationSession:
        """Carries out one search up to its candidates. ``confirmed`` is the one that two operators confirm;
        ``interventions`` are what the person wishes meanwhile. Raises
        UsageError(USAGE_BAD_ARGUMENT) where that is none of the candidates: the search is noted without an answer."""
        self.require_no_wait(source.identity)
        session = self._fresh(characteristic)
        session = capture_once(session, self._recognition, characteristic, source, (), publish, interventions)
        if session.stage is IdentificationStage.SEARCH:
            self.require_unsuspected(session)
            self._galleries.prepare({characteristic.modality})
            session = self._recognition.search(session)
        found = () if session.found is None else session.found.candidates
        if confirmed is not None and confirmed.subject_id in {subject.subject_id for subject in found}:
            answer = events.CandidatesReviewed(events.ReviewOutcome.SAME, confirmed.reason, confirmed.subject_id)
            session = session.advance(answer)
        self.record_outcome(session, None if confirmed is None else confirmed.second)
        if confirmed is not None and session.review is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--same")
        return search_for(self._session.operator, session)

    def _fresh(self, characteristic: Characteristic) -> IdentificationSession:
        session = self._session
        return IdentificationSession(
            session.policy,
            session.calibrations,
            session.circumstances("identification"),
            characteristic,
            attempt_id=new_identifier(),
        )
