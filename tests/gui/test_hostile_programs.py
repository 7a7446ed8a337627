"""Programs that mean the desk no good, against the real window: it lives on, nothing is in the audit but what happened,
and what it tells says nothing by its time."""

from __future__ import annotations

import itertools
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QTimer

from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.window.request_opener import TOLD_MS
from mlid_desktop.station.external_requests.request_book import SHOWN_S
from tests.calling_program import CallingProgram, read_answer, send
from tests.gui.clinic import Clinic
from tests.gui.steps import saved

AT_ONCE = 1000
STANDSTILL_S = 1.5  # of its own work, that the window may not be seen to stand still; others take time from it too
SHARE = 0.25  # of the flood, that it may wait at once by the clock
LARGE = 10 * 1024 * 1024


def flood(clinic: Clinic) -> set[str]:
    """A thousand at once of a stranger and of the program itself, ten megabytes, and connections that never end."""
    port = clinic.program.port
    stranger = CallingProgram(port, "d" * 32)
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for connection in slow:
        connection.sendall(b"POST /v1/requests HTTP/1.1\r\nHost: 127")

    def ask(turn: int) -> str:
        program = clinic.program if turn % 2 else stranger
        try:
            reply = program.ask("verify", str(turn)) if turn % 20 else send(port, "POST", "/v1/pairing", b"x" * LARGE)
        except OSError:
            return "closed"
        return str(json.loads(reply.body).get("error", reply.status))

    with ThreadPoolExecutor(50) as pool:
        told = set(pool.map(ask, range(AT_ONCE)))
    for connection in slow:
        connection.close()
    return told


def test_a_flood_leaves_the_window_alive_and_the_audit_as_it_was(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    stage.window.go(PageName.HOME)
    entries = stage.workspace.vault_worker.submit(stage.vault.audit.entries).result()
    ticks: list[tuple[float, float]] = []
    ticker = QTimer()
    ticker.timeout.connect(lambda: ticks.append((time.thread_time(), time.monotonic())))
    ticker.start(20)
    told = clinic.meanwhile(lambda: flood(clinic))
    ticker.stop()
    assert told <= {"202", "busy", "unknown_caller", "too_many", "overloaded", "too_large", "closed"}
    took = ticks[-1][1] - ticks[0][1]
    assert len(ticks) > 10
    worked, waited = zip(*((b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(ticks)), strict=True)
    assert max(worked) < STANDSTILL_S, "the window's own thread was busy with the flood"
    assert max(waited) < max(STANDSTILL_S, SHARE * took), "the window waited for the flood to end"
    assert stage.workspace.vault_worker.submit(stage.vault.audit.entries).result() == entries
    waiting = clinic.interface.requests.current().waiting
    assert len(waiting) <= 1, "one request at a time of a caller"
    for request in waiting:
        clinic.interface.requests.decline(request.key)
    stage.until(lambda: clinic.bar.notice is None)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    clinic.ask("verify", "1001")
    clinic.bar.open.click()
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "1001")


def test_no_answer_comes_at_the_same_moment_whoever_it_is_about(clinic: Clinic) -> None:
    stage = clinic.stage
    saved(stage)
    clinic.withdraw()
    stage.window.go(PageName.HOME)
    for number in ("1001", "nobody", "1001", "nobody"):
        request = clinic.ask("verify", number)
        opened = time.monotonic()
        clinic.bar.open.click()
        key = (clinic.program.caller, request)
        stage.until(lambda key=key: clinic.interface.requests.current().requests[key].answer != "")  # type: ignore[misc]
        assert time.monotonic() - opened >= TOLD_MS / 1000 - 0.02
        assert read_answer(clinic.until(request, "decided"), clinic.trusted)["verdict"] == "no_answer"


def test_what_expires_at_the_moment_of_the_decision_is_answered_when_it_is_asked_again(clinic: Clinic) -> None:
    stage, requests = clinic.stage, clinic.interface.requests
    saved(stage)
    stage.window.go(PageName.HOME)
    request = clinic.ask("verify", "1001")
    clinic.bar.open.click()
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "1001")
    seconds = requests._seconds
    requests._seconds = lambda: seconds() + SHOWN_S  # the last moment passes while the check goes on
    stage.go_on()
    stage.until(view.decision.isVisible)
    assert clinic.until(request, "expired")
    stage.until(lambda: requests.access is not None and bool(requests.access.earlier))
    again = clinic.meanwhile(lambda: clinic.program.ask("verify", "1001", request))
    assert again.status == 200
    answer = read_answer(clinic.until(request, "decided"), clinic.trusted)
    assert (answer["verdict"], answer["again"]) == ("accepted", True)
