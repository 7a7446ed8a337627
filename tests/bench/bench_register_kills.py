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
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.lifecycle import Vault
from tests.bench.bench_register import Founded, founded
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness

CLIENT_KILLS: Final = 500
SERVER_KILLS: Final = 100
A_REGISTER: Final = 50  # kills, then a new one: what each look reads stays small
EVERYTHING_READ_EVERY: Final = 10  # kills; people are compared after each
LONGEST_S: Final = 0.5  # that a desk works before it is killed
GIVES_UP_S: Final = 60.0
SEED: Final = 20
ENROLLED, ERASING, ERASED = "enrolled", "erasing", "erased"


@dataclass(slots=True)
class Kills:
    """What desks had said before they were killed, and what came of it."""

    said: int = 0
    recovered: int = 0
    wrong: list[str] = field(default_factory=list)
    enrolled: set[str] = field(default_factory=set)
    erasing: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)


def run(report: Report) -> None:
    """Kills of a desk, then of the server."""
    chosen = random.Random(SEED)
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        for what, of_all in (("desk", CLIENT_KILLS), ("server", SERVER_KILLS)):
            times, began = max(1, round(of_all * report.scale)), time.monotonic()
            said = recovered = 0
            wrong: list[str] = []
            for at in range(0, times, A_REGISTER):
                done = _at_a_register(Path(scratch) / f"{what} {at}", chosen, min(A_REGISTER, times - at), what)
                said, recovered, wrong = said + done.said, recovered + done.recovered, wrong + done.wrong
            for fault in wrong[:20]:
                report.note(f"WRONG: {fault}")
            report.figure(f"kills of a {what}: what was found lost or double", len(wrong), "", at_most=0)
            report.note(f"{times} kills, {said} acts said to be done, {recovered} fetched from the register")
            took = (time.monotonic() - began) / times
            report.figure(f"a kill of a {what}, with all read at every {EVERYTHING_READ_EVERY}th", took, "s")


def _at_a_register(home: Path, chosen: random.Random, times: int, what: str) -> Kills:
    """So many kills at a register of their own; what came of them."""
    done = Kills()
    with founded(home) as register:
        register.writing.save(enrolment("first", "Of the register"))
        folder = home / "joined"
        register.joined(folder)
        for kill in range(times):
            _kill(register, folder, chosen, kill, done, is_server=what == "server")
            is_last = kill == times - 1
            _look(register.writing, folder, done, is_whole=is_last or kill % EVERYTHING_READ_EVERY == 0)
    return done


def _kill(register: Founded, folder: Path, chosen: random.Random, kill: int, done: Kills, *, is_server: bool) -> None:
    """Two desks work, and the one that is a process of its own is killed; before it, every time, the server may be:
    then every other desk lives to find out what the server has of the act that it was at."""
    desk, told = _begun(folder, f"k{kill}")
    register.writing.register.fetch()
    end, number = time.monotonic() + chosen.uniform(0.0, LONGEST_S), 0
    while time.monotonic() < end:  # the other desk writes meanwhile
        name = f"other {kill} {number}"
        register.writing.save(enrolment(name, "New"))
        done.enrolled.add(name)
        number += 1
        time.sleep(chosen.uniform(0.0, 0.1))
    if is_server:
        register.server.stop(signal.SIGKILL)
        register.server.start_again(fsync="on")
        if kill % 2:
            _hear(told, done)  # of before
            before = done.said
            while done.said == before:
                assert told.poll(GIVES_UP_S)
                assert desk.is_alive()
                _hear(told, done)
    desk.kill()
    desk.join()
    _hear(told, done)


def _begun(folder: Path, prefix: str) -> tuple[ForkServerProcess, Connection]:
    """A desk in a process of its own, which is in step; the program is loaded once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    here, there = context.Pipe()
    desk = context.Process(target=_work, args=(str(folder), prefix, there))
    desk.start()
    there.close()
    assert here.poll(GIVES_UP_S)
    here.recv()
    return desk, here


def _work(folder: str, prefix: str, told: Connection) -> None:
    """In a process of its own: enrols, and erases every third, until it is killed; says what it is done with."""
    vault = reopened(Path(folder), FixedClock())
    vault.register.listen(lambda: None)
    vault.register.fetch()
    told.send("ready")
    number = 0
    while True:
        name = f"{prefix} {number}"
        number += 1
        try:
            saved = vault.save(enrolment(name, "New"))
            told.send((ENROLLED, name))
            if number % 3 == 1:
                told.send((ERASING, name))
                vault.subject_rights.erase(saved.subject_id, witness(vault), ErasureReason.REQUESTED)
                told.send((ERASED, name))
        except MlidError:
            time.sleep(0.05)  # the server is gone


def _hear(told: Connection, done: Kills) -> None:
    """What the desk had said when it was killed."""
    kept = {ENROLLED: done.enrolled, ERASING: done.erasing, ERASED: done.erased}
    try:
        while told.poll():
            what, name = told.recv()
            done.said += what != ERASING
            kept[what].add(name)
    except EOFError:
        return


def _look(other: Vault, folder: Path, done: Kills, *, is_whole: bool) -> None:
    """Both desks have the same people, each once, everybody of whom it was said, and nobody who was erased; where
    everything is read both vaults and the register are whole."""
    vault = reopened(folder, FixedClock())
    try:
        for opened in (vault, other, vault):
            opened.register.fetch()
        here, there = Counter(vault.directory()), Counter(other.directory())
        numbers = Counter(person.number for person in here.elements())
        found: dict[str, Collection[object]] = {
            "desks differ": [*(here - there), *(there - here)],
            "double": {number for number, times in numbers.items() if times > 1},
            # of an erasure in which it was killed nobody knows: it is done, or not, at both desks alike
            "lost": done.enrolled - done.erasing - numbers.keys(),
            "erased and there": done.erased & numbers.keys(),
        }
        done.wrong += [f"{what}: {sorted(map(str, which))[:3]}" for what, which in found.items() if which]
        if is_whole:
            vault.verify()
            other.verify()
            if vault.register.verify() != other.register.verify():
                done.wrong.append("two desks read two registers")
            events = [entry.event for entry in vault.audit.entries(1, 100_000)]
            done.recovered = events.count("register.recovered")
    finally:
        vault.lock()
