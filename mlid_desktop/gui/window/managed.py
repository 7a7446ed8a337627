"""Applies to the window what an administrator manages: said in its title; as a kiosk it fills the screen and stays.
Where the station cannot be assembled, a sentence instead of an empty window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import Settings
from mlid_desktop.station.text.exit_codes import exit_code
from mlid_desktop.station.text.language import Language, open_language


class StaysOpen(QObject):
    """Refuses what a person at a kiosk does to close the window; the end of the session still ends it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Whether the event is kept from the window: a close that the window system asked for."""
        if event.type() is QEvent.Type.Close and event.spontaneous():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def manage(window: QWidget, settings: Settings, language: Language, *, kiosk: bool) -> None:
    """Shows which settings are managed, and makes a kiosk of the window where one is asked for."""
    if settings.managed:
        names = ", ".join(sorted(settings.managed))
        title = language.text("{title} – managed by your administrator", title=window.windowTitle())
        window.setWindowTitle(title)
        window.setAccessibleDescription(language.text("Managed by your administrator: {names}", names=names))
    if kiosk or settings.kiosk:
        window.installEventFilter(StaysOpen(window))
        window.showFullScreen()


def refuse(window: QWidget, fault: MlidError) -> None:
    """Says why there can be no desk on this machine now, and ends with the fault's exit code."""
    language = open_language(resource_folder() / "translations", "")
    if not window.screen().name().startswith("offscreen"):
        QMessageBox.critical(window, window.windowTitle(), fault_text(fault, language))
    QApplication.exit(exit_code(fault))
