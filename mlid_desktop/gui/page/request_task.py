"""What a page does for another program: whom it tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.verification import VerificationSession


@dataclass(frozen=True, slots=True)
class RequestTask:
    """The page calls one of these, once: what a check, an enrolment or a search has come to, or that it was ``left``.
    ``checked`` is called on the vault thread, the others on the GUI thread. ``asked_by`` names the caller and its
    request."""

    asked_by: tuple[str, str]
    checked: Callable[[SubjectSummary, VerificationSession], None]
    enrolled: Callable[[EnrolmentSession], None]
    found: Callable[[str], None]
    left: Callable[[], None]


class TaskHolder:
    """The task that a page has, until somebody was told what came of it."""

    def __init__(self) -> None:
        self._task: RequestTask | None = None

    @property
    def asked_by(self) -> tuple[str, str] | None:
        """Names the caller and its request; None where nobody asked."""
        return None if self._task is None else self._task.asked_by

    def begin(self, task: RequestTask) -> None:
        """Takes the task that another program asks for."""
        self._task = task

    def leave(self) -> None:
        """Says that the page was left, where somebody still waits."""
        task, self._task = self._task, None
        if task is not None:
            task.left()

    def checking(self, subject: SubjectSummary, session: VerificationSession) -> Callable[[], None]:
        """What says, on the vault thread, what a check has come to; the page calls :meth:`finish` after it."""
        task = self._task
        return (lambda: None) if task is None else partial(task.checked, subject, session)

    def finish(self) -> None:
        """Lets the task go, as what another program asked is answered."""
        self._task = None

    def enrolled(self, session: EnrolmentSession) -> None:
        """Says that somebody was enrolled."""
        task, self._task = self._task, None
        if task is not None:
            task.enrolled(session)

    def found(self, subject_id: str) -> None:
        """Says whom two people recognised; empty for nobody."""
        task, self._task = self._task, None
        if task is not None:
            task.found(subject_id)
