"""The last steps of an enrolment: duplicates, the review, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import MIDDLE, ComparedPictures, compare_instead, fetch_portraits
from mlid_desktop.gui.enrol.presenter import ReviewScreen
from mlid_desktop.gui.enrol.receipt import ReceiptPreview
from mlid_desktop.gui.enrol.review_parts import LateDevices, ReviewCard
from mlid_desktop.gui.identify.candidates_presenter import CandidatesScreen
from mlid_desktop.gui.identify.candidates_table import CandidatesPanel, show_candidates
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check, Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, rule, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.documents.pdf import Paper, PaperSheet
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow.events import CandidatesFound, CandidatesReviewed, ReviewOutcome

PAPERS = {"A4": Paper.A4, "A5": Paper.A5, _("80 mm roll"): Paper.ROLL}
PAIR, COLUMNS, MOST_COLUMNS = 2, 3, 4
WIDE, HIGH = 1240, 780  # px of a page with room for one card more in a row, where it stood alone; for large pictures


class DuplicatesStep(Page):
    """The duplicate check of an enrolment: it searches by itself; where somebody similar is enrolled, a person compares
    and says so."""

    def __init__(
        self, workspace: Workspace, answered: Callable[[CandidatesReviewed], None], back: Callable[[], None]
    ) -> None:
        language = workspace.language
        super().__init__(
            workspace.theme,
            language,
            language.text("Duplicates"),
            language.text("Back"),
            language.text("Next"),
        )
        self._answered, self._back = answered, back
        follows = {
            ReviewOutcome.DIFFERENT: language.text("The enrolment goes on. A second person confirms it."),
            ReviewOutcome.SAME: language.text("The enrolment ends: this person has a record already."),
            ReviewOutcome.ESCALATED: language.text("The enrolment ends. It can be begun again at any time."),
        }
        self.panel = CandidatesPanel(workspace.theme, language, self._check, follows)
        self.waiting = EmptyState(
            workspace.theme, "search", language.text("Searching among all who are enrolled …"), ""
        )
        self.body.addWidget(self.waiting, 1)
        self.body.addWidget(self.panel, 1)
        self.show_waiting()

    def show_waiting(self) -> None:
        """Shows that the search is under way."""
        self.heading.setText(self.language.text("Duplicates"))
        self.panel.hide()
        self.waiting.show()
        if self.footer is not None:
            self.footer.allow(False)

    def show_person(self, words: str) -> None:
        """Names who is enrolled now as such: beside the title alone, the name would be taken for the similar one's."""
        super().show_person(self.language.text("Enrolling: {person}", person=words) if words else "")

    def leave(self) -> None:
        """Clears the candidates that were found."""
        self.panel.forget()
        self.show_waiting()

    def show_screen(self, screen: CandidatesScreen, probe: Image | None) -> None:
        """Shows the enrolled people who are similar."""
        self.waiting.hide()
        self.heading.setText(screen.title)
        self.panel.reset()
        self.panel.show_screen(screen, probe)
        self.panel.show()
        self.panel.first().setFocus(Qt.FocusReason.OtherFocusReason)

    def compare(self, workspace: Workspace, found: CandidatesFound) -> None:
        """Shows the portraits of the candidates beside what was captured."""
        show_candidates(self.panel, workspace, found, PortraitView.DUPLICATES)

    def go_on(self) -> None:
        """Puts the answer on record."""
        answer = self.panel.answer()
        if answer is not None:
            self._answered(answer)

    def go_back(self) -> None:
        """Goes back to the captures."""
        self._back()

    def _check(self) -> None:
        if self.footer is not None:
            goes_on = self.panel.outcome in (None, ReviewOutcome.DIFFERENT)
            text = self.language.text
            self.footer.primary.relabel(text("Next") if goes_on else text("End this enrolment"))
            self.footer.allow(self.panel.answer() is not None, self.panel.missing())


