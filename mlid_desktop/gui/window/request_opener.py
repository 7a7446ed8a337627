"""Opens the page that a request of another program is about, and sends back what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, QUrl
from PySide6.QtGui import QFileOpenEvent

from mlid_desktop.domain.errors import Code, MlidError, StationError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.request_task import RequestTask
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.state.interface import ExternalInterface
from mlid_desktop.gui.state.web_page import WebPageOpener
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.window.main_window import MainWindow
from mlid_desktop.gui.window.request_bar import BarActs
from mlid_desktop.gui.window.request_presenter import not_now_text, without_answer_text
from mlid_desktop.station.external_requests.links import (
    OUTCOME_TEXTS,
    SCHEME,
    LinkMalformedError,
    LinkOutcome,
    read_link,
)
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.service import RequestKind, TakenUp
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.verification import VerificationSession

TOLD_MS = 250  # above what looking for somebody takes
QUIET = frozenset({PageName.HOME, PageName.RECORDS, PageName.ADMINISTRATION, PageName.TRANSPARENCY})
PAGES = {
    RequestKind.VERIFY: PageName.VERIFY,
    RequestKind.IDENTIFY: PageName.IDENTIFY,
    RequestKind.ENROL: PageName.ENROL,
    RequestKind.WITHDRAW: PageName.RECORDS,
}


class RequestOpener(QObject):
    """Opens requests where nothing is open that it would end: a capture, a draft, a field that was typed."""

    def __init__(
        self, window: MainWindow, workspace: Workspace, interface: ExternalInterface, where: Callable[[], PageName]
    ) -> None:
        super().__init__()
        self._window, self._workspace, self._interface, self._where = window, workspace, interface, where

        self._refused, self._opened = 0, 0.0
        self.open_page: Callable[[str, Callable[[], None]], None] = WebPageOpener().open
        interface.changed.connect(self._tell_refused)
        application = QCoreApplication.instance()
        if sys.platform == "darwin" and application is not None:  # elsewhere no link comes as an event
            application.installEventFilter(self)

    @property
    def acts(self) -> BarActs:
        """What the buttons of the bar do."""
        requests = self._interface.requests
        return BarActs(
            self.open,
            self.decline,
            self._go_back,
            lambda request: requests.leave(request.key),
            self._look_for,
            requests.dismiss_number,
        )

    def open(self, request: ExternalRequest) -> None:
        """An operator opens the request."""
        if not self._is_at_rest():
            self._window.say(not_now_text(self._workspace.language))
            return
        self._opened = time.monotonic()
        shown = self._interface.requests.take(request.key)
        if shown is not None:
            service = self._interface.service

            def refused(fault: MlidError) -> None:
                self.decline(shown)
                self._workspace.failed.emit(fault)

            self._workspace.on_vault(lambda: service.take_up(shown), self._taken, refused)

    def decline(self, request: ExternalRequest) -> None:
        """Declines a request of another program for the operator."""
        self._interface.requests.decline(request.key)

    def _go_back(self, request: ExternalRequest) -> None:
        """Opens the page of the program whose request was answered, at which the answer can be read."""
        requests = self._interface.requests
        address = requests.return_address(request.key)
        if address:
            said = self._workspace.language.text("The page could not be opened. The answer waits for it all the same.")
            self.open_page(address, lambda: self._window.say(said))
        requests.leave(request.key)

    def _look_for(self, number: str) -> None:
        """Looks for the number of a link, as if the operator had typed it."""
        if not self._is_at_rest():
            self._window.say(not_now_text(self._workspace.language))
            return
        self._interface.requests.dismiss_number()
        self._window.go(PageName.VERIFY)
        page = self._window.current
        if isinstance(page, VerifyView):
            page.look_for(number)

    def _tell_refused(self) -> None:
        """Says that a link came while the vault was locked; nothing of it is kept."""
        refused, before = self._interface.requests.links().refused, self._refused
        self._refused = refused
        if refused > before:
            self._window.say(self._workspace.language.text(OUTCOME_TEXTS[LinkOutcome.LOCKED]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Takes links from macOS, which hands them to the program that runs, as an event."""
        if not isinstance(event, QFileOpenEvent) or event.url().scheme() != SCHEME:
            return super().eventFilter(watched, event)
        if not self._interface.server.port:
            self._workspace.failed.emit(StationError(Code.STATION_NO_WINDOW))
            return True
        with suppress(LinkMalformedError):
            self._interface.requests.follow(
                read_link(event.url().toString(QUrl.ComponentFormattingOption.FullyEncoded))
            )
        return True

    def _is_at_rest(self) -> bool:
        page_name, page = self._where(), self._window.current
        if isinstance(page, VerifyView | EnrolView):
            return page.is_at_rest
        return page_name in QUIET

    def _taken(self, taken: TakenUp) -> None:
        request, interface = taken.request, self._interface
        if taken.answer:
            told = partial(interface.requests.decide, request.key, taken.answer)
            QTimer.singleShot(self._until_told(), told)
            if not taken.is_again:
                self._window.say(without_answer_text(taken, self._workspace.language))
            return
        if not self._is_at_rest():  # something was begun while the vault was asked
            interface.requests.decline(request.key)
            return
        self._window.go(PAGES[request.kind])
        page, task = self._window.current, self._task(taken)
        if isinstance(page, VerifyView) and taken.subject is not None:
            page.open_for(taken.subject, task)
        elif isinstance(page, EnrolView):
            page.open_for(request.number, request.name, task)
        elif isinstance(page, IdentifyView):
            page.open_for(task)
        elif isinstance(page, RecordsPage) and taken.subject is not None:
            page.finder.field.setText(taken.subject.number)

    def _until_told(self) -> int:
        """Milliseconds until a caller hears that there is no answer for it: at steps from the moment at which the
        request was opened, so that looking for somebody who is not there, or is, cannot be told by its time."""
        return TOLD_MS - int(1000 * (time.monotonic() - self._opened)) % TOLD_MS

    def _task(self, taken: TakenUp) -> RequestTask:
        interface, service = self._interface, self._interface.service
        request = taken.request

        def checked(subject: SubjectSummary, session: VerificationSession) -> None:
            decision = session.decision
            if decision is not None and taken.subject is not None and subject.subject_id == taken.subject.subject_id:
                interface.answer_now(taken, lambda: service.answer_check(request, subject, decision))
            else:  # somebody else was checked than whom it was about
                interface.requests.decline(request.key)

        def enrolled(session: EnrolmentSession) -> None:
            interface.answer(taken, lambda: service.answer_enrolled(request, session.subject_id))

        def found(subject_id: str) -> None:
            subject = self._workspace.unlocked.people_index.by_id.get(subject_id)
            interface.answer(taken, lambda: service.answer_search(request, subject))

        return RequestTask(taken.asked_by, checked, enrolled, found, lambda: interface.requests.decline(request.key))
