"""Saying to a screen reader what changed without the focus going there."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Spoken once; nothing where there is nothing to say."""
    if text:
        tell(widget, text)


def tell(widget: QWidget, text: str) -> None:
    """Through the platform's accessibility, where somebody listens."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
