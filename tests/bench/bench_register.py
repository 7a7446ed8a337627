"""A register on a server of its own on loopback, with TLS and everything flushed: what an enrolment takes at one desk
and at several at once, and how soon another desk has who was enrolled."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue as SimpleQueueOfProcesses
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import cast

from mlid_desktop.station.administration.register.following import RegisterFollower
from mlid_desktop.station.administration.register.joining import JoinRequest
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.unlocked.register.new_copy import make_copy
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.postgres import Cluster, cluster
from tests.unit.vault.conftest import PASSPHRASE, enrolment, new_vault, reopened, witness

ENROLLED = 200
CHECKED = 200
DESKS, EACH = (1, 4), 500


@dataclass(slots=True)
class Founded:
    """A register and the desk that leads it."""

    server: Cluster
    writing: Vault
    reached: str
    password: str

    def joined(self, folder: Path) -> int:
        """A desk joins; how many rows its copy has."""
        request = JoinRequest.begin(self.reached, self.password)
        self.writing.register.desks.admit(request.code, witness(self.writing))
        try:
            return make_copy(folder, request.wait(0), "sup", PASSPHRASE, FixedClock())
        finally:
            request.close()


def run(report: Report) -> None:
    """The figures of a register: enrolments, and the time until another desk has somebody."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        for desks in DESKS:
            with founded(Path(scratch) / f"of {desks}") as register:
                _enrolments(report, register, Path(scratch) / f"joined {desks}", desks)
        with founded(Path(scratch) / "counted") as counted:
            _checks(report, counted, Path(scratch) / "checking")
        with founded(Path(scratch) / "small") as small:
            _propagation(report, small, Path(scratch) / "following")


@contextmanager
def founded(home: Path) -> Iterator[Founded]:
    """A new vault, and a register of it on a server that flushes what it commits."""
    home.mkdir()
    with cluster(fsync="on") as server:
        os.environ["PGDATABASE"] = server.database()
        vault = new_vault(home / "writing", FixedClock())
        reached = {"host": "127.0.0.1", "port": str(server.port)}
        made = vault.register.create({**reached, "user": "postgres"}, reached, "Front desk", witness(vault))
        server.let_in(made.authority, ())
        asked = " ".join(f"{name}={value}" for name, value in reached.items()) + f" user={made.join_role}"
        try:
            yield Founded(server, vault, asked, made.password)
        finally:
            vault.lock()


