"""What a page does for another program: whom it tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.verification import VerificationSession


@dataclass(frozen=True, slots=True)
class RequestTask:
    """The page calls one of these, once: what a check, an enrolment or a search has come to, or that it was ``left``.
    ``asked_by`` names the caller and its request."""

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
        """Another program asks."""
        self._task = task

    def leave(self) -> None:
        """Says that the page was left, where somebody still waits."""
        task, self._task = self._task, None
        if task is not None:
            task.left()

    def checked(self, subject: SubjectSummary, session: VerificationSession) -> None:
        """Says what a check has come to."""
        task, self._task = self._task, None
        if task is not None:
            task.checked(subject, session)

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