class ReviewStep(Page):
    """The review step of an enrolment: everything that will be saved, at one glance."""

    def __init__(
        self,
        workspace: Workspace,
        confirmed: Callable[[bool], None],
        back: Callable[[], None],
        look: Callable[[Characteristic], None],
        capture: Callable[[Modality], None],
        change: Callable[[], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Review"), language.text("Back"), language.text("Save"))
        self._confirmed, self._back, self._look, self._capture = confirmed, back, look, capture
        self._cards: list[ReviewCard] = []
        self._missing: tuple[Modality, ...] = ()
        self.incomplete = Notice(theme)
        self.late = LateDevices(workspace, self._offer_late)
        self.change = Button(theme, language.text("Change …"), "chip").on(change)
        self.change.setAccessibleName(language.text("Change number and name …"))
        self._name, self._number = ElidedLabel(kind="title"), label("", "lead-muted")
        self._facts = column(spacing=theme.space("tight"))
        self.pictures = ComparedPictures(theme, language, MIDDLE)
        self.notice = Notice(theme)
        self.attest = Check(theme, language.text("I looked at the face and the fingers and saw nothing artificial."))
        self.attest.toggled.connect(self._check)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.space("base"))
        self._needs_attestation = False
        if self.footer is not None:
            self.as_it_is = self.footer.add(language.text("Save as it is"), self._confirm)
        self._build()

    def show_screen(self, screen: ReviewScreen) -> None:
        """Shows what will be saved."""
        self._name.show_text(screen.name)
        self._number.setText(screen.number)
        clear(self._facts)
        facts = ((screen.consent, "consent"), (screen.duplicates, "people"), (screen.portrait, "person"))
        for words, icon in (fact for fact in facts if fact[0]):
            line = row(Icon(self.theme, icon, "accent", 20), spacing=self.theme.space("snug"))
            line.addWidget(label(words, wrap=True), 1)
            self._facts.addLayout(line)
        self.pictures.show_captured(screen.face)
        self.pictures.hide()
        self.notice.say(screen.fault, Tone.INCONCLUSIVE)
        self._needs_attestation = screen.needs_attestation
        self.attest.setVisible(screen.needs_attestation)
        clear(self._grid)
        self._cards = [ReviewCard(self.theme, self.language, shown, self._look, self._capture) for shown in screen.rows]
        self._arrange()
        self._missing = screen.missing
        self.incomplete.say(screen.incomplete, Tone.INCONCLUSIVE)
        if self.footer is not None:
            text = self.language.text
            self.as_it_is.setVisible(bool(self._missing))
            self.footer.primary.relabel(text("Capture what is missing") if self._missing else text("Save"))
        self.late.watch(screen.absent)
        self._check()

    def show_person(self, words: str) -> None:
        """Names nobody in the header: the name stands, large, above all that is kept."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Has as many cards in a row as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        across = COLUMNS
        if len(self._cards) % COLUMNS == 1:  # the last one would stand alone
            across = MOST_COLUMNS if self.width() >= WIDE else PAIR if len(self._cards) == MOST_COLUMNS else COLUMNS
        for index, card in enumerate(self._cards):
            card.stand(upright=self.height() >= HIGH and len(self._cards) <= across)
            self._grid.addWidget(card, index // across, index % across)
        for index in range(MOST_COLUMNS):
            self._grid.setColumnStretch(index, int(index < across))

    def leave(self) -> None:
        """Looks for devices no longer, and drops the pictures."""
        self.late.watch(())
        self.pictures.show_captured(None)

    def compare(self, workspace: Workspace, subject_id: str) -> None:
        """Shows the portrait kept of somebody who is enrolled anew beside what was captured."""

        def known(portraits: dict[str, Image]) -> None:
            if workspace.is_open and not self.pictures.captured.is_empty:
                self.pictures.show()
                kept = portraits.get(subject_id)
                self.pictures.show_kept(kept, "", "" if kept is not None else compare_instead(workspace))

        fetch_portraits(workspace, [subject_id], PortraitView.REVIEW, known)

    def first(self) -> QWidget:
        """The widget that gets the focus: the attestation while it is due, else the primary action."""
        if self._needs_attestation or self.footer is None:
            return self.attest
        return self.footer.primary

    def go_on(self) -> None:
        """Captures what is missing without a reason; where nothing is, confirms what will be saved."""
        if self._missing:
            self._capture(self._missing[0])
        else:
            self._confirm()

    def go_back(self) -> None:
        """Goes back to the captures."""
        self._back()

    def set_busy(self, *, busy: bool) -> None:
        """Locks every button while the enrolment is being saved."""
        for part in (self.footer, self._sheet, self.late, self.incomplete):
            if part is not None:
                part.setDisabled(busy)

    def _offer_late(self, ready: Sequence[Modality]) -> None:
        for card in self._cards:
            card.offer(ready)

    def _confirm(self) -> None:
        self._confirmed(self.attest.isChecked())

    def _check(self) -> None:
        if self.footer is not None:
            attested = self.attest.isChecked() or not self._needs_attestation
            why = self.language.text("Look at the face and the fingers, and tick that you did.")
            self.footer.allow(attested or bool(self._missing), why)
            self.as_it_is.setEnabled(attested)

    def _build(self) -> None:
        theme = self.theme
        head = frame("card")
        layout = row(spacing=theme.space("base"), margins=(24, 12, 24, 12))
        named = row(self._name, self._number, 1, spacing=theme.space("base"))
        named.addWidget(self.change)
        layout.addLayout(column(named, self._facts, 1, spacing=theme.space("snug")), 1)
        layout.addWidget(self.pictures)
        head.setLayout(layout)
        inside = QWidget()
        inside.setLayout(column(self._grid, 1))
        self._sheet = scroll = QScrollArea()  # of the cards
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        MoreBelow(theme, scroll, "canvas")
        for part in (self.incomplete, self.late, head, scroll, self.notice, self.attest):
            self.body.addWidget(part, int(part is scroll))


class EndedStep(Page):
    """The last page of an enrolment: whether it was saved, and what next. Of what was saved the receipt is shown, and
    handed out before anything else."""

    def __init__(
        self,
        workspace: Workspace,
        another: Callable[[], None],
        done: Callable[[], None],
        again: Callable[[], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        text = language.text
        super().__init__(theme, language, text("Enrolment"), text("Done"), text("Done"))
        self._done, self._is_due, self._is_saved = done, False, False
        self._icon = Icon(theme, "tick", "accepted", 56)
        self._title, self._text = label("", "display"), label("", "lead-muted", wrap=True)
        self._advice = label(
            text("Hand out the receipt: the code on it finds the record again, and it says how consent is taken back."),
            wrap=True,
        )
        self._receipt_head, self._rule = label(text("Receipt"), "head"), rule()
        self.notice = Notice(theme)
        self.preview = ReceiptPreview(theme, text("The receipt, without its code"))
        self.again = Button(theme, text("New attempt"), "plain", "retry").on(again)
        self.receipt = Button(theme, text("Save the receipt …"), "plain", "consent")
        self.printed = Button(theme, text("Print again …"), "plain", "print")
        self.paper = Choice(theme)
        self.paper.setAccessibleName(text("Paper of the receipt"))
        for words, paper in PAPERS.items():
            self.paper.addItem(text(words), paper)
        self._papers = widget_of(row(label(text("Paper"), "muted"), self.paper, spacing=theme.space("tight")))
        if self.footer is not None:
            self.another = self.footer.add(text("Enrol another"), another)
        self._build()

    def chosen_paper(self) -> Paper:
        """The paper for which the receipt is saved."""
        return Paper(self.paper.currentData())

    def show_end(self, title: str, text: str, tone: Tone, sheet: PaperSheet | None, *, again: bool) -> None:
        """Shows how the enrolment ended; what was saved has a receipt, of which the ``sheet`` is, what a suspicion
        ended can be tried ``again``."""
        saved = self._is_saved = sheet is not None
        self.notice.say("")
        self.again.setVisible(again)
        for part in (self.receipt, self._papers, self.preview, self._receipt_head, self._rule, self._advice):
            part.setVisible(saved)
        self.preview.show_sheet(sheet, self.language)
        self._icon.show_as(tone.icon, tone.value)
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleDescription(f"{title}. {text}")
        self.heading.setText(self.language.text("Saved") if saved else self.language.text("Enrolment"))
        self._ask_for_receipt(due=saved)

    def show_person(self, words: str) -> None:
        """Names in the header whom this was about, unless the page itself says who is enrolled."""
        super().show_person("" if self._is_saved else words)

    def note_handed(self) -> None:
        """The receipt was printed or saved: what is next is to be done."""
        self._ask_for_receipt(due=False)
        self.printed.show()

    def _ask_for_receipt(self, *, due: bool) -> None:
        self._is_due = due
        self.printed.hide()
        if self.footer is not None:
            self.footer.back.setVisible(due)
            text = self.language.text
            self.footer.primary.relabel(text("Print the receipt …") if due else text("Done"))

    def first(self) -> QWidget:
        """The widget that gets the focus: the primary action."""
        return self if self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Prints the receipt, as long as it was not handed out; then goes to the home page."""
        if self._is_due:
            self.printed.click()
        else:
            self._done()

    def go_back(self) -> None:
        """Goes to the home page."""
        self._done()

    def _build(self) -> None:
        theme = self.theme
        head = row(self._icon, self._title, 1, spacing=theme.space("base"))
        acts = WrappingRow(theme.space("snug"))
        for act in (self.again, self.receipt, self._papers, self.printed):
            acts.addWidget(act)
        words = column(head, self._text, self._rule, self._receipt_head, spacing=theme.space("base"))
        words.addWidget(self._advice)
        words.addLayout(acts)
        words.addWidget(self.notice)
        words.addStretch(1)
        inside = row(spacing=2 * theme.space("wide"), margins=(32, 24, 32, 0))
        inside.addLayout(words, 1)
        inside.addWidget(self.preview, 1)
        card = frame("card")
        card.setLayout(inside)
        self.body.addWidget(card, 1)
