"""The page with the decision, and where one goes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import compare_instead, fetch_portraits
from mlid_desktop.gui.page.page import LEAST_HEIGHT, Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.check_page import DecidedSteps
from mlid_desktop.gui.verify.decision_card import DecisionCard
from mlid_desktop.gui.verify.decision_presenter import DecisionScreen, NextAct
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.elements import Notice, clear, column
from mlid_desktop.gui.widgets.moving_line import FillingLine
from mlid_desktop.gui.widgets.step_line import StepLine

READ_MS = 900  # that a refusal stands before an attempt can follow it, or anybody leaves
ATTEMPTS: Final = (NextAct.TRY_AGAIN, NextAct.BY_FINGER)


class DecisionPage(Page):
    """Shows the decision card where the live picture stood. The primary button is what the card asks for next. After a
    refusal that leaves an attempt open, none can begin and nobody is left before the card can have been read: a key
    that was meant for the capture must cost no attempt. A document can be looked at from the start: that costs
    none."""

    def __init__(
        self,
        workspace: Workspace,
        again: Callable[[], None],
        done: Callable[[], None],
        otherwise: Callable[[], None],
        release: Callable[[], None],
        by_finger: Callable[[], None],
        another_way: Callable[[], None],
    ) -> None:
        language = workspace.language
        leave = language.text("Next person")
        super().__init__(workspace.theme, language, language.text("Decision"), leave, leave)
        self.steps = StepLine(workspace.theme)
        self._done = done
        self._ways = {
            NextAct.DONE: (leave, done),
            NextAct.TRY_AGAIN: (language.text("Try again"), again),
            NextAct.BY_FINGER: (language.text("By a finger, without movements …"), by_finger),
            NextAct.DOCUMENT: (language.text("Check by document …"), otherwise),
        }
        self._next, self._is_face, self._is_held = NextAct.DONE, False, False
        self._opening = QTimer(self)
        self._opening.setSingleShot(True)
        self._opening.setInterval(READ_MS)
        self._opening.timeout.connect(lambda: self._hold(held=False))
        if self.footer is not None:
            self._others = {
                act: self.footer.add(words, do) for act, (words, do) in self._ways.items() if act is not NextAct.DONE
            }
            self._filling = FillingLine(workspace.theme, self.footer.primary)
            self.another_way = self.footer.add(language.text("Choose how to check …"), another_way)
            self.release = self.footer.add(language.text("Let them try again …"), release)
        self._workspace = workspace
        self.card: DecisionCard | None = None
        self.notice = Notice(workspace.theme)
        self._cards = column()
        self.put_above(self.steps)
        self.body.addLayout(self._cards)
        self.body.addWidget(self.notice)
        self.body.addStretch(1)

    def show_screen(
        self, screen: DecisionScreen, captured: Image | None, *, is_face: bool, steps: DecidedSteps
    ) -> None:
        """Shows a decision that was made, and the picture that was ``captured``: of a face, or of a finger; title and
        ``steps`` stand where they stood during the check."""
        self._is_face = is_face
        self.retitle(self.language.text("Checking {name}", name=screen.name))
        self.show_person(screen.number)
        self.steps.show_steps(steps.names, len(steps.names) - 1, steps.spoken, tones=steps.tones)
        self._fit_line()
        self.notice.say("")
        clear(self._cards)
        self._next = screen.acts.first
        self.card = DecisionCard(self.theme, self.language, screen)
        self.card.pictures.show_captured(captured)
        self.card.pictures.setVisible(captured is not None)
        self._cards.addWidget(self.card)
        self.card.fit(self.height())
        self.setAccessibleDescription(screen.announcement)
        announce(self, screen.announcement)
        if self.footer is not None:
            self.footer.primary.relabel(self._ways[self._next][0])
            self.footer.back.setVisible(self._next is not NextAct.DONE)
            for act, button in self._others.items():
                button.setVisible(act in screen.acts.others)
            self.another_way.setVisible(NextAct.TRY_AGAIN in (screen.acts.first, *screen.acts.others))
            self.release.setVisible(screen.acts.may_release)
        self._hold(held=any(act in ATTEMPTS for act in (screen.acts.first, *screen.acts.others)))
        self._opening.start()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leaves the steps out on a low page, as during the check, and has smaller pictures there."""
        super().resizeEvent(event)
        self._fit_line()
        if self.card is not None:
            self.card.fit(self.height())

    def _fit_line(self) -> None:
        self.steps.setVisible(bool(self.steps.shown_names()) and self.height() >= LEAST_HEIGHT)

    def _hold(self, *, held: bool) -> None:
        """Closes what is held while the card is to be read, with when it opens, or opens it; the primary button then
        gets the focus that it could not have before."""
        self._is_held = held
        if self.footer is not None:
            why = self.language.text("Read this first: you can go on in a second.")
            self.footer.allow(not held, why if held else "")
            attempts = (self._others[act] for act in ATTEMPTS)
            for button in (self.footer.back, *attempts, self.another_way, self.release):
                button.setEnabled(not held)
            if held:
                self._filling.fill(READ_MS)
            else:
                self._filling.stop()
            if not held and self.hasFocus():
                self.footer.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def compare(self, subject_id: str) -> None:
        """Shows the portrait of the person who was checked beside what was captured, where one is kept and may be
        seen."""
        card = self.card

        def known(portraits: dict[str, Image]) -> None:
            if card is not None and self.card is card and self._workspace.is_open:
                kept, pictures = portraits.get(subject_id), card.pictures
                pictures.show_kept(kept, "", "")
                pictures.setVisible(kept is not None or not pictures.captured.is_empty)
                asked = kept is None and self._is_face and not pictures.captured.is_empty
                card.advise(compare_instead(self._workspace, decided=True) if asked else "")

        fetch_portraits(self._workspace, [subject_id], PortraitView.DECISION, known)

    def leave(self) -> None:
        """Drops the pictures."""
        self._opening.stop()
        if self.footer is not None:
            self._filling.stop()
        if self.card is not None:
            self.card.pictures.show_captured(None)

    def first(self) -> QWidget:
        """The widget that gets the focus: the primary action, or the page until that can be pressed."""
        return self if self.footer is None or not self.footer.primary.isEnabled() else self.footer.primary

    def go_on(self) -> None:
        """Does what the card asks for next."""
        self._ways[self._next][1]()

    def go_back(self) -> None:
        """Is done with this person, once the card can have been read."""
        if not self._is_held:
            self._done()
