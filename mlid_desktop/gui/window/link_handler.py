"""Hands a link that the system opened to the window of this user, and ends. Where there is no such window a sentence
says so, one at a time; nothing of the link is kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QLockFile, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from mlid_desktop.api.link_socket import hand_over
from mlid_desktop.domain.errors import StationError
from mlid_desktop.gui.page.product import TITLE
from mlid_desktop.gui.theme.style import FUSION
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import read_settings
from mlid_desktop.station.external_requests.links import LinkMalformedError, LinkOutcome
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.exit_codes import EXIT_FAULT, EXIT_USAGE
from mlid_desktop.station.text.language import open_language

EXIT_REFUSED: Final = 3  # by the window, which does not show it
SHOWN_MS: Final = 20_000


def follow_link(untrusted: Sequence[str]) -> int:
    """The exit code once the window of this user has the one link; 2 for what is no link, 3 where it is not shown, 4
    where there is no window."""
    settings = read_settings()
    if len(untrusted) != 1:
        return EXIT_USAGE
    try:
        outcome = hand_over(untrusted[0], settings.state)
    except LinkMalformedError:
        return EXIT_USAGE
    except StationError as fault:
        language = open_language(resource_folder() / "translations", settings.language)
        settings.state.mkdir(parents=True, exist_ok=True)
        turn = QLockFile(str(settings.state / "link-notice.lock"))
        if turn.tryLock(0):  # a page that opens links without end gets one sentence on the screen
            _show(str(sentence(fault, language)), right_to_left=language.right_to_left)
            turn.unlock()
        return EXIT_FAULT
    return 0 if outcome is LinkOutcome.SHOWN else EXIT_REFUSED


def _show(text: str, *, right_to_left: bool) -> None:
    application = QApplication.instance() or QApplication([*sys.argv[:1], *FUSION])
    box = QMessageBox(QMessageBox.Icon.Information, TITLE, text)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
    QTimer.singleShot(SHOWN_MS, application, box.reject)
    box.exec()
