"""Makes the galleries ready behind the window after a vault was unlocked, so that the first search does not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPart, GalleryUpdate

if TYPE_CHECKING:
    from mlid_desktop.station.session import StationSession

T = TypeVar("T")
Failed = Callable[[MlidError], None]


class Tasks(Protocol):
    """Runs tasks on the threads that own the vault and the pipelines, and what follows on the GUI thread."""

    def on_vault(self, task: Callable[[], T], done: Callable[[T], None], failed: Failed | None = None) -> None:
        """Runs a task on the vault thread."""
        ...

    def on_inference(self, task: Callable[[], T], done: Callable[[T], None], failed: Failed | None = None) -> None:
        """Runs a task on the inference thread."""
        ...


class GalleryWarming(QObject):
    """The galleries of the unlocked vault, made ready in parts between other tasks of both threads, and kept as the
    vault is. A search that is asked for meanwhile waits until they are ready. ``changed`` tells how far it is."""

    changed = Signal()

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._session: StationSession | None = None
        self._waiting: list[Callable[[], None]] = []
        self.progress: tuple[int, int] | None = None

    def begin(self, session: StationSession) -> None:
        """Begins for a vault that was just unlocked; not for who may not compare."""
        self._session, self._waiting = session, []
        if may(session.operator, Act.COMPARE):
            self._tell((0, 0))
            self._tasks.on_inference(session.galleries.missing, partial(self._next_modality, session), self._give_up)

    def end(self) -> None:
        """Ends it, whatever is done: the vault is locked."""
        self._session, self._waiting = None, []
        self._tell(None)

    def when_ready(self, task: Callable[[], None]) -> None:
        """Runs a task on the GUI thread once no gallery is being made ready any more; at once where that is now."""
        if self.progress is None:
            task()
        else:
            self._waiting.append(task)

    def renew(self) -> None:
        """Brings the galleries to what the vault holds now, after something was saved or erased."""
        session = self._session
        if session is not None and may(session.operator, Act.COMPARE):
            self.when_ready(partial(self._renew, session))

    def _renew(self, session: StationSession) -> None:
        if self._is_open(session):
            self._tasks.on_vault(partial(session.galleries.read, ()), partial(self._apply, session))

    def _apply(self, session: StationSession, update: GalleryUpdate) -> None:
        def apply() -> tuple[Reference, ...]:
            session.galleries.renew(update)
            return session.recognition.take_tabulated()

        if self._is_open(session):
            self._tasks.on_inference(apply, partial(self.keep, session))

    def keep(self, session: StationSession, tabulated: tuple[Reference, ...]) -> None:
        """Keeps search tables that had to be made, a few at a time."""
        parts = session.galleries.batches(tabulated)

        def keep_next(_: object = None) -> None:
            part = next(parts, None)
            if part is not None and self._is_open(session):
                self._tasks.on_vault(partial(session.galleries.keep, part), keep_next)

        keep_next()

    def _next_modality(self, session: StationSession, missing: tuple[Modality, ...]) -> None:
        if not self._is_open(session):
            return
        if not missing:
            self._ready(session)
            return
        steps = session.galleries.read_in_parts(missing[0])
        after = partial(self._next_modality, session, missing[1:])
        self._read(session, steps, after)

    def _read(self, session: StationSession, steps: Iterator[float | GalleryUpdate], after: Callable[[], None]) -> None:
        def known(found: float | GalleryUpdate) -> None:
            if not self._is_open(session):
                return
            if isinstance(found, GalleryUpdate):
                self._load(session, found.parts(), after)
            else:
                self._read(session, steps, after)

        self._tasks.on_vault(lambda: next(steps), known, self._give_up)

    def _load(self, session: StationSession, parts: Iterator[GalleryPart], after: Callable[[], None]) -> None:
        part = next(parts, None)
        if part is None:
            after()
            return

        def loaded(_: None) -> None:
            if self._is_open(session):
                self._tell((part.done, part.total))
                self._load(session, parts, after)

        self._tasks.on_inference(partial(session.galleries.load, part), loaded, self._give_up)

    def _ready(self, session: StationSession) -> None:
        self._tell(None)
        self._tasks.on_inference(session.recognition.take_tabulated, partial(self.keep, session))
        self._renew(session)
        self._run_waiting()

    def _give_up(self, _: MlidError) -> None:
        """A search makes ready itself what is missing, and tells its fault."""
        self._tell(None)
        self._run_waiting()

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            task()

    def _is_open(self, session: StationSession) -> bool:
        return self._session is session

    def _tell(self, progress: tuple[int, int] | None) -> None:
        self.progress = progress
        self.changed.emit()
