"""Looking for people who are enrolled already, before an enrolment is reviewed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.samples import Image
from mlid_desktop.gui.capture.presenter import captured_picture
from mlid_desktop.gui.identify.candidates_presenter import candidates_screen
from mlid_desktop.gui.state.search import search
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage

if TYPE_CHECKING:
    from mlid_desktop.gui.enrol.capture_steps import Enrolling
    from mlid_desktop.gui.enrol.review_steps import DuplicatesStep
    from mlid_desktop.gui.state.workspace import Workspace


class DuplicateSearch:
    """Everything that was kept, among all who are enrolled; ``page`` shows who is similar."""

    def __init__(self, workspace: Workspace, enrolling: Enrolling, page: Callable[[], DuplicatesStep]) -> None:
        self._workspace, self._enrolling, self._page = workspace, enrolling, page

    def run(self) -> None:
        """Searches, then goes on to the review or shows the candidates."""
        self._page().show_waiting()
        session, recognition = self._enrolling.session, self._workspace.unlocked.session.recognition
        modalities = {characteristic.modality for characteristic in session.kept}
        people = self._workspace.unlocked.people

        def found(after: EnrolmentSession) -> None:
            if self._is_current(session):
                self._enrolling.set_session(after)
                self._show()

        def failed(fault: MlidError) -> None:
            self._workspace.failed.emit(fault)
            if self._is_current(session) and session.stage is EnrolmentStage.DUPLICATES:
                self._enrolling.to_previous()

        search(self._workspace, modalities, lambda: recognition.find_duplicates(session, people), found, failed)

    def _is_current(self, session: EnrolmentSession) -> bool:
        return self._enrolling.is_open and self._enrolling.session is session

    def _show(self) -> None:
        session = self._enrolling.session
        if session.suspicion is not None:
            return  # how it ended is shown
        if not session.needs_duplicate_review or session.found is None:
            self._enrolling.to_next()
            return
        unlocked, language = self._workspace.unlocked, self._workspace.language
        index, typed = unlocked.people_index, session.details
        screen = candidates_screen(session.found, index.by_id, unlocked.operator, language, index.schema, typed)
        self._page().show_screen(screen, _probe(session, session.found.candidates))
        self._page().compare(self._workspace, session.found)


def _probe(session: EnrolmentSession, candidates: tuple[Candidate, ...]) -> Image | None:
    kept = session.kept.get(candidates[0].characteristic) if candidates else None
    best = None if kept is None else kept.best
    return None if best is None else captured_picture(best.observation)
