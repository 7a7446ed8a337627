"""Announces to a screen reader what changed without the focus going there."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Has a screen reader say a text once; does nothing where it is empty."""
    if text:
        tell(widget, text)


def tell(widget: QWidget, text: str) -> None:
    """Sends a text to screen readers through the platform's accessibility, where somebody listens."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
