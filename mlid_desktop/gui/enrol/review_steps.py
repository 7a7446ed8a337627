"""The last steps of an enrolment: duplicates, the review, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import MIDDLE, ComparedPictures, compare_instead, fetch_portraits
from mlid_desktop.gui.capture.preview import Thumbnail
from mlid_desktop.gui.enrol.late_devices import OffersOfLateDevices
from mlid_desktop.gui.enrol.presenter import ReviewRow, ReviewScreen, progress_text
from mlid_desktop.gui.identify.candidates_presenter import CandidatesScreen
from mlid_desktop.gui.identify.candidates_table import CandidatesPanel, show_candidates
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check, Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.documents.pdf import Paper
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep
from mlid_desktop.workflow.events import CandidatesFound, CandidatesReviewed, ReviewOutcome

PAPERS = {"A4": Paper.A4, "A5": Paper.A5, _("80 mm roll"): Paper.ROLL}
COLUMNS = 3
THUMB = 88


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
            language.text("Is this person enrolled already?"),
            language.text("Back"),
            language.text("Next"),
        )
        self._answered, self._back = answered, back
        self.status.setText(progress_text(EnrolmentStep.DUPLICATES, language))
        follows = {
            ReviewOutcome.DIFFERENT: language.text("The enrolment goes on. A second person confirms it."),
            ReviewOutcome.SAME: language.text("The enrolment ends: this person has a record already."),
            ReviewOutcome.ESCALATED: language.text("The enrolment ends. It can be begun again at any time."),
        }
        self.panel = CandidatesPanel(workspace.theme, language, self._check, follows)
        self.waiting = label(language.text("Searching among all who are enrolled …"), "lead-muted")
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.panel, 1)
        self.show_waiting()

    def show_waiting(self) -> None:
        """Shows that the search is under way."""
        self.panel.hide()
        self.waiting.show()
        if self.footer is not None:
            self.footer.primary.setEnabled(False)

    def leave(self) -> None:
        """Clears the candidates that were found."""
        self.panel.forget()
        self.show_waiting()

    def show_screen(self, screen: CandidatesScreen, probe: Image | None) -> None:
        """Shows the enrolled people who are similar."""
        self.waiting.hide()
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
            self.footer.primary.setEnabled(self.panel.answer() is not None)


class ReviewCard(QFrame):
    """A card of the review with one kept capture, or one exception; from a capture one comes to every attempt at it."""

    def __init__(self, theme: Theme, shown: ReviewRow, look: Callable[[Characteristic], None]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(", ".join((shown.title, *shown.lines)))
        words = column(ElidedLabel(shown.title, "strong"), spacing=2)
        if shown.characteristic is not None:
            attempts = Button(theme, f"{shown.attempts} …", "chip").on(partial(look, shown.characteristic))
            attempts.setAccessibleName(f"{shown.title}: {shown.attempts}")
            figure = WrappingRow(theme.space("snug"))  # on a narrow card the attempts stand below
            figure.addWidget(label(f"{shown.quality}", "title"))
            figure.addWidget(attempts)
            words.addLayout(figure)
        for line in shown.lines:
            words.addWidget(label(line, "muted", wrap=True))
        words.addStretch(1)
        layout = row(spacing=16, margins=(16, 16, 16, 16))
        layout.addWidget(Thumbnail(theme, shown.picture, shown.icon, THUMB), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setLayout(layout)


class ReviewStep(Page):
    """The review step of an enrolment: everything that will be saved, at one glance."""

    def __init__(
        self,
        workspace: Workspace,
        confirmed: Callable[[bool], None],
        back: Callable[[], None],
        look: Callable[[Characteristic], None],
        capture: Callable[[Modality], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Review"), language.text("Back"), language.text("Save"))
        self._confirmed, self._back, self._look = confirmed, back, look
        self.late = OffersOfLateDevices(workspace, capture)
        self.status.setText(progress_text(EnrolmentStep.REVIEW, language))
        self._name, self._number = ElidedLabel(kind="title"), label("", "lead-muted")
        self._facts = label("", "muted", wrap=True)
        self.pictures = ComparedPictures(theme, language, MIDDLE)
        self.notice = Notice(theme)
        self.attest = Check(theme, language.text("I looked at the face and the fingers and saw nothing artificial."))
        self.attest.toggled.connect(self._check)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.space("base"))
        self._needs_attestation = False
        self._build()

    def show_screen(self, screen: ReviewScreen) -> None:
        """Shows what will be saved."""
        self._name.show_text(screen.name)
        self._number.setText(screen.number)
        self._facts.setText("\n".join(part for part in (screen.consent, screen.duplicates, screen.portrait) if part))
        self.pictures.show_captured(screen.face)
        self.pictures.hide()
        self.notice.say(screen.fault, Tone.INCONCLUSIVE)
        self._needs_attestation = screen.needs_attestation
        self.attest.setVisible(screen.needs_attestation)
        clear(self._grid)
        for index, shown in enumerate(screen.rows):
            self._grid.addWidget(ReviewCard(self.theme, shown, self._look), index // COLUMNS, index % COLUMNS)
        for index in range(COLUMNS):
            self._grid.setColumnStretch(index, 1)
        self.late.watch(screen.absent)
        self._check()

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
        """Confirms what will be saved."""
        self._confirmed(self.attest.isChecked())

    def go_back(self) -> None:
        """Goes back to the captures."""
        self._back()

    def set_busy(self, *, busy: bool) -> None:
        """Locks the buttons while the enrolment is being saved."""
        if self.footer is not None:
            self.footer.setDisabled(busy)

    def _check(self) -> None:
        if self.footer is not None:
            self.footer.primary.setEnabled(self.attest.isChecked() or not self._needs_attestation)

    def _build(self) -> None:
        theme = self.theme
        head = frame("card")
        first = row(Icon(theme, "person", "accent", 40), spacing=16)
        first.addWidget(self._name, 1)
        first.addWidget(self._number)
        words = column(first, self._facts, 1, spacing=8)
        layout = row(spacing=theme.space("base"), margins=(24, 16, 24, 16))
        layout.addLayout(words, 1)
        layout.addWidget(self.pictures)
        head.setLayout(layout)
        inside = QWidget()
        inside.setLayout(column(self._grid, 1))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self.body.addWidget(head)
        self.body.addWidget(scroll, 1)
        self.body.addWidget(self.late)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.attest)


class EndedStep(Page):
    """The last page of an enrolment: whether it was saved, and what next."""

    def __init__(
        self,
        workspace: Workspace,
        another: Callable[[], None],
        done: Callable[[], None],
        again: Callable[[], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme, language, language.text("Enrolment"), language.text("Enrol another"), language.text("Done")
        )
        self._another, self._done = another, done
        self.again = Button(theme, language.text("New attempt"), "plain", "retry").on(again)
        self._icon = Icon(theme, "tick", "accepted", 72)
        self._title, self._text = label("", "display"), label("", "lead-muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setFixedWidth(520)
        layout = column(1, spacing=theme.space("base"))
        for part in (self._icon, self._title, self._text):
            layout.addLayout(row(1, part, 1))
        layout.addStretch(2)
        self.notice = Notice(theme)
        self.body.addLayout(layout, 1)
        self.body.addWidget(self.notice)
        self.receipt = Button(theme, language.text("Save the receipt …"), "plain", "consent")
        self.printed = Button(theme, language.text("Print the receipt …"), "plain", "print")
        self.paper = Choice(theme)
        self.paper.setAccessibleName(language.text("Paper of the receipt"))
        for words, paper in PAPERS.items():
            self.paper.addItem(language.text(words), paper)
        acts = row(1, self.again, self.receipt, self.paper, self.printed, 1, spacing=theme.space("snug"))
        layout.insertLayout(layout.count() - 1, acts)

    def chosen_paper(self) -> Paper:
        """The paper for which the receipt is saved."""
        return Paper(self.paper.currentData())

    def show_end(self, title: str, text: str, tone: Tone, status: str, *, saved: bool, again: bool) -> None:
        """Shows how the enrolment ended; what was saved has a receipt, what a suspicion ended can be tried
        ``again``."""
        self.notice.say("")
        self.again.setVisible(again)
        self.receipt.setVisible(saved)
        self.printed.setVisible(saved)
        self.paper.setVisible(saved)
        self._icon.show_as(tone.icon, tone.value)
        self._title.setText(title)
        self._text.setText(text)
        self.status.setText(status)
        self.setAccessibleDescription(f"{title}. {text}")

    def first(self) -> QWidget:
        """The widget that gets the focus: the primary action."""
        return self if self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Goes to the home page."""
        self._done()

    def go_back(self) -> None:
        """Begins with the next person."""
        self._another()
