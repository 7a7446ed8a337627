"""The two wishes that a person may have during an active challenge, as buttons: more time, and another movement."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.capture.challenge_presenter import ChallengeScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import row
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.events import Event
from mlid_desktop.workflow.face_challenge.events import ActionSwapped, MoreTimeAsked


class ChallengeWishes(QWidget):
    """Shown while a challenge goes on. ``tell`` hands a wish to the capture."""

    def __init__(self, theme: Theme, language: Language, tell: Callable[[Event], None]) -> None:
        super().__init__()
        self.more_time = Button(theme, language.text("More time"), "plain").on(lambda: tell(MoreTimeAsked()))
        self.other = Button(theme, language.text("Can't do this"), "plain").on(lambda: tell(ActionSwapped()))
        self.setLayout(row(self.more_time, self.other, 1, spacing=theme.space("base")))
        self.show_screen(None)

    def show_screen(self, screen: ChallengeScreen | None) -> None:
        """Shows which wishes would be heeded; nothing where no challenge goes on."""
        self.setVisible(screen is not None)
        self.more_time.setEnabled(screen is not None and screen.can_wait)
        self.other.setEnabled(screen is not None and screen.can_swap)
