"""The list of a search's candidates in tiers, all at one scale, and what a person says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import (
    SMALL,
    ComparedPictures,
    PortraitPicture,
    compare_instead,
    fetch_portraits,
)
from mlid_desktop.gui.identify.candidates_presenter import CandidateRow, CandidatesScreen
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, clear, column, frame, label, row
from mlid_desktop.station.text.attempt_terms import SHOWN_INSTEAD
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language, capitalised, isolate_direction
from mlid_desktop.workflow.events import CandidatesFound, CandidatesReviewed, ReviewOutcome

LEAST_LIST_HEIGHT = 68  # px: of one candidate
NAME_WIDTH = 260  # px of a name in the answer
OTHER: Final = "other"
COMPARED: Final = (*SHOWN_INSTEAD.values(), _("portrait on record"))  # with whoever is here
NOTHING_SAID: Final[Mapping[ReviewOutcome, str]] = MappingProxyType({})


class CandidateButton(Button):
    """A button for one candidate; choosing it names the one meant by "same". How ``similar`` it is stands in it where
    nobody else is listed."""

    def __init__(self, theme: Theme, shown: CandidateRow, similar: str = "") -> None:
        super().__init__(theme, "", "row")
        self.subject_id, self.person_name = shown.subject_id, shown.name
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{shown.name}, {shown.number}")
        self.setToolTip(" · ".join(filter(None, (shown.meaning, shown.score))))
        self.record = shown.record
        self._mark = Icon(theme, "circle", "edge", theme.space("wide"))
        self.toggled.connect(self._show_mark)
        top = row(ElidedLabel(shown.name, "strong"), label(shown.number, "muted"), 1, spacing=theme.space("snug"))
        bottom = ElidedLabel(f"{shown.by} · {shown.enrolled}", "muted")
        self.picture = PortraitPicture(theme, shown.name, SMALL)
        self.picture.hide()  # until there is a portrait of anybody in the list
        layout = row(self._mark, self.picture, spacing=16, margins=(12, 6, 16, 6))
        said = column(top, spacing=2)
        said.addWidget(bottom)
        layout.addLayout(said, 1)
        if similar:
            layout.addWidget(label(similar, "strong"))
        self.setLayout(layout)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def stand_alone(self) -> None:
        """Is chosen, as nobody else can be meant, and has a person for its mark: a tick would answer the question."""
        self.setChecked(True)
        self._mark.show_as("person", "accent")

    def _show_mark(self) -> None:
        self._mark.show_as("tick" if self.isChecked() else "circle", "accent" if self.isChecked() else "edge")


class DetailsBesideEachOther(QWidget):
    """Shows what was typed of whoever is here beside what is recorded of a candidate, a line for each; what differs is
    strong. It takes no room where nothing is known that could be compared."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, theme.space("hair"), 0, theme.space("tight"))
        self._grid.setHorizontalSpacing(theme.space("wide"))
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(3, 1)
        self.setLayout(self._grid)

    def show_details(self, typed: Sequence[tuple[str, str]], record: Sequence[tuple[str, str]]) -> None:
        """Shows these details in place of those before."""
        clear(self._grid)
        here, kept = dict(typed), dict(record)
        names = tuple(dict.fromkeys((*here, *kept)))
        self.setVisible(bool(names))
        text = self._language.text
        heads = (*((text("Typed now"),) if typed else ()), text("On record"))
        for at, head in enumerate(heads, 1):
            self._grid.addWidget(label(head, "muted"), 0, at)
        for line, name in enumerate(names, 1):
            self._grid.addWidget(label(name, "muted"), line, 0)
            values = (*((here.get(name, "–"),) if typed else ()), kept.get(name, "–"))
            kind = "strong" if len(set(values)) > 1 else "body"
            for at, value in enumerate(values, 1):
                self._grid.addWidget(ElidedLabel(value, kind), line, at)
        self.setAccessibleName("; ".join(f"{name}: {kept.get(name, '–')}" for name in names))


class CandidateList(QScrollArea):
    """The list of candidates: as high as they are, and scrolled where the page leaves less."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self._inner = inner
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(LEAST_LIST_HEIGHT)
        self.setWidget(inner)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size of all candidates."""
        return self._inner.sizeHint().expandedTo(QSize(0, LEAST_LIST_HEIGHT))


