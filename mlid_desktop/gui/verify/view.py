"""The view that checks a person: find them, capture, decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from PySide6.QtWidgets import QStackedWidget

from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptState, InsteadReason
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.capture.chimes import VERDICT_SOUNDS
from mlid_desktop.gui.capture.presenter import captured_picture
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.request_task import RequestTask, TaskHolder
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.check_page import CheckPage, decided_steps
from mlid_desktop.gui.verify.decision_page import DecisionPage
from mlid_desktop.gui.verify.decision_presenter import decision_screen
from mlid_desktop.gui.verify.find_page import FindPage
from mlid_desktop.gui.verify.release_question import Release, ask_release
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import column
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.services.verification import BegunVerification
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.verification import VerificationSession


class _Checks(dict[Modality, CheckPage]):
    """The pages for each kind of capture, made when they are first needed: no key waits for all of them."""

    def __init__(self, make: Callable[[Modality], CheckPage]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, modality: Modality) -> CheckPage:
        made = self[modality] = self._make(modality)
        return made


@dataclass(frozen=True, slots=True)
class _Confirmation:
    """A second person's: how it is proven, and how it is asked for ``again`` where that failed, with why."""

    prove: Confirm
    again: Callable[[str], None]


class VerifyView(View):
    """The view of a verification, which it holds open, so that it is closed whatever happens."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        super().__init__()
        self._workspace, self._go = workspace, go
        self._begun: BegunVerification | None = None
        self._left: BegunVerification | None = None  # whose capture may still show what ends it
        self.ask_release: Callable[[SubjectSummary], Release | None] = partial(ask_release, self, workspace)
        self._stack = QStackedWidget()
        self.finder = FindPage(workspace, self._begin, go)
        self._stack.addWidget(self.finder)
        self.checks = _Checks(self._check_page)
        self.setLayout(column(self._stack))
        self._asked: tuple[SubjectSummary, tuple[Characteristic, ...], bool | None, InsteadReason | None] | None = None
        self.ask: Callable[[Question], bool] = Question.asked
        self._task = TaskHolder()
        workspace.suspected.connect(self._suspected)

    @cached_property
    def decision(self) -> DecisionPage:
        """The page of the decision, made for the first one."""
        made = DecisionPage(
            self._workspace,
            self._again,
            self._find,
            self._check_without_biometrics,
            self._release,
            self._by_finger,
            self._otherwise,
        )
        self._stack.addWidget(made)
        return made

    def _check_page(self, modality: Modality) -> CheckPage:
        made = CheckPage(
            self._workspace, modality, self._decided, self._carry_on, self._withdraw, self._otherwise, self._ask_second
        )
        self._stack.addWidget(made)
        return made

    def enter(self) -> None:
        """Begins by asking whom to check."""
        self._find()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is begun here: no attempt, and nothing typed."""
        finding = self._stack.currentWidget() is self.finder
        return self._begun is None and not (finding and self.finder.finder.field.text())

    def open_for(self, person: SubjectSummary, task: RequestTask) -> None:
        """Chooses the person whom another program asks about; the operator begins the check."""
        self._task.begin(task)
        self.finder.finder.field.setText(person.number)

    def look_for(self, number: str) -> None:
        """Looks for a number that a link brought; the operator chooses the person."""
        self.finder.finder.field.setText(number)

    def leave(self) -> None:
        """Withdraws an attempt that never came to a decision."""
        self._task.leave()
        self._withdraw_begun()
        self._left = None
        for check in self.checks.values():
            check.leave()

    def _find(self) -> None:
        self._show(self.finder)

    def _begin(
        self,
        person: SubjectSummary,
        wanted: tuple[Characteristic, ...],
        without_movements: bool | None = None,
        instead: InsteadReason | None = None,
    ) -> None:
        self._asked = (person, wanted, without_movements, instead)
        verification = self._workspace.unlocked.session.verification
        begin = partial(verification.begin, person, wanted, without_movements=without_movements, instead=instead)
        self._workspace.on_vault(begin, self._counted)

    def _counted(self, begun: BegunVerification) -> None:
        self._begun = begun
        if begun.session.decision is not None:
            self._decided(begun.session)
            return
        self._carry_on(begun.session)

    def _carry_on(self, session: VerificationSession) -> None:
        """Goes on with the characteristic that is wanted next, each on the page of its kind, all of them one
        attempt."""
        begun = self._begun
        if begun is not None:
            check = self.checks[(session.next_wanted or FACE).modality]
            self._show(check)
            check.begin(begun, session)

    def _ask_second(self, session: VerificationSession, said: str = "") -> None:
        """Asks a second person to confirm who would be accepted without movements; without one nobody is."""
        begun, text = self._begun, self._workspace.language.text
        if begun is None:
            return
        name = begun.subject.name
        title = text("Accept {name} without movements?", name=name)
        why = text(
            "The fingers match, more strictly than is usual. A second person looks at {name} and confirms.", name=name
        )

        def ask() -> tuple[str, str] | None:
            about = about_person(begun.subject, self._workspace.language)
            answer = ask_second_person(self, self._workspace, title, why, about, said, ask=self.ask)
            if answer is None:
                self._decided(session.advance(events.CapturesFinished()))
            return answer

        def confirmed(confirm: Confirm) -> None:
            agreed = session.advance(events.SecondConfirmed()).advance(events.CapturesFinished())
            self._decided(agreed, _Confirmation(confirm, partial(self._ask_second, session)))

        def nobody(fault: MlidError) -> None:
            self._workspace.failed.emit(fault)
            self._decided(session.advance(events.CapturesFinished()))

        with_second(self._workspace, Act.ACCEPT_WITHOUT_MOVEMENTS, ask, confirmed, nobody)

    def _decided(self, session: VerificationSession, confirmation: _Confirmation | None = None) -> None:
        """Records what an attempt has come to, and shows it."""
        begun, self._begun = self._begun, None
        if begun is None or session.decision is None:
            return
        decision, verification = session.decision, self._workspace.unlocked.session.verification
        answer = self._task.checking(begun.subject, session)

        def record() -> AttemptState:
            proof = None if confirmation is None else confirmation.prove()
            attempts = verification.record_outcome(begun.subject, session, proof)
            answer()  # another program waits for it: before the window shows anything
            return attempts

        def failed(fault: MlidError) -> None:
            if confirmation is None:
                self._failed(fault)
                return
            self._begun = begun
            confirmation.again(fault_text(fault, self._workspace.language))

        def closed(attempts: AttemptState) -> None:
            self._task.finish()
            if self._begun is not None:  # another attempt has begun meanwhile
                return
            screen = decision_screen(
                decision,
                begun.subject,
                attempts,
                max((session.asked_rate(result.characteristic.modality) for result in decision.results), default=1.0),
                self._workspace.unlocked.operator,
                self._workspace.language,
                rules=self._workspace.unlocked.session.policy.attempts,
                has_fingers=bool(verification.fingers_in_place_of_movements(begun.subject)),
            )
            steps = decided_steps(session, decision, self._workspace.language)
            is_face = FACE in _all_captures(session)
            self.decision.show_screen(screen, _captured(session), is_face=is_face, steps=steps)
            self._show(self.decision)
            self._workspace.station.chimes.play(VERDICT_SOUNDS[decision.verdict])
            if decision.results:  # an attempt in which nothing was captured shows nobody
                self.decision.compare(begun.subject.subject_id)
            self._ask_for_missing(begun.subject)
            self._workspace.refresh_pending()

        self._workspace.on_vault(record, closed, failed)

    def _ask_for_missing(self, person: SubjectSummary) -> None:
        """Says on the decision what the site records of everybody and not yet of this person, who is here now."""
        language, fields = self._workspace.language, self._workspace.unlocked.session.site_fields

        def say(missing: tuple[SiteField, ...]) -> None:
            if missing and not self.decision.notice.text:
                asked = ", ".join(known.label(language.code) for known in missing)
                words = language.text("Ask the person for this, under Records, Correct …: {fields}", fields=asked)
                self.decision.notice.say(words, Tone.INFORMATION)

        self._workspace.on_vault(lambda: fields.missing(person), say)

    def _suspected(self, session: object) -> None:
        """A capture that was left showed an attack: it is noted already, and decides its attempt."""
        begun = self._begun or self._left
        if not isinstance(session, VerificationSession) or begun is None or not self.isVisible():
            return
        if begun.session.attempt_id == session.attempt_id:
            self._begun, self._left = begun, None
            for check in self.checks.values():
                check.leave()
            self._decided(session)

    def release(self, subject_id: str) -> None:
        """From the home page: two people let this person try anew."""
        person = self._workspace.unlocked.people_index.by_id.get(subject_id)
        if person is not None:
            self._asked = (person, (), False, None)
            self._release()

    def _release(self) -> None:
        """Two people let the person try anew, who saw a document."""
        person = None if self._asked is None else self._asked[0]
        answer = None if person is None else self.ask_release(person)
        if person is None or answer is None:
            return
        releases, number = self._workspace.unlocked.session.releases, person.number

        def released(_: None) -> None:
            self._find()
            said = self._workspace.language.text("{name} may try again. Nobody was accepted by it.", name=person.name)
            self.finder.notice.say(said, Tone.INFORMATION)
            self._workspace.refresh_pending()

        self._workspace.on_vault(
            lambda: releases.release_confirmed(
                number, answer.reason, answer.document, answer.second, answer.passphrase
            ),
            released,
            self._not_released,
        )

    def _not_released(self, fault: MlidError) -> None:
        """Said where the question was asked: on the decision, or where people are found."""
        notice = self.finder.notice if self._stack.currentWidget() is self.finder else self.decision.notice
        notice.say(fault_text(fault, self._workspace.language), Tone.INCONCLUSIVE)

    def _again(self) -> None:
        if self._asked is not None:
            self._begin(*self._asked)

    def _by_finger(self) -> None:
        """A new attempt by fingers, for somebody who cannot make the movements."""
        if self._asked is not None:
            person = self._asked[0]
            verification = self._workspace.unlocked.session.verification
            self._begin(person, verification.fingers_in_place_of_movements(person), without_movements=True)

    def _check_without_biometrics(self) -> None:
        """Asks beside a decision how the person is recognised without biometrics. An answer is noted by itself and
        changes no decision; without one the decision stays."""
        person = None if self._asked is None else self._asked[0]
        answer = None if person is None else self.finder.ask(person)
        if person is not None and answer is not None:
            self._find()
            self.finder.finder.field.setText(person.number)
            self.finder.note_check(person, answer)

    def _otherwise(self) -> None:
        """Gives the attempt up and goes back to the person, who is still chosen, to check them by something else."""
        person = None if self._asked is None else self._asked[0]
        self._withdraw()
        if person is not None:
            self.finder.finder.field.setText(person.number)

    def _withdraw(self) -> None:
        self._withdraw_begun()
        self._find()

    def _withdraw_begun(self) -> None:
        """What never came to a decision is withdrawn, unless its capture shows an attack to the very end."""
        begun, self._begun = self._begun, None
        if begun is not None and self._workspace.is_open:
            self._left = begun
            verification = self._workspace.unlocked.session.verification
            newest = next((check.newest for check in self.checks.values() if check.newest is not None), begun.session)
            for check in self.checks.values():
                check.leave()
            self._workspace.on_vault_after_captures(lambda: verification.record_outcome(begun.subject, newest))

    def _failed(self, fault: MlidError) -> None:
        self._workspace.failed.emit(fault)
        self._find()

    def _show(self, page: Page) -> None:
        current = self._stack.currentWidget()
        if isinstance(current, Page) and current is not page:
            current.leave()
        self._stack.setCurrentWidget(page)
        page.enter()


def _all_captures(session: VerificationSession) -> dict[Characteristic, CaptureState]:
    """What was captured in an attempt, the one that it ended with included."""
    last = {} if session.capture is None or session.capturing is None else {session.capturing: session.capture}
    return {**session.done, **last}


def _captured(session: VerificationSession) -> Image | None:
    """The best picture that was captured, cut like a portrait: of the face, else the middle of a finger's; None where
    there is none."""
    captures = _all_captures(session)
    first = [captures[FACE]] if FACE in captures else list(captures.values())
    bests = (capture.best for capture in first)
    pictures = (None if best is None else captured_picture(best.observation) for best in bests)
    shown = next((picture for picture in pictures if picture is not None), None)
    return shown if shown is None else _upright(shown)


def _upright(picture: Image) -> Image:
    """The middle of a picture that is wider than three to four, so that no bars stand above and below it."""
    height, width = picture.shape[:2]
    wanted = min(width, max(1, height * 3 // 4))
    first = (width - wanted) // 2
    return np.ascontiguousarray(picture[:, first : first + wanted])
