"""Asking two people who let a person try anew: which document was seen, why, and who confirms it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.decisions import ReleaseReason
from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.text.attempt_terms import DOCUMENTS_SEEN, RELEASE_REASONS


@dataclass(frozen=True, slots=True)
class Release:
    """What two people say of a person who may try anew."""

    reason: ReleaseReason
    document: ShownInstead
    second: str
    passphrase: str = field(repr=False)


def ask_release(
    parent: QWidget, workspace: Workspace, person: SubjectSummary, ask: Callable[[Question], bool] = Question.asked
) -> Release | None:
    """Document, reason, and the second person's name and passphrase; None where the question was left."""
    text = workspace.language.text
    question = Question(
        parent,
        workspace.theme,
        text("Let {name} try again", name=person.name),
        text(
            "Both of you look at the person and at a document of theirs; one of you is a supervisor. The count of "
            "failed attempts is cleared, the audit keeps everything, and nobody is accepted by it."
        ),
        text("Cancel"),
        text("Let them try again"),
        about=about_person(person, workspace.language),
    )
    documents = [(text(words), document.value) for document, words in DOCUMENTS_SEEN.items()]
    reasons = [(text(words), reason.value) for reason, words in RELEASE_REASONS.items()]
    document = question.add_choice(text("Document that was seen"), documents)
    reason = question.add_choice(text("Reason"), reasons)
    name = question.add_field(text("Second person's name"))
    passphrase = question.add_field(text("Second person's passphrase"), secret=True)
    question.wait_for(workspace.language, name, passphrase)
    if not ask(question):
        return None
    return Release(
        ReleaseReason(reason.currentData()),
        ShownInstead(document.currentData()),
        name.text().strip(),
        passphrase.text(),
    )
