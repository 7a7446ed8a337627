"""The window with a program that was admitted at it, for tests of requests of other programs."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtWidgets import QCheckBox

from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.interface import ExternalInterface
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.window.controller import WindowController
from mlid_desktop.gui.window.request_bar import RequestBar
from mlid_desktop.gui.window.request_opener import RequestOpener
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import ENROLLED, OPEN, TakenRequest
from tests.calling_program import CallingProgram, send
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import answering

T = TypeVar("T")


class Clinic:
    """The window, and a program that was admitted at it: what goes over the wire goes on a thread of its own, so that
    the window lives."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        controller = stage.window._controller
        assert isinstance(controller, WindowController)
        self.interface: ExternalInterface = controller.interface
        self._thread = ThreadPoolExecutor(1)
        self.trusted = ""
        self.program = CallingProgram(0)

    def close(self) -> None:
        self._thread.shutdown()

    def meanwhile(self, call: Callable[[], T]) -> T:
        """What comes of a call while the window lives."""
        future = self._thread.submit(call)
        self.stage.until(future.done)
        return future.result()

    def serve(self) -> None:
        """A supervisor turns it on, at a port that is free."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.program.port = free.getsockname()[1]
        page = self.stage.view(PageName.ADMINISTRATION)
        assert isinstance(page, AdministrationPage)
        self.stage.window.go(PageName.ADMINISTRATION)
        page.choose(Section.CALLERS)
        page.tasks.ask = answering(str(self.program.port))
        page.tasks.do(Task.TURN_ON)
        self.stage.until(lambda: self.interface.server.port == self.program.port)

    def admit(self, origin: str = "", said: str = "Front desk", ticked: frozenset[str] = frozenset()) -> str:
        """By hand, in Administration, with these boxes ticked besides checks, enrolments and withdrawals; gives the
        code."""
        page = self.stage.view(PageName.ADMINISTRATION)
        assert isinstance(page, AdministrationPage)
        self.stage.window.go(PageName.ADMINISTRATION)
        page.choose(Section.CALLERS)

        def answer(question: Question) -> bool:
            for box in question.findChildren(QCheckBox):
                box.setChecked(box.isChecked() or box.text().lower() in ticked | {"enrolments", "withdrawals"})
            return answering(said, origin)(question)

        page.tasks.ask = answer
        page.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
        page.tasks.do(Task.PAIR)
        self.stage.until(lambda: "within five minutes" in page.notice.text)
        return page.notice.text.split()[1]

    def pair(self) -> None:
        """The program names the code that the window shows."""
        code = self.admit()
        pairing = {"code": code, "key": self.program.key}
        paired = self.meanwhile(lambda: send(self.program.port, "POST", "/v1/pairing", as_json(pairing))).json
        self.program.caller, self.trusted = paired["caller"], paired["key"]

    def ask(self, kind: str, number: str = "", **more: str) -> str:
        """The identifier of a request that the window shows."""
        request = secrets.token_hex(16)
        reply = self.meanwhile(lambda: self.program.ask(kind, number, request, **more))
        assert reply.status == 202, reply.body
        self.stage.until(self.bar.isVisible)
        return request

    def had_enrolled(self) -> None:
        """Maria was enrolled for the program, on an earlier day."""
        workspace = self.stage.workspace
        session, person = workspace.unlocked.session, workspace.unlocked.people[0]

        def enrolled() -> None:
            callers, key = self.stage.vault.callers, (self.program.caller, "e" * 32)
            callers.take(TakenRequest(*key, RequestKind.ENROL, "digest", OPEN, session.now()))
            callers.close(*key, ENROLLED, person.subject_id)

        workspace.vault_worker.submit(enrolled).result()

    def withdraw(self) -> None:
        """Maria takes back her consent."""
        workspace = self.stage.workspace
        rights, person = workspace.unlocked.session.subject_rights, workspace.unlocked.people[0]
        workspace.vault_worker.submit(rights.withdraw_consent, person).result()
        workspace.refresh_people()

    @property
    def bar(self) -> RequestBar:
        return next(bar for bar in self.stage.window.findChildren(RequestBar) if bar.parent() is not None)

    def until(self, request: str, state: str) -> dict[str, object]:
        """How the request stands, once it stands so."""
        found: dict[str, object] = {}
        for _ in range(400):
            found = self.meanwhile(lambda: self.program.standing(request))
            if found["state"] == state:
                return dict(found)
            self.stage.wait(20)
        raise AssertionError(f"it is {found}")


def as_json(content: object) -> bytes:
    return json.dumps(content).encode()


def opener_of(stage: Stage) -> RequestOpener:
    """What opens requests in the window."""
    controller = stage.window._controller
    assert isinstance(controller, WindowController)
    return controller._opener
