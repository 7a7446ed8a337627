"""Asks how a person was recognised without biometrics: always offered, noted as what it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.text.attempt_terms import SHOWN_INSTEAD

Answer = tuple[ShownInstead, bool]
IS_THE_PERSON, IS_ANOTHER = "the person", "another"


def ask_without_biometrics(
    parent: QWidget, workspace: Workspace, person: SubjectSummary, ask: Callable[[Question], bool] = Question.asked
) -> Answer | None:
    """Asks by what the person was recognised, and whether they were; None where the question was left."""
    text = workspace.language.text
    question = Question(
        parent,
        workspace.theme,
        text("Check {name} by document", name=person.name),
        text("The person gets all that others get. What you looked at is noted; it never counts as a recognition."),
        text("Cancel"),
        text("Note the check"),
        about=about_person(person, workspace.language),
    )
    documents = [(text(SHOWN_INSTEAD[document]), document.value) for document in ShownInstead]
    shown = question.add_choice(text("What you looked at"), ((text("Choose …"), ""), *documents))
    outcomes = (
        (text("Choose …"), ""),
        (text("It is {name}", name=person.name), IS_THE_PERSON),
        (text("It is not {name}", name=person.name), IS_ANOTHER),
    )
    outcome = question.add_choice(text("Outcome"), outcomes)

    def is_complete() -> bool:
        return bool(shown.currentData()) and bool(outcome.currentData())

    question.wait_for(workspace.language, shown, outcome)
    shown.setFocus()
    if not (ask(question) and is_complete()):  # nothing counts that nobody chose
        return None
    return ShownInstead(shown.currentData()), outcome.currentData() == IS_THE_PERSON