class CandidatesPanel(QWidget):
    """Shows the captured picture beside the portrait of the candidate who is chosen, and the list of candidates; the
    question below, with what ``follows`` on each answer. ``changed`` is called when the answer may have changed."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        changed: Callable[[], None],
        follows: Mapping[ReviewOutcome, str] = NOTHING_SAID,
    ) -> None:
        super().__init__()
        self._theme, self._language, self._changed, self._follows = theme, language, changed, follows
        self.pictures = ComparedPictures(theme, language)
        self._portraits: dict[str, Image] = {}
        self._instead = ""
        self.shown = 0  # how many searches it has shown
        self._list = column(spacing=theme.space("tight"))
        self._buttons = QButtonGroup(self)
        self._outcomes = QButtonGroup(self)
        self._typed: tuple[tuple[str, str], ...] = ()
        self.details = DetailsBesideEachOther(theme, language)
        self.compared = Choice(theme)
        self.compared.setAccessibleName(language.text("What did you compare?"))
        self.compared.addItem(language.text("Choose …"), "")
        for means in COMPARED:
            self.compared.addItem(capitalised(language.text(means)), language.text(means))
        self.compared.addItem(language.text("Something else …"), OTHER)
        self.compared.currentIndexChanged.connect(lambda _: self._choose_compared())
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(language.text("the person and the photograph in the passport, for example"))
        self.reason.setAccessibleName(language.text("What else you compared"))
        self.reason.textChanged.connect(lambda _: changed())
        self.reason.hide()
        self._reach = label("", "muted", wrap=True)
        self._advice = label("", "muted", wrap=True)
        self._review = self._outcome_rows()
        self._build()

    def show_screen(self, screen: CandidatesScreen, probe: Image | None) -> None:
        """Shows the candidates of a search."""
        self._reach.setText(screen.reach)
        self._typed = screen.typed
        self.pictures.show_captured(probe)
        self._portraits, self._instead, self.shown = {}, "", self.shown + 1
        self._review.setVisible(bool(screen.tiers))
        for button in self._buttons.buttons():
            self._buttons.removeButton(button)
        clear(self._list)
        self._scroll.setVisible(bool(screen.tiers))
        for tier in screen.tiers:
            is_alone = screen.count == 1
            if not is_alone:
                self._list.addWidget(label(tier.title, "strong"))
            for shown in tier.rows:
                button = CandidateButton(self._theme, shown, tier.title if is_alone else "")
                button.toggled.connect(lambda _: self._chosen())
                self._buttons.addButton(button)
                self._list.addWidget(button)
        self._list.addStretch(1)
        self._scroll.updateGeometry()
        for button in self._buttons.buttons():
            if screen.count == 1 and isinstance(button, CandidateButton):
                button.stand_alone()
        self._chosen()

    def show_portraits(self, portraits: dict[str, Image], instead: str) -> None:
        """Shows the portraits of the candidates, by person, or ``instead`` what to compare with."""
        self._portraits, self._instead = portraits, instead
        for button in self._buttons.buttons():
            if isinstance(button, CandidateButton):
                button.picture.show_picture(portraits.get(button.subject_id))
                button.picture.setVisible(bool(portraits))
        self._show_beside()

    def _chosen(self) -> None:
        self._show_beside()
        self._changed()

    def _show_beside(self) -> None:
        """The portrait of the candidate who is chosen, of the first one until then."""
        buttons = self._buttons.buttons()
        picked = self._buttons.checkedButton() or (buttons[0] if buttons else None)
        if isinstance(picked, CandidateButton):
            kept = self._portraits.get(picked.subject_id)
            self.pictures.show_kept(kept, picked.person_name, "")
            self._advice.setText("" if kept is not None else self._instead)
            self._advice.setVisible(bool(self._advice.text()))
            self.details.show_details(self._typed, picked.record)
        chosen = self._buttons.checkedButton()
        if isinstance(chosen, CandidateButton):
            name = self.fontMetrics().elidedText(chosen.person_name, Qt.TextElideMode.ElideRight, NAME_WIDTH)
            self._same.setText(self._language.text("Yes, it is {name}", name=isolate_direction(name)))
        else:
            self._same.setText(self._language.text("Yes, the person chosen above"))

    def forget(self) -> None:
        """Drops the pictures, when the page is left."""
        self.pictures.show_captured(None)
        self.show_portraits({}, "")

    def reset(self) -> None:
        """Clears the answer, for another search."""
        self._outcomes.setExclusive(False)
        for button in self._outcomes.buttons():
            button.setChecked(False)
        self._outcomes.setExclusive(True)
        self.reason.clear()
        self.compared.setCurrentIndex(0)

    def _choose_compared(self) -> None:
        """Opens the field for what the list does not have."""
        is_other = self.compared.currentData() == OTHER
        self.reason.setVisible(is_other)
        if is_other and self.compared.hasFocus():
            self.reason.setFocus()
        self._changed()

    @property
    def said(self) -> str:
        """What the operator says they compared; empty until they do."""
        chosen = str(self.compared.currentData())
        return self.reason.text().strip() if chosen == OTHER else chosen

    def answer(self) -> CandidatesReviewed | None:
        """What the person said of the candidates; None while it is not complete."""
        outcome = self.outcome
        if outcome is None:
            return None
        picked = self._buttons.checkedButton()
        reason = self.said
        if not reason or (outcome is ReviewOutcome.SAME and not isinstance(picked, CandidateButton)):
            return None
        meant = picked.subject_id if outcome is ReviewOutcome.SAME and isinstance(picked, CandidateButton) else ""
        return CandidatesReviewed(outcome, reason, meant)

    @property
    def outcome(self) -> ReviewOutcome | None:
        """The answer to the question; None until there is one."""
        chosen = self._outcomes.checkedButton()
        return None if chosen is None else ReviewOutcome(chosen.property("outcome"))

    def missing(self) -> str:
        """What has to be done before the answer is complete."""
        text = self._language.text
        if self.outcome is None:
            both = text("Answer the question, and say what you compared.")
            return text("Answer the question first.") if self.said else both
        if self.outcome is ReviewOutcome.SAME and self._buttons.checkedButton() is None:
            return text("Choose the person in the list.")
        return text("Say what you compared.")

    def first(self) -> QWidget:
        """The widget that gets the focus: the first candidate, else the panel."""
        buttons = self._buttons.buttons()
        return buttons[0] if buttons else self

    def _outcome_rows(self) -> QWidget:
        text = self._language.text
        words = (
            (ReviewOutcome.DIFFERENT, text("No, different people")),
            (ReviewOutcome.SAME, ""),
            (ReviewOutcome.ESCALATED, text("I cannot tell")),
        )
        theme = self._theme
        card = frame("card")
        wide = theme.space("wide")
        layout = column(label(text("Is it the same person?"), "head"), self._advice, spacing=theme.space("hair"))
        layout.setContentsMargins(wide, theme.space("snug"), wide, theme.space("snug"))
        answers = QGridLayout()
        answers.setHorizontalSpacing(wide)
        answers.setVerticalSpacing(theme.space("hair"))
        answers.setColumnStretch(1, 1)
        for line, (outcome, said) in enumerate(words):
            button = QRadioButton(said)
            button.setProperty("outcome", outcome.value)
            button.setAccessibleDescription(self._follows.get(outcome, ""))
            button.toggled.connect(lambda _: self._changed())
            if outcome is ReviewOutcome.SAME:
                self._same = button
            self._outcomes.addButton(button)
            answers.addWidget(button, line, 0)
            answers.addWidget(ElidedLabel(self._follows.get(outcome, ""), "muted"), line, 1)
        layout.insertWidget(2, self.details)
        layout.addLayout(answers)
        layout.addSpacing(theme.space("hair"))
        caption = label(text("What did you compare?"), "strong")
        caption.setBuddy(self.compared)
        means = row(caption, label(text("needed"), "muted"), spacing=theme.space("tight"))
        means.addWidget(self.compared, 1)
        layout.addLayout(means)
        layout.addWidget(self.reason)
        card.setLayout(layout)
        return card

    def _build(self) -> None:
        theme = self._theme
        inner = QWidget()
        inner.setLayout(self._list)
        self._scroll = CandidateList(inner)
        right = column(self._reach, self._scroll, self._review, 1, spacing=theme.space("snug"))
        layout = row(self.pictures, spacing=theme.space("wide"))
        layout.addLayout(right, 1)
        self.setLayout(layout)


def show_candidates(panel: CandidatesPanel, workspace: Workspace, found: CandidatesFound, view: PortraitView) -> None:
    """Shows the portraits of the candidates of a search in the panel, once they are read, unless it shows another
    search by then."""
    people, shown = [candidate.subject_id for candidate in found.candidates], panel.shown

    def known(portraits: dict[str, Image]) -> None:
        if panel.shown == shown and workspace.is_open:
            panel.show_portraits(portraits, compare_instead(workspace))

    fetch_portraits(workspace, people, view, known)
