"""The interface for other programs as the window holds it: the desk of requests, the server while it is on, and what
goes to and fro between them and the vault."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.station.external_requests.request_book import ExternalRequest, Key, RequestState
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from mlid_desktop.station.external_requests.service import ExternalRequestService, RequestKind, TakenUp

if TYPE_CHECKING:
    from mlid_desktop.api.link_socket import LinkServer

LOOK_MS = 1000  # between looks at what has expired


class ExternalInterface(QObject):
    """The interface for other programs, on while a vault says so, and until the window closes: a locked desk answers
    that it is locked. ``changed`` is emitted whenever a request came, or stands otherwise."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.requests = RequestDesk(time.monotonic, lambda: workspace.bridge.post(self._tell))
        self.requests.pair = self._pair
        self.server = InterfaceServer(self.requests)
        self._links: LinkServer | None = None
        self._stopped: frozenset[Key] = frozenset()  # withdrawals that the vault was told of
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_MS)
        self._watch.timeout.connect(self._tell)
        workspace.opened.connect(self.refresh)
        workspace.callers_changed.connect(self.refresh)
        workspace.closed.connect(self.requests.lock)
        workspace.people_changed.connect(self._settle)

    @property
    def service(self) -> ExternalRequestService:
        """The requests of the vault that is open; for the vault thread."""
        return self._workspace.unlocked.session.external_requests

    def refresh(self) -> None:
        """Reads again who may ask, and whether anybody may."""
        if self._workspace.is_open:
            self._workspace.on_vault(self.service.access, self._know)

    def answer(self, taken: TakenUp, sign: Callable[[], str]) -> None:
        """Answers what the desk worked on: signed on the vault thread, and told from there; the window may be busy with
        showing it."""
        self._workspace.on_vault(lambda: self.requests.decide(taken.request.key, sign()), lambda _: self._told(taken))

    def answer_now(self, taken: TakenUp, sign: Callable[[], str]) -> None:
        """Answers a request of another program on the vault thread, right after what was recorded there: a fault is
        said, and ends nothing but the request."""
        workspace, key = self._workspace, taken.request.key
        try:
            self.requests.decide(key, sign())
        except MlidError as fault:
            said = fault
            self.requests.decline(key)
            workspace.bridge.post(lambda: workspace.failed.emit(said))
        workspace.bridge.post(lambda: self._told(taken))

    def _told(self, taken: TakenUp) -> None:
        """A request that ended just before it was decided has its answer in the vault: asked again, it is given."""
        found = self.requests.find(taken.request.key)
        if not isinstance(found, ExternalRequest) or found.state is not RequestState.DECIDED:
            self.refresh()

    def close(self) -> None:
        """Nobody can ask any more: the window closes."""
        self._watch.stop()
        self._stop_links()
        self.server.stop()

    def _know(self, access: StationAccess) -> None:
        if not self._workspace.is_open:
            return
        self.requests.open(access)
        if access.port == self.server.port:
            return
        try:
            if access.port:
                self.server.start(access.port)
                self._start_links()
            else:
                self._stop_links()
                self.server.stop()
        except MlidError as fault:
            self._workspace.failed.emit(fault)

    def _start_links(self) -> None:
        """Takes links. What that is made of is imported now, so that a desk without the interface starts as it did."""
        from mlid_desktop.api.link_socket import LinkServer  # noqa: PLC0415 - late: only where the interface is on

        self._links = self._links or LinkServer(self.requests, self._workspace.station.settings.state)
        self._links.start()

    def _stop_links(self) -> None:
        if self._links is not None:
            self._links.stop()

    def _tell(self) -> None:
        """Says that something changed, and looks again as long as anything can expire."""
        book = self.requests.current()
        waits = bool(book.waiting) or book.shown is not None or bool(self.requests.links().number)
        waits = waits or book.returnable is not None
        if waits and not self._watch.isActive():
            self._watch.start()
        elif not waits:
            self._watch.stop()
        self._answer_again()
        self._stop()
        self.changed.emit()

    def _answer_again(self) -> None:
        """Answers what was decided before this program was started, and is asked again."""
        if not self._workspace.is_open:
            return
        service = self.service
        for request, taken in self.requests.recalls():
            answered = partial(self.requests.answer_again, request)
            self._workspace.on_vault(partial(service.answer_again, request, taken), answered)

    def _stop(self) -> None:
        """Stops comparisons of the people whom a withdrawal that came in is about; who that is, its caller is not told
        before an operator opens it."""
        workspace = self._workspace
        if not workspace.is_open:
            return
        asked = [request for request in self.requests.current().waiting if request.kind is RequestKind.WITHDRAW]
        fresh = [request for request in asked if request.key not in self._stopped]
        self._stopped = frozenset(request.key for request in asked)
        withdrawals = self.service.withdrawals

        def stopped(person: SubjectSummary | None) -> None:
            if person is not None:
                workspace.refresh_people()
                workspace.refresh_pending()

        for request in fresh:
            workspace.on_vault(partial(withdrawals.stop, request), stopped)

    def _settle(self) -> None:
        """Answers the withdrawals that an operator confirmed or undid, and knows them where they are asked again."""
        if not self._workspace.is_open or not self.server.port:
            return
        service = self.service
        for request in self.requests.current().requests.values():
            if request.is_open and request.kind is RequestKind.WITHDRAW:
                self._workspace.on_vault(partial(service.answer_settled, request), partial(self._settled, request))
        self.refresh()

    def _settled(self, request: ExternalRequest, answer: str) -> None:
        if answer:
            self.requests.settle(request, answer)

    def _pair(self, code: str, key: str, origin: str, token: str) -> Future[Caller | None]:
        """For the network thread: the caller that names the code, as the vault has it from now on."""
        workspace = self._workspace

        def pair() -> Caller | None:
            if not workspace.is_open:
                return None
            service = self.service
            try:
                caller = service.complete(code, key, origin, token)
            except MlidError:
                return None
            self.requests.open(service.access())
            workspace.bridge.post(workspace.callers_changed.emit)
            return caller

        return workspace.vault_worker.submit(pair)