def _enrolments(report: Report, register: Founded, folder: Path, desks: int) -> None:
    """Processes, each a desk, enrol as fast as they may."""
    register.writing.save(enrolment("first", "Of the register"))
    folders = [folder / str(number) for number in range(desks)]
    folder.mkdir()
    for made in folders:
        register.joined(made)
    context = multiprocessing.get_context("spawn")
    ready, begin, took = context.Barrier(desks + 1), context.Event(), context.SimpleQueue()
    others = [context.Process(target=_enrol, args=(str(made), ready, begin, took)) for made in folders]
    for other in others:
        other.start()
    ready.wait()
    began = time.monotonic()
    begin.set()
    told = [took.get() for _ in others]
    whole = time.monotonic() - began
    felt = sorted(1000 * seconds for times, _ in told for seconds in times)
    own = 1000 * sum(spent_there for _, spent_there in told) / (desks * EACH)
    for other in others:
        other.join()
    register.writing.register.fetch()
    assert len(register.writing.directory()) == 1 + desks * EACH
    of = f"{desks} desk" if desks == 1 else f"{desks} desks at once"
    report.figure(f"enrolments a second, {of}", desks * EACH / whole, "/s", at_least=100)
    report.figure(f"an enrolment as the operator feels it, {of}, median", statistics.median(felt), "ms", at_most=50)
    report.figure(f"an enrolment, {of}, processor time of the desk", own, "ms")
    report.figure(f"an enrolment as the operator feels it, {of}, 99th percentile", felt[99 * len(felt) // 100], "ms")


def _enrol(folder: str, ready: Barrier, begin: Event, took: SimpleQueueOfProcesses[tuple[list[float], float]]) -> None:
    """In a process of its own: a desk that enrols one after another."""
    vault = reopened(Path(folder), FixedClock())
    vault.register.listen(lambda: None)  # the connection is kept, as at a desk that follows
    vault.register.fetch()
    people = [enrolment(f"{folder} {number}", "New") for number in range(EACH)]
    ready.wait()
    begin.wait()
    felt, before = [], time.process_time()
    for person in people:
        began = time.monotonic()
        vault.save(person)
        felt.append(time.monotonic() - began)
    took.put((felt, time.process_time() - before))
    vault.lock()


def _checks(report: Report, register: Founded, folder: Path) -> None:
    """Checks are begun and accepted at a desk that follows, in turn with its register and without what all desks count;
    somebody else's attempts stand there meanwhile."""
    register.writing.save_all([enrolment(f"n{number}", "Somebody") for number in range(CHECKED)])
    register.writing.register.send()
    register.joined(folder)
    desk = reopened(folder, FixedClock())
    desk.register.listen(lambda: None)
    desk.register.fetch()
    people = [person.subject_id for person in desk.directory() if person.number.startswith("n")]
    for subject_id in people[: CHECKED // 10]:
        register.writing.count_attempt(subject_id)
    took: dict[bool, list[float]] = {True: [], False: []}
    spent: dict[bool, float] = {True: 0.0, False: 0.0}
    together = desk.register.attempts.counted
    for subject_id in people:
        for shared in (True, False):
            desk.register.attempts.counted = together if shared else lambda *_: None  # type: ignore[method-assign]
            began, before = time.monotonic(), time.process_time()
            desk.count_attempt(subject_id)
            took[shared].append(1000 * (time.monotonic() - began))
            spent[shared] += 1000 * (time.process_time() - before)
            desk.record_outcome(subject_id, accepted=True)
    desk.register.attempts.counted = together  # type: ignore[method-assign]
    for shared, of in ((True, "counted at all desks"), (False, "counted at its own alone")):
        report.figure(f"a check begins, {of}, median", statistics.median(took[shared]), "ms")
        report.figure(f"a check begins, {of}, processor time of the desk", spent[shared] / len(people), "ms")
    sql = register.server.sql
    database = os.environ["PGDATABASE"]
    size = "SELECT count(*), coalesce(sum(pg_column_size(attempt.*)), 0)::bigint FROM mlid.attempt"
    rows, stored = sql(size, database)[0]
    report.figure("rows of attempts before the next contact", rows, "")
    report.figure("a row of attempts", stored / max(1, rows), "bytes")
    for _ in range(3):
        for vault in (desk, register.writing):
            vault.register.fetch()
    report.figure("rows of attempts once both desks were in contact", sql(size, database)[0][0], "", at_most=0)
    began = time.monotonic()
    desk.register.fetch()
    report.figure("a look with nothing new", 1000 * (time.monotonic() - began), "ms")
    desk.lock()


def _propagation(report: Report, register: Founded, folder: Path) -> None:
    """Somebody is enrolled at one desk again and again; another process, which follows, says when it has them."""
    register.writing.save(enrolment("first", "Of the register"))
    register.writing.register.send()
    register.joined(folder)
    here, there = multiprocessing.get_context("spawn").Pipe()
    other = multiprocessing.get_context("spawn").Process(target=_follow, args=(str(folder), there))
    other.start()
    here.recv()
    register.writing.register.listen(lambda: None)  # the connection is kept, as at a desk that follows
    register.writing.register.send()
    felt, after_commit = [], []
    for index in range(ENROLLED):
        began = time.monotonic()
        person = register.writing.save(enrolment(str(index), "New"))
        saved = time.monotonic()
        here.send(person.subject_id)
        found = cast(float, here.recv())
        felt.append(1000 * (saved - began))
        after_commit.append(1000 * (found - saved))
    here.send("")
    other.join()
    report.figure("commit as the operator feels it, median", statistics.median(felt), "ms", at_most=50)
    name = "searchable at another desk after the enrolment returned"
    report.figure(f"{name}, median", max(0.0, statistics.median(after_commit)), "ms", at_most=20)
    last = sorted(after_commit)[99 * len(after_commit) // 100]
    report.figure(f"{name}, 99th percentile", max(0.0, last), "ms", at_most=1000)


def _follow(folder: str, asked: Connection) -> None:
    """In a process of its own: follows, and says when it had each person who is asked for."""
    vault, tasks = reopened(Path(folder), FixedClock()), SimpleQueue[Callable[[], None]]()
    service = RegisterService(cast(VaultSession, SimpleNamespace(vault=vault)))
    follower = RegisterFollower(service, tasks.put, lambda _: None, FixedClock().now)
    follower.begin()
    tasks.get()()
    had: dict[str, float] = {}
    wanted = ""
    asked.send("ready")
    while True:
        if not wanted and asked.poll():
            wanted = cast(str, asked.recv())
            if not wanted:
                break
        if wanted in had:
            asked.send(had[wanted])
            wanted = ""
        try:
            tasks.get(timeout=0.001)()
        except Empty:
            continue
        now = time.monotonic()
        had |= dict.fromkeys(vault.searches.changed_references(), now)
    follower.stop()
    vault.lock()
