"""What the window can show."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class View(QWidget):
    """What the window can show: it is entered, and left when another takes its place."""

    def enter(self) -> None:
        """It is shown: the focus goes where the work starts."""

    def leave(self) -> None:
        """Another takes its place: nothing may go on running."""

    def keep_unfinished(self) -> None:
        """The vault is about to be locked, perhaps with nobody at the desk: what is unfinished is kept, unasked."""

    def may_leave(self) -> bool:
        """Whether it can be left without losing anything; it may ask the operator."""
        return True
