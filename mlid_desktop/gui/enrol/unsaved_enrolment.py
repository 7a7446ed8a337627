"""Whether an enrolment can be left, and what becomes of one that is left before it was saved."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import Answer, Question
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage, EnrolmentStep


def ask_to_leave(parent: QWidget, workspace: Workspace) -> Answer:
    """Asks what becomes of an enrolment that is not saved: FIRST to stay, SECOND to drop it, THIRD to keep it as a
    draft."""
    text = workspace.language.text
    question = Question(
        parent,
        workspace.theme,
        text("This enrolment is not saved"),
        text("It can be kept, encrypted, until tomorrow, and goes on from the home page."),
        text("Stay here"),
        text("Drop this enrolment"),
        danger=True,
    )
    question.add_answer(text("Keep it until tomorrow"))
    return question.answered()


def is_untouched(session: EnrolmentSession | None, step: EnrolmentStep, typed: str) -> bool:
    """Whether nothing would be lost: nobody has answered the consent text, is enrolled anew, or typed."""
    begun = session is not None and (session.consent is not None or session.details is not None)
    return step is EnrolmentStep.ENDED or not (begun or typed)


def is_settled(session: EnrolmentSession | None) -> bool:
    """Whether nothing was captured that is not saved."""
    ended = EnrolmentStage.SAVED, EnrolmentStage.REFUSED
    return session is None or not session.kept or session.stage in ended
