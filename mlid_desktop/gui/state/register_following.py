"""Follows the register that the open vault is in, if it is in one, behind the window: what other desks enrol is there
at once, and the bar says how the desk stands."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.station.administration.register.following import FollowedState, RegisterFollower
from mlid_desktop.station.administration.register.newcomers import Newcomer
from mlid_desktop.station.session import StationSession

READ_ANEW_MS = 500  # the list of people, at most so often; a search has newcomers before


class RegisterFollowing(QObject):
    """From unlocking to locking. ``state`` is None for a vault that is in no register; ``changed`` is emitted on the
    GUI thread when it stands otherwise."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._follower: RegisterFollower | None = None
        self.state: FollowedState | None = None
        self._people = QTimer(self)
        self._people.setSingleShot(True)
        self._people.setInterval(READ_ANEW_MS)
        self._people.timeout.connect(self._read_people)
        workspace.opened.connect(self._begin)
        workspace.register_made.connect(self._begin)
        workspace.closed.connect(self.close)

    def close(self) -> None:
        """Stops following the register, as the vault is locked or the window closes."""
        self._workspace.last_in_step = None if self.state is None else self.state.at
        follower, self._follower, self.state = self._follower, None, None
        if follower is not None:
            follower.stop()

    def _begin(self) -> None:
        if self._follower is not None:
            return
        session = self._workspace.unlocked.session
        self._workspace.on_vault(partial(self._begun, session), partial(self._know_follower, session))

    def _begun(self, session: StationSession) -> RegisterFollower | None:
        """On the vault thread; a desk alone opens no connection."""
        if session.register.leads is None:
            return None
        workspace = self._workspace
        follower = RegisterFollower(
            session.register,
            lambda task: workspace.on_vault(task, lambda _: None),
            lambda state: workspace.bridge.post(partial(self._know, session, state)),
            workspace.station.clock.now,
        )
        follower.begin()
        return follower

    def _know_follower(self, session: StationSession, follower: RegisterFollower | None) -> None:
        if follower is not None and (self._follower is not None or not self._is_open(session)):
            follower.stop()
        elif follower is not None:
            self._follower = follower
            self._compare_newcomers()  # who came before a kill

    def _know(self, session: StationSession, state: FollowedState) -> None:
        if not self._is_open(session):
            return
        before, self.state = self.state, state
        if state.has_changed and not self._people.isActive():
            self._people.start()
        if state.silent != (() if before is None else before.silent):
            self._workspace.refresh_pending()
        if before is None or state.fault is not None or before.fault is not None or before.at is None:
            self.changed.emit()

    def _read_people(self) -> None:
        if self._workspace.is_open:
            self._workspace.refresh_people()
            self._workspace.refresh_pending()
            self._compare_newcomers()

    def _compare_newcomers(self) -> None:
        """Compares who came from other desks with those enrolled here shortly before."""
        workspace, session = self._workspace, self._workspace.unlocked.session
        newcomers = session.newcomers

        def compare(read: tuple[Newcomer, ...]) -> None:
            if read and self._is_open(session):
                workspace.on_inference(lambda: newcomers.compare(read), partial(note, read), ignore)

        def note(read: tuple[Newcomer, ...], alike: tuple[tuple[str, str], ...]) -> None:
            if self._is_open(session):
                workspace.on_vault(lambda: newcomers.note(read, alike), noted, ignore)

        def noted(_: None) -> None:
            if self._is_open(session):
                workspace.refresh_pending()
                self._compare_newcomers()  # there may be more

        def ignore(_: MlidError) -> None:
            """Whoever was not compared is so when the next change comes."""

        workspace.on_vault(newcomers.read, compare, ignore)

    def _is_open(self, session: StationSession) -> bool:
        return self._workspace.is_open and self._workspace.unlocked.session is session
