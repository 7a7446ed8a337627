"""``python -m tests.bench.request_pace FOLDER ROUNDS``: another program asks the real window to check somebody, again
and again; how long each part takes, as JSON. The window is on whatever display the process was given."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from mlid_desktop.client import DeskClient, DeskPairing, DeskQuestion
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.view import VerifyView, _Confirmation
from mlid_desktop.workflow.verification import VerificationSession
from tests.calling_program import base64url
from tests.gui.clinic import Clinic
from tests.gui.stage import Stage
from tests.gui.steps import saved

BETWEEN_MS = 150  # rounds: a caller stays below the requests that it may send a minute
NUMBER = "1001"


class Moment(NamedTuple):
    """By the clock, and by the processor time of this whole process, in seconds."""

    clock: float
    spent: float

    def to(self, later: Moment) -> tuple[float, float]:
        """Milliseconds by clock and processor."""
        return 1000 * (later.clock - self.clock), 1000 * (later.spent - self.spent)


NEVER = Moment(0.0, 0.0)


def now() -> Moment:
    """This moment."""
    return Moment(time.perf_counter(), time.process_time())


class Painted(QObject):
    """When a widget was painted last."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.at = NEVER
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notes the moment."""
        if event.type() is QEvent.Type.Paint:
            self.at = now()
        return super().eventFilter(watched, event)


class Program:
    """The other program, on a thread of its own: it asks, listens, and checks the signature of what it is answered."""

    def __init__(self, desk: DeskClient) -> None:
        self._desk = desk
        self.asked = self.answered = NEVER
        self.verdict = ""
        self._thread = threading.Thread()

    def ask(self) -> None:
        """Sends one request, and hears what comes of it."""
        self.verdict = ""
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        question = DeskQuestion("verify", NUMBER)
        self.asked = now()
        status = self._desk.ask(question)
        for status in self._desk.listen(question):  # noqa: B007 - the last one is looked at
            pass
        self.answered = now()
        self.verdict = self._desk.answer(question, status).verdict

    def done(self) -> bool:
        """Whether the answer was read."""
        return not self._thread.is_alive()


def main(folder: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each round, by clock and by processor time: until the bar is painted, from its button to the page
    with the number, and from the decision to the answer in the program's hands."""
    stage = Stage(QApplication(sys.argv[:1]), folder, models=folder / "no-models")
    stage.create_vault()
    saved(stage)
    clinic = Clinic(stage)
    clinic.serve()
    clinic.pair()
    private = base64url(clinic.program.private.private_bytes_raw())
    vault_id = stage.vault.identity.vault_id
    pairing = DeskPairing(private, clinic.program.caller, clinic.trusted, vault_id, clinic.program.port)
    program = Program(DeskClient(pairing, accept_demo=True))
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    decided, filled, shown = NEVER, NEVER, view._decided

    def note_decision(session: VerificationSession, confirmation: _Confirmation | None = None) -> None:
        nonlocal decided
        decided = now()
        shown(session, confirmation)

    view._decided = note_decision  # type: ignore[method-assign] # from the moment at which a check is over

    def note_number(text: str) -> None:
        nonlocal filled
        filled = now() if text == NUMBER else NEVER

    field, bar = view.finder.finder.field, clinic.bar
    field.textChanged.connect(note_number)
    bar_painted, page_painted = Painted(bar), Painted(field)
    took: dict[str, list[tuple[float, float]]] = {"bar": [], "page": [], "answer": []}
    for _ in range(rounds + 1):
        stage.window.go(PageName.HOME)
        stage.settle()
        program.ask()
        stage.until(lambda: bar.isVisible() and bar_painted.at > program.asked)
        on_bar = bar_painted.at
        stage.wait(BETWEEN_MS)
        opened = now()
        bar.open.click()
        stage.until(lambda opened=opened: page_painted.at > filled > opened)  # type: ignore[misc] # of this round
        on_page = page_painted.at
        stage.wait(BETWEEN_MS)
        stage.go_on()
        stage.until(program.done)
        assert program.verdict == "accepted", program.verdict
        for name, (begun, ended) in {
            "bar": (program.asked, on_bar), "page": (opened, on_page), "answer": (decided, program.answered),
        }.items():  # fmt: skip # a table
            took[name].append(begun.to(ended))
    clinic.interface.close()
    clinic.close()
    stage.close()
    return {name: each[1:] for name, each in took.items()}  # the first round reads what stays in memory


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
