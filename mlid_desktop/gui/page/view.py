"""The base of everything that the window can show."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class View(QWidget):
    """The base of what the window can show: it is entered, and left when another is shown in its place. One that
    ``fills_screen`` has the whole screen, without the bar."""

    fills_screen = False

    def enter(self) -> None:
        """Called when the view is shown: the focus goes where the work starts."""

    def leave(self) -> None:
        """Called when another view is shown in its place: nothing may go on running."""

    def keep_unfinished(self) -> None:
        """Keeps what is unfinished, unasked: the vault is about to be locked, perhaps with nobody at the desk."""

    def may_leave(self) -> bool:
        """Whether the view can be left without losing anything; it may ask the operator."""
        return True
