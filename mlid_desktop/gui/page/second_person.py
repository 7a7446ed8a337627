"""Asks a second person to confirm what nobody does alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import Question


def ask_second_person(
    parent: QWidget,
    workspace: Workspace,
    title: str,
    why: str,
    fault_text: str = "",
    ask: Callable[[Question], bool] = Question.asked,
) -> tuple[str, str] | None:
    """Asks a second person to confirm, and returns name and passphrase as they were typed, None where the question was
    left; ``fault_text`` is what went wrong before."""
    text = workspace.language.text
    question = Question(parent, workspace.theme, title, why, text("Back"), text("Confirm"))
    name = question.add_field(text("Second person's name"))
    passphrase = question.add_field(text("Second person's passphrase"), secret=True)
    question.notice.say(fault_text)
    return (name.text().strip(), passphrase.text()) if ask(question) else None
