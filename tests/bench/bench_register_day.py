"""A working day of five desks of one register, without its pauses: people are enrolled, checked, corrected, withdraw
and are erased while the network is cut and desks and server are killed. At the end nothing is lost, nothing is there
twice, every desk has what the register has, and nobody's memory grew. ``--scale`` makes the day shorter."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final, cast

from mlid_desktop.station.administration.register.joining import JoinRequest
from mlid_desktop.vault.unlocked.register.new_copy import make_copy
from tests.bench.cut_network import CutNetwork
from tests.bench.day_book import Day, Desk, faults_of
from tests.bench.desk_of_a_day import (
    CORRECT,
    END,
    ENROL,
    ERASE,
    REPORT,
    SETTLE,
    VERIFY,
    WITHDRAW,
    Act,
    Answer,
    DeskReport,
    work,
)
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.postgres import Cluster, cluster
from tests.unit.vault.conftest import PASSPHRASE, enrolment, new_vault, witness

DESKS: Final = 5
ACTS: Final = {ENROL: 2000, VERIFY: 10_000, CORRECT: 100, WITHDRAW: 50, ERASE: 10}
RIVALS: Final = 20  # numbers that two desks enrol at once, one person each
CUTS, KILLS, SILENT_OF, SERVER_OF = 40, 20, 4, 5  # of so many cuts one is silent; of so many kills one is the server's
LONGEST_CUT_S: Final = 3.0
FIRST_PEOPLE: Final = 20
GIVES_UP_S: Final = 120.0
SEED: Final = 55
MEGABYTE: Final = 1024 * 1024


def run(report: Report) -> None:
    """The day, then what is there at its end."""
    day = Day(random.Random(SEED))
    _plan(day, report.scale)
    acts = len(day.waiting)
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch,
        cluster(fsync="on") as server,
        _opened(Path(scratch), server) as desks,
    ):
        began = time.monotonic()
        _work(day, desks, server, acts, report.scale)
        took = time.monotonic() - began
        for desk in desks:
            _note_growth(day, desk)
        settled = _all_say(desks, SETTLE) and _all_say(desks, SETTLE)
        reports = [cast(DeskReport, found) for found in _answers(desks, REPORT)]
        newest = server.sql("SELECT count(*), max(n) FROM mlid.change", os.environ["PGDATABASE"])[0]
    faults = [*day.wrong, *faults_of(day, reports, newest)] + ([] if settled else ["a desk is not in step"])
    _tell(report, day, reports, faults, took)


def _plan(day: Day, scale: float) -> None:
    """What people come for, in a random order."""
    for kind, times in ACTS.items():
        for number in range(max(1, round(times * scale))):
            is_new = kind == ENROL
            made = enrolment(f"n {number}", f"Person {number}") if is_new else None
            day.waiting.append(Act(kind, enrolment=made, name=f"Corrected {number}"))
    day.chosen.shuffle(day.waiting)
    for number in range(max(1, round(RIVALS * scale))):
        pair = [enrolment(f"rival {number}", f"Rival {number} {which}") for which in (1, 2)]
        day.rivals[f"rival {number}"] = [person.subject_id for person in pair]
        at = day.chosen.randrange(len(day.waiting))
        day.waiting[at:at] = [Act(ENROL, enrolment=person) for person in pair]
    day.waiting += [Act(ENROL, enrolment=enrolment(f"first {n}", f"First {n}")) for n in range(FIRST_PEOPLE)]


@contextmanager
def _opened(scratch: Path, server: Cluster) -> Iterator[list[Desk]]:
    """A register of a new vault, and its desks, each behind a network of its own and in a process of its own."""
    os.environ["PGDATABASE"] = server.database()
    networks = [CutNetwork(server.port) for _ in range(DESKS)]
    folders = [scratch / f"desk {number}" for number in range(DESKS)]
    leading = new_vault(folders[0], FixedClock())
    near, direct = ({"host": "127.0.0.1", "port": str(port)} for port in (networks[0].port, server.port))
    made = leading.register.create({**direct, "user": "postgres"}, near, "Desk 0", witness(leading))
    server.let_in(made.authority, ())
    leading.register.send()
    for network, folder in list(zip(networks, folders, strict=True))[1:]:
        asked = f"host=127.0.0.1 port={network.port} user={made.join_role}"
        request = JoinRequest.begin(asked, made.password)
        leading.register.desks.admit(request.code, witness(leading))
        make_copy(folder, request.wait(0), "sup", PASSPHRASE, FixedClock())
        request.close()
    leading.lock()
    desks = [Desk(folder, network, *_begun(folder)) for folder, network in zip(folders, networks, strict=True)]
    try:
        yield desks
        _say(desks, END)
        for desk in desks:
            desk.process.join(30)
    finally:
        for desk in desks:
            desk.process.kill()
        for network in networks:
            network.close()


def _begun(folder: Path) -> tuple[SpawnProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(str(folder), there))
    process.start()
    there.close()
    return process, here


def _work(day: Day, desks: list[Desk], server: Cluster, acts: int, scale: float) -> None:
    """Hands out acts, and cuts and kills between them."""
    faults = _Faults(
        _moments(day.chosen, acts, max(1, round(CUTS * scale))),
        _moments(day.chosen, acts, max(1, round(KILLS * scale))),
    )
    said, heard_at = 0, time.monotonic()
    while True:
        for desk in desks:
            act = (desk.act or day.next_act()) if desk.is_ready and not desk.since else None
            if act is not None:
                desk.ask(act)
        if not day.waiting and all(desk.is_ready and desk.act is None for desk in desks):
            return
        for pipe in wait([desk.pipe for desk in desks], 1.0):
            said += _hear(day, next(desk for desk in desks if desk.pipe is pipe))
            heard_at = time.monotonic()
        if time.monotonic() - heard_at > GIVES_UP_S:
            raise RuntimeError("no desk said anything for two minutes")
        faults.bring(said, day, desks, server)


def _hear(day: Day, desk: Desk) -> bool:
    """Takes what a desk says; whether it is done with an act."""
    try:
        answer = desk.pipe.recv()
    except EOFError:
        raise RuntimeError(f"{desk.folder.name} ended by itself") from None
    desk.is_ready, desk.since = True, 0.0
    if answer == "ready":  # what it was at is asked for again
        return False
    day.hear(desk, answer)
    return desk.act is None


@dataclass(slots=True)
class _Faults:
    """What goes wrong on the day, and after how many acts."""

    cuts: list[int]
    kills: list[int]
    cut: int = 0
    killed: int = 0

    def bring(self, said: int, day: Day, desks: list[Desk], server: Cluster) -> None:
        """Has happen what is due after so many acts."""
        while self.cuts and said >= self.cuts[0]:
            self.cuts.pop(0)
            is_silent = self.cut % SILENT_OF == 0
            day.chosen.choice(desks).network.cut(day.chosen.uniform(0.2, LONGEST_CUT_S), is_silent=is_silent)
            self.cut += 1
        while self.kills and said >= self.kills[0] and all(desk.is_ready for desk in desks):
            self.kills.pop(0)
            self.killed += 1
            if self.killed % SERVER_OF == 0:
                server.stop(signal.SIGKILL)
                server.start_again(fsync="on")
            else:
                _kill(day, day.chosen.choice(desks))


def _kill(day: Day, desk: Desk) -> None:
    """Kills a desk and starts it anew; the act that it was at is asked for again."""
    desk.process.kill()
    desk.process.join()
    with suppress(EOFError, OSError):
        while desk.pipe.poll():  # what it had said is said
            day.hear(desk, cast(Answer, desk.pipe.recv()))
    _note_growth(day, desk)
    desk.process, desk.pipe = _begun(desk.folder)
    desk.is_ready = False


def _note_growth(day: Day, desk: Desk) -> None:
    """How much a process grew in the second half of what it did."""
    half = len(desk.memory) // 2
    if half > 50:
        day.growth.append((statistics.mean(desk.memory[-20:]) - desk.memory[half]) / MEGABYTE)
    desk.memory = []


def _moments(chosen: random.Random, acts: int, times: int) -> list[int]:
    return sorted(chosen.sample(range(acts // 20, max(acts // 20 + times, acts * 9 // 10)), times))


def _say(desks: list[Desk], what: str) -> None:
    for desk in desks:
        desk.pipe.send(what)


def _answers(desks: list[Desk], what: str) -> list[object]:
    _say(desks, what)
    return [desk.pipe.recv() for desk in desks]


def _all_say(desks: list[Desk], what: str) -> bool:
    return all(_answers(desks, what))


def _tell(report: Report, day: Day, reports: list[DeskReport], faults: list[str], took: float) -> None:
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    report.note(f"done: {dict(day.done)}; to be asked for again: {dict(day.later)}; refused: {dict(day.refused)}")
    for fault in faults[:20]:
        report.note(f"WRONG: {fault}")
    report.figure("what was lost, double, or not in step at the end of the day", len(faults), "", at_most=0)
    report.figure("changes that a desk was cut off in and fetched", sum(desk.recovered for desk in reports), "")
    report.figure("acts a second, five desks together", sum(day.done.values()) / took, "/s")
    for kind, times in day.felt.items():
        report.figure(f"{kind}, median", statistics.median(times), "ms")
    report.figure("slowest act", max(max(times) for times in day.felt.values()) / 1000, "s")
    if day.growth:
        report.figure("growth of a process in the second half of its work, at most", max(day.growth), "MB", at_most=32)
