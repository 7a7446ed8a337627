"""The page with the decision, and where one goes from it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.decisions import AttemptState
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import fetch_portraits
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.decision_card import DecisionCard
from mlid_desktop.gui.verify.decision_presenter import DecisionScreen, NextAct
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.elements import Notice, clear, row

WHOLE_LINE = 1000  # of the stretch: the card is as wide as it may be


class DecisionPage(Page):
    """Shows the decision card in the middle of the page. The primary button is what the card asks for next."""

    def __init__(
        self,
        workspace: Workspace,
        again: Callable[[], None],
        done: Callable[[], None],
        otherwise: Callable[[], None],
        release: Callable[[], None],
        by_finger: Callable[[], None],
    ) -> None:
        language = workspace.language
        super().__init__(
            workspace.theme, language, language.text("Decision"), language.text("Done"), language.text("Done")
        )
        self._done = done
        self._ways = {
            NextAct.DONE: (language.text("Done"), done),
            NextAct.TRY_AGAIN: (language.text("Try again"), again),
            NextAct.BY_FINGER: (language.text("By a finger, without movements …"), by_finger),
            NextAct.DOCUMENT: (language.text("Go on with a document …"), otherwise),
        }
        self._next = NextAct.DONE
        if self.footer is not None:
            self._others = {
                act: self.footer.add(words, do) for act, (words, do) in self._ways.items() if act is not NextAct.DONE
            }
            self.release = self.footer.add(language.text("Let them try again …"), release)
        self._card_row = row(spacing=workspace.theme.space("base"))
        self._workspace = workspace
        self.card: DecisionCard | None = None
        self.notice = Notice(workspace.theme)
        self.body.addStretch(1)
        self.body.addLayout(self._card_row)
        self.body.addWidget(self.notice)
        self.body.addStretch(1)

    def show_screen(
        self,
        screen: DecisionScreen,
        *,
        next_act: NextAct,
        can_retry: bool,
        attempts: AttemptState,
        by_finger: bool = False,
        captured: Image | None = None,
    ) -> None:
        """Shows a decision that was made, with ``next_act`` as the primary action; ``attempts`` is the state after it,
        ``by_finger`` whether fingers may decide in place of movements, ``captured`` the face that was captured."""
        self.notice.say("")
        clear(self._card_row)
        self._next = next_act
        self.card = DecisionCard(self.theme, self.language, screen)
        self.card.pictures.show_captured(captured)
        self.card.pictures.setVisible(captured is not None)
        self._card_row.addStretch(1)
        self._card_row.addWidget(self.card, WHOLE_LINE, Qt.AlignmentFlag.AlignTop)
        self._card_row.addStretch(1)
        self.setAccessibleDescription(screen.announcement)
        announce(self, screen.announcement)
        if self.footer is not None:
            self.footer.primary.setText(self._ways[next_act][0])
            self.footer.back.setVisible(next_act is not NextAct.DONE)
            open_now = {
                NextAct.TRY_AGAIN: can_retry,
                NextAct.BY_FINGER: by_finger,
                NextAct.DOCUMENT: next_act is not NextAct.DONE,
            }
            for act, button in self._others.items():
                button.setVisible(open_now[act] and act is not next_act)
            self.release.setVisible(attempts.may_release)

    def compare(self, subject_id: str) -> None:
        """Shows the portrait of the person who was checked beside what was captured, where one is kept and may be
        seen."""
        card = self.card

        def known(portraits: dict[str, Image]) -> None:
            if card is not None and self.card is card and self._workspace.is_open:
                kept, pictures = portraits.get(subject_id), card.pictures
                pictures.show_kept(kept, "", "")
                pictures.setVisible(kept is not None or not pictures.captured.is_empty)
                asked = kept is None and not pictures.captured.is_empty
                words = self.language.text("In doubt, compare with a passport, identity card or residence permit.")
                card.advise(words if asked else "")

        fetch_portraits(self._workspace, [subject_id], PortraitView.DECISION, known)

    def leave(self) -> None:
        """Drops the pictures."""
        if self.card is not None:
            self.card.pictures.show_captured(None)

    def first(self) -> QWidget:
        """The widget that gets the focus: the primary action."""
        return self if self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Does what the card asks for next."""
        self._ways[self._next][1]()

    def go_back(self) -> None:
        """Is done with this person."""
        self._done()
