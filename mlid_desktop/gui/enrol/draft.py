"""The draft of an enrolment in progress, kept in the vault: one for each, always the newest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.station.drafts.enrolment_draft import worth_keeping
from mlid_desktop.workflow.enrolment import EnrolmentSession

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

Gathered = tuple[object, ...]


class Draft:
    """Keeps an enrolment in progress, after every step that gathered something, so that a lock, a crash or a power cut
    loses nothing.

    Its name is read and written on the vault thread alone, which does one thing after the other.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._name = ""
        self._saved: Gathered = ()
        self._left = 0  # how often the enrolment was left: what was asked before that comes too late

    def keep(self, session: EnrolmentSession | None) -> None:
        """Saves what is new in the session."""
        if session is None or not worth_keeping(session) or _gathered(session) == self._saved:
            return
        self._saved = _gathered(session)
        enrolment = self._workspace.unlocked.session.enrolment

        def save() -> None:
            self._name = enrolment.save_draft(session, self._name)

        self._workspace.on_vault(save, lambda _: None)

    def drop(self) -> None:
        """Deletes the draft: the enrolment was saved or given up."""
        enrolment = self._workspace.unlocked.session.enrolment

        def drop() -> None:
            if self._name:
                enrolment.discard_draft(self._name)
                self._name = ""

        self._saved = ()
        self._workspace.on_vault(drop, lambda _: self._workspace.refresh_pending())

    def resume(self, name: str, resumed: Callable[[EnrolmentSession], None]) -> None:
        """Resumes the enrolment from the draft of this name; nothing happens where the enrolment was left before it is
        read."""
        left = self._left
        enrolment = self._workspace.unlocked.session.enrolment

        def load() -> EnrolmentSession:
            session = enrolment.resume(name)
            self._name = name
            return session

        def known(session: EnrolmentSession) -> None:
            if left == self._left:
                self._saved = _gathered(session)
                resumed(session)

        self._workspace.on_vault(load, known)

    def leave(self) -> None:
        """Lets the next enrolment get a draft of its own; this one stays where it is."""

        def forget() -> None:
            self._name = ""

        self._left += 1
        self._saved = ()
        self._workspace.on_vault(forget, lambda _: None)


def _gathered(session: EnrolmentSession) -> Gathered:
    """What a draft of this session holds, as far as it can differ from the one before."""
    kept: tuple[tuple[Characteristic, int], ...] = tuple(
        (characteristic, id(state)) for characteristic, state in session.kept.items()
    )
    return (session.subject_id, session.consent, session.details, kept, session.exceptions)
