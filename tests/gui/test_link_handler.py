"""``mlid-desktop --link`` and ``mlid open``: a link is handed over at once, and nothing of it is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from mlid_desktop.api.link_socket import LinkServer
from mlid_desktop.gui.window import link_handler
from mlid_desktop.gui.window.app import main
from mlid_desktop.station.configuration.settings import read_settings
from mlid_desktop.station.external_requests.request_desk import RequestDesk, StationAccess
from tests.command_line import mlid

NUMBER = "mlid:person/7731"


@pytest.fixture
def desk() -> Iterator[RequestDesk]:
    made = RequestDesk(time.monotonic)
    made.open(StationAccess("f" * 32, True, 1, (), "key", ("link",)))
    server = LinkServer(made, read_settings().state)
    server.start()
    yield made
    server.stop()


def test_a_link_reaches_the_window_that_runs(desk: RequestDesk) -> None:
    assert main(["--link", NUMBER]) == 0
    assert desk.links().number == "7731"
    assert main(["--link", NUMBER]) == link_handler.EXIT_REFUSED
    told = mlid("open", NUMBER, "--json")
    assert (told.code, told.json) == (3, {"outcome": "busy"})
    desk.dismiss_number()
    said = mlid("open", NUMBER)
    assert (said.code, said.out.strip()) == (0, "The window of the desk shows it.")


@pytest.mark.parametrize(
    "given",
    [
        ["mlid:person/1\n"],
        [NUMBER, "--kiosk"],
        ["--demo"],
        ["mlid:person/1001 --kiosk"],
        ["mlid:person/" + "1" * 10**6],
    ],
)
def test_what_follows_the_option_is_one_link_or_nothing(desk: RequestDesk, given: list[str]) -> None:
    assert main(["--link", *given]) == 2
    assert desk.links().number == ""


def test_the_command_line_says_what_a_link_is_not_and_never_repeats_it() -> None:
    told = mlid("open", "mlid:person/7731%0A")
    assert told.code == 2
    assert "7731" not in told.out + told.err


def test_without_a_window_a_sentence_is_said_once_and_nothing_is_kept(qtbot: QtBot) -> None:
    state, said = read_settings().state, []

    def seen() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        said.append(str(main(["--link", NUMBER])))  # a second one, while the sentence stands
        box.reject()

    QTimer.singleShot(300, seen)
    assert main(["--link", NUMBER]) == 4
    assert "No window takes the link" in said[0]
    assert said[1:] == ["4"]
    kept = b"".join(path.read_bytes() for path in Path(state).rglob("*") if path.is_file())
    assert b"7731" not in kept
    told = mlid("open", NUMBER, "--json")
    assert told.code == 4
    assert "7731" not in json.dumps(told.out + told.err)
