"""A register on a server of its own on loopback, with TLS and everything flushed to disk: how soon another desk has who
was just enrolled, and how long a desk that joins takes."""

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
from tests.bench.bench_vault import batches, timed
from tests.bench.cost import spent
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.postgres import Cluster, cluster
from tests.unit.vault.conftest import PASSPHRASE, enrolment, new_vault, reopened, witness

ENROLLED, PEOPLE = 200, 100_000


@dataclass(slots=True)
class Founded:
    """A register and the desk that writes to it."""

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
    """The figures of a register: the time until another desk has somebody, and the time to join."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        with founded(Path(scratch) / "small") as small:
            _propagation(report, small, Path(scratch) / "following")
        with founded(Path(scratch) / "large") as large:
            _joining(report, large, Path(scratch) / "joined")


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
    felt, after_commit, after_sending = [], [], []
    for index in range(ENROLLED):
        began = time.monotonic()
        person = register.writing.save(enrolment(str(index), "New"))
        saved = time.monotonic()
        register.writing.register.send()
        sent = time.monotonic()
        here.send(person.subject_id)
        found = cast(float, here.recv())
        felt.append(1000 * (saved - began))
        after_commit.append(1000 * (found - saved))
        after_sending.append(1000 * (found - sent))
    here.send("")
    other.join()
    report.figure("commit as the operator feels it, median", statistics.median(felt), "ms", at_most=50)
    for what, times in (("enrolled", after_commit), ("sent", after_sending)):
        name = f"searchable at another desk after it was {what}"
        report.figure(f"{name}, median", max(0.0, statistics.median(times)), "ms", at_most=20)
        report.figure(f"{name}, 99th percentile", max(0.0, sorted(times)[99 * len(times) // 100]), "ms", at_most=1000)


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


def _joining(report: Report, register: Founded, folder: Path) -> None:
    """A desk joins a register of many people."""
    for batch in batches(PEOPLE, 10):
        register.writing.save_all(batch)
    took, sent = timed(register.writing.register.send)
    report.figure(f"{PEOPLE} people sent to an empty register ({sent.come} items)", took, "s")
    own, (took, _rows) = spent(lambda: timed(lambda: register.joined(folder)))
    report.figure(f"a desk joins a register of {PEOPLE} people", took, "s", at_most=30)
    report.figure(f"a desk joins a register of {PEOPLE} people, processor time", own, "s")
