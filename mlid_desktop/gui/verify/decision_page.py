"""The page with the decision, and where one goes from it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.decisions import AttemptState
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import MIDDLE, ComparedPictures, compare_instead, fetch_portraits
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.decision_card import DecisionCard
from mlid_desktop.gui.verify.decision_presenter import DecisionScreen
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.elements import Notice, clear, row


class DecisionPage(Page):
    """Shows the decision card in the middle of the page."""

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
            workspace.theme, language, language.text("Decision"), language.text("Try again"), language.text("Done")
        )
        self._again, self._done = again, done
        if self.footer is not None:
            self.otherwise = self.footer.add(language.text("Go on with a document …"), otherwise)
            self.by_finger = self.footer.add(language.text("By a finger, without movements …"), by_finger)
            self.release = self.footer.add(language.text("Let them try again …"), release)
        self._card_row = row(spacing=workspace.theme.space("base"))
        self._workspace = workspace
        self.pictures: ComparedPictures | None = None
        self.notice = Notice(workspace.theme)
        self.body.addStretch(1)
        self.body.addLayout(self._card_row)
        self.body.addWidget(self.notice)
        self.body.addStretch(2)

    def show_screen(
        self,
        screen: DecisionScreen,
        *,
        can_retry: bool,
        attempts: AttemptState,
        by_finger: bool = False,
        captured: Image | None = None,
    ) -> None:
        """Shows a decision that was made; ``attempts`` is the state after it, ``by_finger`` whether fingers may decide
        in place of movements, ``captured`` the face that was captured."""
        self.notice.say("")
        clear(self._card_row)
        self._card_row.addStretch(1)
        self.pictures = ComparedPictures(self.theme, self.language, MIDDLE, upright=True)
        self.pictures.show_captured(captured)
        self._card_row.addWidget(self.pictures, 0, Qt.AlignmentFlag.AlignTop)
        self.pictures.setVisible(captured is not None)
        self._card_row.addWidget(DecisionCard(self.theme, screen), 0, Qt.AlignmentFlag.AlignTop)
        self._card_row.addStretch(1)
        self.setAccessibleDescription(screen.announcement)
        announce(self, screen.announcement)
        if self.footer is not None:
            self.footer.back.setVisible(can_retry)
            self.otherwise.setVisible(screen.tone is not Tone.ACCEPTED)
            self.by_finger.setVisible(by_finger)
            self.release.setVisible(attempts.may_release)

    def compare(self, subject_id: str) -> None:
        """Shows the portrait of the person who was checked beside what was captured, where one is kept and may be
        seen."""
        pictures = self.pictures

        def known(portraits: dict[str, Image]) -> None:
            if pictures is not None and self.pictures is pictures and self._workspace.is_open:
                kept = portraits.get(subject_id)
                instead = "" if pictures.captured.is_empty else compare_instead(self._workspace)
                pictures.show_kept(kept, "", instead)
                pictures.setVisible(kept is not None or not pictures.captured.is_empty)

        fetch_portraits(self._workspace, [subject_id], PortraitView.DECISION, known)

    def leave(self) -> None:
        """Drops the pictures."""
        if self.pictures is not None:
            self.pictures.show_captured(None)

    def first(self) -> QWidget:
        """The widget that gets the focus: the primary action."""
        return self if self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Goes on with the next person."""
        self._done()

    def go_back(self) -> None:
        """Tries once more, where that may help."""
        if self.footer is not None and self.footer.back.isVisible():
            self._again()
