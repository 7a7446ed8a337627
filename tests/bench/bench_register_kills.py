"""Desks of a register that are killed at random instants while they enrol and erase, and a server that is: whatever a
desk had said to be done is done, nothing is double, and both desks have what the register has. ``--scale`` makes it
fewer kills."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.lifecycle import Vault
from tests.bench.bench_register import Founded, founded
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness

CLIENT_KILLS, SERVER_KILLS = 500, 100
LONGEST_S = 1.0  # that a desk works before it is killed
GIVES_UP_S = 30.0
SEED = 20


def run(report: Report) -> None:
    """Kills of a desk, then of the server."""
    chosen = random.Random(SEED)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        for what, of_all in (("desk", CLIENT_KILLS), ("server", SERVER_KILLS)):
            times = max(1, round(of_all * report.scale))
            with founded(Path(scratch) / what) as register:
                register.writing.save(enrolment("first", "Of the register"))
                joined = Path(scratch) / f"{what} joined"
                register.joined(joined)
                done = _kills(register, joined, chosen, times, is_server=what == "server")
            report.figure(f"kills of a {what} after which something was lost or double", done.wrong, "")
            report.note(f"{times} kills, {done.said} acts said to be done, {done.recovered} fetched from the register")


class Kills:
    """What came of kills so far."""

    def __init__(self) -> None:
        self.said = self.recovered = self.wrong = 0
        self.enrolled: set[str] = set()
        self.erased: set[str] = set()


def _kills(register: Founded, folder: Path, chosen: random.Random, times: int, *, is_server: bool) -> Kills:
    """Kills the one or the other so many times, and looks at both desks after each."""
    done = Kills()
    context = multiprocessing.get_context("spawn")
    for kill in range(times):
        here, there = context.Pipe()
        desk = context.Process(target=_work, args=(str(folder), f"k{kill}", there))
        desk.start()
        there.close()
        assert here.poll(GIVES_UP_S)
        here.recv()  # it is ready
        register.writing.register.fetch()
        end = time.monotonic() + chosen.uniform(0.0, LONGEST_S)
        number = 0
        while time.monotonic() < end:  # the other desk writes meanwhile
            register.writing.save(enrolment(f"other {kill} {number}", "New"))
            done.enrolled.add(f"other {kill} {number}")
            number += 1
            time.sleep(chosen.uniform(0.0, 0.1))
        if is_server:
            register.server.stop(signal.SIGKILL)
            register.server.start_again(fsync="on")
        os.kill(desk.pid or 0, signal.SIGKILL)
        desk.join()
        _hear(here, done)
        _look(register.writing, folder, done)
    return done


def _work(folder: str, prefix: str, told: Connection) -> None:
    """In a process of its own: enrols, and erases every third, until it is killed; says what it is done with."""
    vault = reopened(Path(folder), FixedClock())
    vault.register.listen(lambda: None)
    vault.register.fetch()
    told.send("ready")
    number = 0
    while True:
        name = f"{prefix} {number}"
        try:
            saved = vault.save(enrolment(name, "New"))
            told.send(("enrolled", name))
            if number % 3 == 0:
                vault.subject_rights.erase(saved.subject_id, witness(vault), ErasureReason.REQUESTED)
                told.send(("erased", name))
        except MlidError:
            time.sleep(0.05)  # the server is gone
        number += 1


def _hear(here: Connection, done: Kills) -> None:
    """What the desk had said when it was killed."""
    try:
        while here.poll():
            what, name = here.recv()
            done.said += 1
            (done.enrolled if what == "enrolled" else done.erased).add(name)
    except EOFError:
        return


def _look(other: Vault, folder: Path, done: Kills) -> None:
    """Both desks are whole, have the same people, and everything that was said."""
    vault = reopened(folder, FixedClock())
    try:
        for opened in (vault, other, vault):
            opened.register.fetch()
        here, there = ({person.number: person for person in opened.directory()} for opened in (vault, other))
        lost = done.enrolled - done.erased - here.keys()
        undone = {name for name in done.erased if name in here}
        # Of the act in which it was killed nobody knows: it is done, or not, at both desks alike.
        unsaid = lost if len(lost) > 1 else set()
        double = len(here) != len(vault.directory())
        vault.verify()
        other.verify()
        whole = vault.register.verify().items == other.register.verify().items
        done.wrong += bool(here != there or undone or unsaid or double or not whole)
        done.enrolled -= lost
        events = [entry.event for entry in vault.audit.entries(1, 100_000)]
        done.recovered = events.count("register.recovered")
    finally:
        vault.lock()
