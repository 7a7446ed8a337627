"""A desk at which anything happens in any order: captures, suspicions, Back, other devices, errors, kills, clocks.

The services are the real ones, so are the sessions and the runner; the pipeline sees what the attacker chose, and the
vault is the one that is handed in. What was shown is remembered beside, by a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.decisions import ReleaseReason, SuspicionStanding, Verdict
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, ShownInstead
from mlid_desktop.station.drafts.enrolment_draft import worth_keeping
from mlid_desktop.station.services.attempt_releases import AttemptReleases
from mlid_desktop.station.services.enrolment import EnrolmentService
from mlid_desktop.station.services.identification import IdentificationService
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPreparation
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.services.verification import VerificationService
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession
from tests.doubles import FixedClock
from tests.makers import CAMERA, ENROLLED, calibrations, policy
from tests.shown_frames import SCRIPTS, ChosenPipelines, Shown

AGREED = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)
NEW_NUMBER = "77"
Session = EnrolmentSession | VerificationSession | IdentificationSession


class DeskMachine:
    """One run. ``open_vault`` gives the vault as it is on disk; it is called again after a kill. After each act the
    rules are held against what was shown."""

    def __init__(self, open_vault: Callable[[FixedClock], Any]) -> None:
        self.clock = FixedClock()
        self._open_vault = open_vault
        self.shown_attack: set[str] = set()
        self.passed: list[str] = []  # attempts that were accepted, saved or searched with
        self.session: Session | None = None
        self.subject: Any = None
        self.start()

    def start(self) -> None:
        """The program starts, after a kill too: nothing is known but what is on disk."""
        self.session = self.subject = None
        self.vault = self._open_vault(self.clock)
        desk = VaultSession(self.vault, RULES, calibrations(), self.clock)
        self.recorder = SuspicionRecorder(desk)
        self.recognition = Recognition(ChosenPipelines(self._attack_shown), RULES, calibrations())  # type: ignore[arg-type] # opens them
        self.recognition.record = self.recorder.record
        self.verification = VerificationService(desk, self.recognition, self.recorder)
        galleries = GalleryPreparation(desk, self.recognition)
        self.enrolment = EnrolmentService(desk, self.recognition, self.recorder, galleries)
        self.identification = IdentificationService(desk, self.recognition, self.recorder, galleries)
        self.releases = AttemptReleases(desk)

    def verify(self, number: str, wanted: tuple[Characteristic, ...] = ()) -> None:
        """An attempt begins; the one before is left as Back leaves it."""
        self.leave()
        self.subject = self.vault.find(number)
        begun = self.verification.begin(self.subject, wanted)
        if begun.session.decision is None:
            self.session = begun.session

    def enrol(self) -> None:
        """Somebody new, under the same number each time."""
        self.leave()
        begun = self.enrolment.begin(attested=True).advance(events.ConsentAnswered(AGREED))
        self.session = self.enrolment.enter_details(begun, Details(NEW_NUMBER, "A B"))

    def enrol_anew(self) -> None:
        """Somebody who is enrolled."""
        self.leave()
        known = self.enrolment.begin_re_enrolment(self.vault.find("1"))
        self.session = known.advance(events.ConsentAnswered(AGREED))

    def search(self) -> None:
        """A search by the face."""
        self.leave()
        self.identification.require_no_wait(CAMERA)
        self.session = self.identification.begin(FACE)

    def pass_honestly(self, number: str) -> None:
        """As somebody does who is who they say they are, up to where the operator would finish."""
        self.verify(number)
        for _ in range(2):
            wanted = self.session.next_wanted if isinstance(self.session, VerificationSession) else None
            if wanted is not None:
                self.capture(wanted, SCRIPTS[0])
                self.keep()

    def capture(self, characteristic: Characteristic, script: tuple[Shown | MlidError, ...]) -> None:
        """As the window does it: the device may fail, and the attempt goes on with what is known then."""
        session = self.session
        if session is None or (isinstance(session, IdentificationSession) and characteristic != FACE):
            return
        with suppress(events.OutOfOrderError):
            session = session.advance(events.CaptureStarted(characteristic))
        self.session = session
        self.recorder.record(session)
        if session.suspicion is None and session.capturing == characteristic:
            references = ("ref",) if isinstance(session, VerificationSession) else ()
            self.session = self.recognition.capture(session, self._frames(script), references)  # type: ignore[arg-type] # for the double

    def keep(self) -> None:
        """The capture is kept where it may be."""
        self._send(events.CaptureKept())

    def best(self) -> None:
        """The operator's manual trigger."""
        self._send(events.BestTaken())

    def again(self) -> None:
        """The capture is begun again and left there."""
        self._send(events.CaptureStarted(FACE))

    def put_away(self) -> None:
        """What was gathered is kept as a draft, and the person goes."""
        session = self.session
        if isinstance(session, EnrolmentSession) and worth_keeping(session):
            self.enrolment.save_draft(session)
            self.leave()

    def take_up(self) -> None:
        """A draft is resumed."""
        drafts = self.vault.drafts.all()
        if drafts:
            self.leave()
            self.session = self.enrolment.resume(drafts[-1].draft_id)

    def begin_again(self) -> None:
        """The next attempt of the person whose last one a suspicion ended."""
        if isinstance(self.session, EnrolmentSession) and self.session.suspicion is not None:
            self.session = self.enrolment.begin_again(self.session)

    def fill_disk(self, *, full: bool) -> None:
        """Nothing can be written, or everything again."""
        self.vault.paper.full = full

    def step_back(self) -> None:
        """Back within an enrolment, and forward again."""
        self._send(events.SteppedBack())
        if isinstance(self.session, EnrolmentSession) and self.session.stage is EnrolmentStage.DETAILS:
            self.session = self.enrolment.enter_details(self.session, Details(NEW_NUMBER, "A B"))

    def leave(self) -> None:
        """Back out of the attempt: what never came to a decision is withdrawn."""
        session, self.session = self.session, None
        if isinstance(session, VerificationSession):
            self._close(session)
        elif session is not None:
            self.recorder.record(session)

    def finish(self) -> None:
        """Everything that is left to do, to acceptance where that is to be had."""
        session = self.session
        if isinstance(session, VerificationSession):
            if session.decision is None:
                session = session.advance(events.Attested()).advance(events.CapturesFinished())
            self.session = None
            self._close(session)
        elif isinstance(session, EnrolmentSession):
            self._save(session)
        elif session is not None and session.stage is IdentificationStage.SEARCH:
            self.identification.require_unsuspected(session)
            self.passed.append(session.attempt_id)
            self.session = None

    def kill(self) -> None:
        """Right now."""
        self.shown_attack -= {session.attempt_id for session in self.recorder._unwritten}  # the disk took nothing
        self.start()

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    def set_clock(self, days: float) -> None:
        """Somebody moves the wall clock."""
        self.clock.set_wall(self.clock.now() + timedelta(days=days))

    def release(self, number: str) -> None:
        """Two people, if they may."""
        self.releases.release(number, ReleaseReason.OTHER, ShownInstead.IDENTITY_DOCUMENT, self.second())

    def second(self) -> Any:
        """A second person as the vault gives one out."""
        return object()

    def do(self, act: Callable[[DeskMachine], None]) -> None:
        """One act; a fault is told to the operator, and everything goes on."""
        with suppress(MlidError, events.OutOfOrderError):
            act(self)
        self.check()

    def check(self) -> None:
        """The rules."""
        unwritten = {session.attempt_id for session in self.recorder._unwritten}
        noted = [row.attempt_id for row in self.all_noted()]
        assert len(noted) == len(set(noted)), "a suspicion is counted twice"
        lost = self.shown_attack - set(noted) - unwritten
        assert not lost, "a suspicion was lost"
        assert not set(self.passed) & (self.shown_attack | set(noted)), "accepted with a suspicion in the attempt"
        assert self.audited() == len(noted), "a suspicion is not in the audit"
        assert not set(self.drafts()) & set(noted), "a draft of an attempt that a suspicion ended"

    def all_noted(self) -> list[Any]:
        """Every suspicion on disk."""
        return list(self.vault.paper.suspicions)

    def audited(self) -> int:
        """Suspicions in the audit."""
        return int(self.vault.paper.audit.count("suspicion.noted"))

    def drafts(self) -> list[str]:
        """The attempts that drafts are of."""
        return [draft.attempt_id for draft in self.vault.paper.drafts.values()]

    def reach_fresh_attempts(self) -> None:
        """From wherever it stands, two people bring everybody to an attempt that is open."""
        self.fill_disk(full=False)
        self.kill()
        state = self.enrolment.attempts("", NEW_NUMBER)
        if self.vault.find(NEW_NUMBER) is None and state.may_release:
            self.release(NEW_NUMBER)
        elif state.retry_after > 0:
            self.clock.advance(state.retry_after + 1)
        if self.vault.find(NEW_NUMBER) is None:
            self.enrol()
        for known in self.vault.directory():
            state = self.verification.attempts(known)
            if state.retry_after > 0 and not state.may_release:
                self.clock.advance(state.retry_after + 1)
                state = self.verification.attempts(known)
            if state.may_release:
                self.release(known.number)
                state = self.verification.attempts(known)
                assert (state.failed_in_a_row, state.suspicions) == (0, 0)
            assert self.verification.begin(known).session.decision is None, "no attempt is open"
        self.check()

    def _attack_shown(self) -> None:
        """A line beside, by a rule of its own."""
        if self.session is not None:
            self.shown_attack.add(self.session.attempt_id)

    def _send(self, event: events.Event) -> None:
        if self.session is not None:
            self.session = self.session.advance(event)
            self.recorder.record(self.session)

    def _close(self, session: VerificationSession) -> None:
        before = {row.attempt_id for row in self.all_noted() if row.standing is SuspicionStanding.OPEN}
        asked = any(row.subject_id == self.subject.subject_id for row in self.all_noted() if row.attempt_id in before)
        self.verification.record_outcome(self.subject, session)
        if session.verdict is Verdict.ACCEPTED:
            self.passed.append(session.attempt_id)
        if session.verdict is Verdict.ACCEPTED and session.decision is not None and asked:
            passed = {result.characteristic.modality for result in session.decision.results if result.passed}
            assert len(passed) > 1, "accepted after a suspicion with no more than before"

    def _save(self, session: EnrolmentSession) -> None:
        session = session.advance(events.CapturesFinished())
        self.session = session
        self.recorder.record(session)
        if session.stage is EnrolmentStage.DUPLICATES:
            session = session.advance(events.CandidatesFound((), 1, 0.0)).advance(events.Confirmed())
            self.session = None
            if not self.enrolment.is_enrolled(session.subject_id):
                self.enrolment.save(session)
                self.passed.append(session.attempt_id)

    def _frames(self, script: tuple[Shown | MlidError, ...]) -> Iterator[Any]:
        for shown in script:
            if isinstance(shown, MlidError):
                raise shown
            yield shown


RULES: Policy = policy()
