"""Asks how a person was recognised without biometrics: always offered, noted as what it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.text.attempt_terms import SHOWN_INSTEAD

Answer = tuple[ShownInstead, bool]


def ask_without_biometrics(
    parent: QWidget, workspace: Workspace, person: SubjectSummary, ask: Callable[[Question], bool] = Question.asked
) -> Answer | None:
    """Asks by what the person was recognised, and whether they were; None where the question was left."""
    text = workspace.language.text
    question = Question(
        parent,
        workspace.theme,
        text("Check {name} without biometrics", name=person.name),
        text("Nobody may be worse off for it. It is noted as what it is, and never counts as a recognition."),
        text("Back"),
        text("Note it"),
    )
    documents = [(text(SHOWN_INSTEAD[document]), document.value) for document in ShownInstead]
    shown = question.add_choice(text("By what"), documents)
    outcome = question.add_choice(text("Outcome"), (text("It is the person"), text("It is not the person")))
    return (ShownInstead(shown.currentData()), outcome.currentIndex() == 0) if ask(question) else None
