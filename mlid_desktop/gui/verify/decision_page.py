"""The page with the decision, and where one goes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import compare_instead, fetch_portraits
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.decision_card import DecisionCard
from mlid_desktop.gui.verify.decision_presenter import DecisionScreen, NextAct
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.elements import Notice, clear, row

WHOLE_LINE = 1000  # of the stretch: the card is as wide as it may be
READ_MS = 900  # that a refusal stands before anything can be done about it
ATTEMPTS: Final = (NextAct.TRY_AGAIN, NextAct.BY_FINGER)


class DecisionPage(Page):
    """Shows the decision card in the middle of the page. The primary button is what the card asks for next. Of a
    refusal after which an attempt is open, nothing can be done before the card can have been read: a key that was meant
    for the capture must cost no attempt, and leave nobody."""

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
        self._done = done
        self._ways = {
            NextAct.DONE: (leave, done),
            NextAct.TRY_AGAIN: (language.text("Try again"), again),
            NextAct.BY_FINGER: (language.text("By a finger, without movements …"), by_finger),
            NextAct.DOCUMENT: (language.text("Go on with a document …"), otherwise),
        }
        self._next, self._is_face, self._is_held = NextAct.DONE, False, False
        self.heading.hide()  # the card says it, larger
        self._opening = QTimer(self)
        self._opening.setSingleShot(True)
        self._opening.setInterval(READ_MS)
        self._opening.timeout.connect(lambda: self._hold(held=False))
        if self.footer is not None:
            self._others = {
                act: self.footer.add(words, do) for act, (words, do) in self._ways.items() if act is not NextAct.DONE
            }
            self.another_way = self.footer.add(language.text("Check another way …"), another_way)
            self.release = self.footer.add(language.text("Let them try again …"), release)
        self._card_row = row(spacing=workspace.theme.space("base"))
        self._workspace = workspace
        self.card: DecisionCard | None = None
        self.notice = Notice(workspace.theme)
        self.body.addStretch(1)
        self.body.addLayout(self._card_row)
        self.body.addWidget(self.notice)
        self.body.addStretch(2)

    def show_screen(self, screen: DecisionScreen, captured: Image | None, *, is_face: bool) -> None:
        """Shows a decision that was made, and the picture that was ``captured``: of a face, or of a finger."""
        self._is_face = is_face
        self.notice.say("")
        clear(self._card_row)
        self._next = screen.acts.first
        self.card = DecisionCard(self.theme, self.language, screen)
        self.card.pictures.show_captured(captured)
        self.card.pictures.setVisible(captured is not None)
        self._card_row.addStretch(1)
        self._card_row.addWidget(self.card, WHOLE_LINE, Qt.AlignmentFlag.AlignTop)
        self._card_row.addStretch(1)
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

    def _hold(self, *, held: bool) -> None:
        """Closes all that can be done here while the card is to be read, or opens it; the primary button gets the focus
        that it could not have before."""
        self._is_held = held
        if self.footer is not None:
            self.footer.allow(not held, self.language.text("Read this first.") if held else "")
            for button in (self.footer.back, *self._others.values(), self.another_way, self.release):
                button.setEnabled(not held)
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
