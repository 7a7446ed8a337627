"""The view that enrols a person: the steps in their order, and the session they work on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

from PySide6.QtWidgets import QStackedWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.subjects import Consent, Details, SubjectSummary
from mlid_desktop.gui.enrol import presenter as said
from mlid_desktop.gui.enrol.attempts_page import AttemptReview
from mlid_desktop.gui.enrol.capture_steps import FaceStep
from mlid_desktop.gui.enrol.draft import Draft
from mlid_desktop.gui.enrol.duplicate_search import DuplicateSearch
from mlid_desktop.gui.enrol.fingers_step import FingersStep
from mlid_desktop.gui.enrol.form_steps import ConsentPage, DetailsPage
from mlid_desktop.gui.enrol.receipt import Receipts
from mlid_desktop.gui.enrol.review_parts import DetailsChange
from mlid_desktop.gui.enrol.review_steps import DuplicatesStep, EndedStep, ReviewStep
from mlid_desktop.gui.enrol.unsaved_enrolment import ask_to_leave, is_settled, is_untouched
from mlid_desktop.gui.enrol.voice_step import VoiceStep
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.request_task import RequestTask, TaskHolder
from mlid_desktop.gui.page.second_person import ask_second_person
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.dialogs import Answer
from mlid_desktop.gui.widgets.elements import column
from mlid_desktop.station.drafts.enrolment_draft import worth_keeping
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import first_open_step, step_back, step_forward
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage, EnrolmentStep, step_capturing

P = TypeVar("P", bound=Page)


class EnrolView(View):
    """The view of an enrolment, which holds the session; each page says what happened, the table of steps says which
    one follows."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        super().__init__()
        self._workspace, self._go = workspace, go
        self._session: EnrolmentSession | None = None
        self._draft = Draft(workspace)
        self._next_draft, self._next_person = "", ""
        self._task = TaskHolder()
        self._step = EnrolmentStep.CONSENT
        self._stack = QStackedWidget()
        self.consent = self._added(ConsentPage(workspace, self._consent_answered, lambda: go(PageName.HOME)))
        self._change = DetailsChange(self, self._go_to)
        self.details = self._added(DetailsPage(workspace, self._details_entered, self._change.leave))
        self.attempts = AttemptReview(self, workspace, self, partial(self._show_step, EnrolmentStep.DUPLICATES))
        self.ask_second: Callable[..., tuple[str, str] | None] = partial(ask_second_person, self, workspace)
        self.setLayout(column(self._stack))
        workspace.suspected.connect(self._suspected)

    @cached_property
    def face(self) -> FaceStep:
        """The page of the face, made when it is first come to, as are those after it: no key waits for all of them."""
        return self._added(FaceStep(self._workspace, self))

    @cached_property
    def fingers(self) -> FingersStep:
        """The page of the ten fingers."""
        return self._added(FingersStep(self._workspace, self))

    @cached_property
    def voice(self) -> VoiceStep:
        """The page of the voice."""
        return self._added(VoiceStep(self._workspace, self))

    @cached_property
    def duplicates(self) -> DuplicatesStep:
        """The page of the duplicate check."""
        return self._added(DuplicatesStep(self._workspace, self._duplicates_answered, self.to_previous))

    @cached_property
    def review(self) -> ReviewStep:
        """The page with everything that will be saved."""
        return self._added(
            ReviewStep(
                self._workspace,
                self._confirmed,
                self.to_previous,
                self.attempts.look,
                self._capture_after_all,
                self._change.begin,
            )
        )

    @cached_property
    def ended(self) -> EndedStep:
        """The page that says whether the enrolment was saved."""
        go_home = partial(self._go, PageName.HOME)
        made = self._added(EndedStep(self._workspace, self._begin_anew, go_home, self._begin_again))
        made.receipt.on(lambda: self.receipts.save(self.session))
        made.printed.on(lambda: self.receipts.print(self.session))
        return made

    @cached_property
    def receipts(self) -> Receipts:
        """Saves and prints the receipt of whoever was saved last."""
        return Receipts(self, self._workspace, self.ended.notice, self.ended.chosen_paper, self.ended.note_handed)

    @property
    def is_open(self) -> bool:
        """Whether an enrolment is in progress."""
        return self._session is not None

    @property
    def session(self) -> EnrolmentSession:
        """The session of the enrolment as it stands now."""
        if self._session is None:
            raise RuntimeError("no enrolment has begun")
        return self._session

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is begun here."""
        return is_untouched(self._session, self._step, self.consent.guardian_name.text())

    def open_for(self, number: str, name: str, task: RequestTask) -> None:
        """Fills in whom another program asks to enrol."""
        self._task.begin(task)
        self.details.offer(number, name)

    def set_session(self, session: EnrolmentSession) -> None:
        """Takes the newest state of the session, kept against a lock, a crash or a power cut. A suspicion ends it."""
        known, self._session = self._session, session
        self._draft.keep(session)
        if session.suspicion is not None and (known is None or known.suspicion is None):
            self._workspace.note_suspicion(session)
            self._show_step(EnrolmentStep.ENDED)

    def release_session(self) -> tuple[EnrolmentSession, Draft] | None:
        """Gives the session and its draft up to another view of this page; None where nothing was gathered yet."""
        session = self._session
        if session is None or not worth_keeping(session):
            return None
        given, self._draft = self._draft, Draft(self._workspace)
        return session, given

    def adopt_session(self, session: EnrolmentSession, draft: Draft) -> None:
        """Goes on with the session where another view of this page was left."""
        self._draft = draft
        self._resumed(session.advance(events.CapturesReopened()))

    def open_draft(self, name: str) -> None:
        """Takes this draft up when the page is entered next."""
        self._next_draft = name

    def re_enrol(self, subject_id: str) -> None:
        """Enrols this person anew when the page is entered next."""
        self._next_person = subject_id

    def enter(self) -> None:
        """Begins with a new person, the one whose draft is wanted, or the one who is enrolled anew."""
        name, self._next_draft = self._next_draft, ""
        subject_id, self._next_person = self._next_person, ""
        if name:
            self._draft.resume(name, self._resumed)
        else:
            self._begin_anew(subject_id)

    def keep_unfinished(self) -> None:
        """Keeps the session as a draft; the devices are closed."""
        self._draft.keep(self._session)

    def leave(self) -> None:
        """Closes the devices and forgets the person."""
        self._task.leave()
        if self._step is not EnrolmentStep.ENDED:  # else it was noted when it ended
            self._record_refusal()
        for page in self._stack.findChildren(Page):
            page.leave()
        self._change.forget()
        self._draft.leave()
        self._session = None
        self.consent.reset()
        self.details.reset()

    def may_leave(self) -> bool:
        """Whether the page may be left; for what was captured and not saved the operator is asked."""
        if is_settled(self._session):
            return True
        answer = ask_to_leave(self, self._workspace)
        if answer is Answer.SECOND:
            self._draft.drop()
        return answer is not Answer.FIRST

    def to_next(self) -> None:
        """Goes to the next step."""
        self._go_to(*step_forward(self.session, self._step))

    def to_previous(self) -> None:
        """Goes one step back, keeping what was gathered."""
        self._go_to(*step_back(self.session, self._step))

    def _capture_after_all(self, modality: Modality) -> None:
        """Goes back to a step of which something is missing."""
        self._go_to(self.session.advance(events.CapturesReopened()), step_capturing(modality))

    def give_up(self) -> None:
        """Leaves the enrolment of somebody of whom nothing can be captured here: the home page is shown."""
        self._go(PageName.HOME)

    def _go_to(self, session: EnrolmentSession, step: EnrolmentStep) -> None:
        self.set_session(session)
        if session.suspicion is None:
            self._show_step(step)

    def _page_of(self, step: EnrolmentStep) -> Page:
        """The page of a step, made when it is first come to."""
        pages: dict[EnrolmentStep, Callable[[], Page]] = {
            EnrolmentStep.CONSENT: lambda: self.consent,
            EnrolmentStep.DETAILS: lambda: self.details,
            EnrolmentStep.FACE: lambda: self.face,
            EnrolmentStep.FINGERS: lambda: self.fingers,
            EnrolmentStep.VOICE: lambda: self.voice,
            EnrolmentStep.DUPLICATES: lambda: self.duplicates,
            EnrolmentStep.REVIEW: lambda: self.review,
            EnrolmentStep.ENDED: lambda: self.ended,
        }
        return pages[step]()

    def _show_step(self, step: EnrolmentStep) -> None:
        """Shows the page of this step, filled with what the session says."""
        fill = {
            EnrolmentStep.DETAILS: lambda: self.details.show_fields(self.session.agreed_fields.fields),
            EnrolmentStep.DUPLICATES: DuplicateSearch(self._workspace, self, lambda: self.duplicates).run,
            EnrolmentStep.REVIEW: self._fill_review,
            EnrolmentStep.ENDED: self._fill_end,
        }
        self._step = step
        fill.get(step, lambda: None)()
        self._show(self._page_of(step))

    def _resumed(self, session: EnrolmentSession) -> None:
        """Resumes a session at the first capture that is missing."""
        self._take_up(session)
        if session.suspicion is None:
            self._show_step(first_open_step(session))

    def _suspected(self, session: object) -> None:
        """A capture of this enrolment that was left showed an attack: it is noted already, and ends the enrolment."""
        here = self._session
        if not isinstance(session, EnrolmentSession) or here is None or here.suspicion is not None:
            return
        if here.attempt_id == session.attempt_id:
            self.set_session(session)

    def _begin_again(self) -> None:
        """The next attempt of the same person: consent and details stand."""
        ended, enrolment = self.session, self._workspace.unlocked.session.enrolment
        self._draft.leave()

        def refused(fault: MlidError) -> None:
            self.ended.notice.say(fault_text(fault, self._workspace.language), Tone.INCONCLUSIVE)

        self._workspace.on_vault(lambda: enrolment.begin_again(ended), self._resumed, refused)

    def _begin_anew(self, subject_id: str = "") -> None:
        self._task.leave()
        self._session = None
        self._draft.leave()
        self.consent.reset()
        self.details.reset()
        enrolment = self._workspace.unlocked.session.enrolment
        self._show_step(EnrolmentStep.CONSENT)
        known = self._workspace.unlocked.people_index.by_id.get(subject_id)
        begin = enrolment.begin if known is None else partial(enrolment.begin_re_enrolment, known)
        self._workspace.on_vault(begin, self._begun)

    def _begun(self, session: EnrolmentSession) -> None:
        if self.isVisible() and self._session is None:  # else another was taken up meanwhile
            self._take_up(session)

    def _take_up(self, session: EnrolmentSession) -> None:
        """Takes a session with what its first pages show of it."""
        self.set_session(session)
        self.consent.set_ready(ready=True)
        self.consent.parts.show_answer(session.consent)
        if session.details is not None:
            self.details.show_details(session.details, known=self._known is not None)

    @property
    def _known(self) -> SubjectSummary | None:
        """Who is enrolled anew, where somebody is."""
        return self._workspace.unlocked.people_index.by_id.get(self.session.subject_id)

    def _consent_answered(self, consent: Consent) -> None:
        self.set_session(self.session.advance(events.ConsentAnswered(consent)))
        self.to_next()

    def _details_entered(self, details: Details) -> None:
        enrolment, session = self._workspace.unlocked.session.enrolment, self.session

        def entered(after: EnrolmentSession) -> None:
            if self._session is session:
                self.set_session(after)
                self._change.entered()

        def taken(fault: MlidError) -> None:
            self._show_step(EnrolmentStep.DETAILS)
            self.details.refuse(fault)

        self._workspace.on_vault(lambda: enrolment.enter_details(session, details), entered, taken)

    def _duplicates_answered(self, answer: events.CandidatesReviewed) -> None:
        self.set_session(self.session.advance(answer))
        self.to_next()

    def _fill_review(self) -> None:
        self.review.attest.setChecked(False)
        self.review.show_screen(said.review_screen(self.session, self._workspace.language))
        if self._known is not None:
            self.review.compare(self._workspace, self.session.subject_id)
        self.attempts.say(self.review.notice)

    def _confirmed(self, attested: bool) -> None:
        session = self.session
        if attested:
            session = session.advance(events.Attested())
        session = session.advance(events.Confirmed())
        self.set_session(session)
        if session.stage is not EnrolmentStage.SAVING:
            self.review.show_screen(said.review_screen(session, self._workspace.language))
            return
        enrolment = self._workspace.unlocked.session.enrolment
        if session.review is None and self._known is None:
            self._save(partial(enrolment.save, session, asked_by=self._task.asked_by))
        else:
            self._ask_second(session)

    def _save(self, save: Callable[[], EnrolmentSession]) -> None:
        self.review.set_busy(busy=True)
        self._workspace.on_vault(save, self._saved, self._not_saved)

    def _ask_second(self, session: EnrolmentSession) -> None:
        """Asks a second person to confirm that somebody similar who is enrolled is another person, or who is enrolled
        anew."""
        asked = self.ask_second(*said.second_question(self._workspace.language, self._known))
        if asked is None:
            self.set_session(self.session.advance(events.SaveFailed()))
            return
        enrolment = self._workspace.unlocked.session.enrolment
        self._save(partial(enrolment.save_confirmed, session, *asked, self._task.asked_by))

    def _saved(self, session: EnrolmentSession) -> None:
        self.review.set_busy(busy=False)
        self.set_session(session)
        self._workspace.refresh_people()
        self._draft.drop()
        self._task.enrolled(session)
        self.to_next()

    def _not_saved(self, fault: MlidError) -> None:
        """Shows that saving failed; nothing is lost: the review stands as it was and can be saved again."""
        self.review.set_busy(busy=False)
        self.set_session(self.session.advance(events.SaveFailed()))
        self.review.notice.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
        if fault.code in (Code.USAGE_NUMBER_TAKEN, Code.USAGE_FIELD_TAKEN):
            self.details.refuse(fault)

    def _fill_end(self) -> None:
        self._record_refusal()
        title, text, tone = said.ended_screen(self.session, self._workspace.language)
        sheet = self.receipts.sample(self.session) if self.session.stage is EnrolmentStage.SAVED else None
        self.ended.show_end(title, text, tone, sheet, again=self.session.suspicion is not None)

    def _record_refusal(self) -> None:
        """Notes an enrolment that ended without being saved."""
        session = self._session
        if session is not None and session.reason is not None and self._workspace.is_open:
            enrolment = self._workspace.unlocked.session.enrolment
            self._workspace.on_vault(lambda: enrolment.record_refusal(session), lambda _: None)

    def _added(self, page: P) -> P:
        self._stack.addWidget(page)
        return page

    def _show(self, page: Page) -> None:
        current = self._stack.currentWidget()
        if isinstance(current, Page) and current is not page:
            current.leave()
        self._stack.setCurrentWidget(page)
        details = None if self._session is None else self._session.details
        page.show_person("" if details is None else said.person_text(details, self._workspace.language))
        page.show_steps(*said.steps_screen(self._session, self._step, self._workspace.language))
        page.note(*said.standing_text(self._session, self._step, self._workspace.language))
        page.enter()
