"""A desk of a register in a process of its own, as :mod:`tests.bench.bench_register_day` has five: it follows the
register as an open window does, carries out one act at a time, and says what came of each."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any, Final, cast

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError, RegisterError, UsageError
from mlid_desktop.domain.subjects import Enrolment, ErasureReason, Withdrawal
from mlid_desktop.station.administration.register.following import FollowedState, RegisterFollower
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.subjects.records.unsent_withdrawals import are_unsent
from mlid_desktop.vault.unlocked.register.writing.visits import are_noted
from tests.bench.cost import resident
from tests.doubles import FixedClock
from tests.unit.vault.conftest import reopened, witness

ENROL, VERIFY, WITHDRAW, CORRECT, ERASE = "enrol", "verify", "withdraw", "correct", "erase"
SETTLE, REPORT, END = "settle", "report", "end"
DONE, LATER, REFUSED = "done", "later", "refused"
SETTLED_WITHIN_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody comes to a desk for: about ``subject_id``, or with what is enrolled or corrected."""

    kind: str
    subject_id: str = ""
    enrolment: Enrolment | None = field(default=None, repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an act: done, to be asked for again, or refused, with the code; how long it took, and the bytes of
    memory in use."""

    outcome: str
    code: str = ""
    seconds: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class DeskReport:
    """A desk at the end of the day: who is there (number, standing, name, digest of the references), how many
    references the desk searches, what waits there, and what the register has."""

    people: dict[str, tuple[str, str, str, str]]
    searched: int
    stored: int
    waits: bool
    recovered: int
    erased: int
    point: int
    items: int
    changes: int


def work(folder: str, told: Connection) -> None:
    """Carries out what is sent, until it is told to end."""
    desk = _Desk(Path(folder))
    told.send("ready")
    while True:
        desk.follow(0.0 if told.poll() else 0.002)
        if not told.poll():
            continue
        asked = told.recv()
        if asked == END:
            desk.close()
            return
        if asked == SETTLE:
            told.send(desk.settle())
        elif asked == REPORT:
            told.send(desk.report())
        else:
            told.send(desk.carry_out(cast(Act, asked)))


class _Desk:
    """A vault that is open, what it searches, and what brings both in step."""

    def __init__(self, folder: Path) -> None:
        self._vault: Vault = reopened(folder, FixedClock())
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._searched: dict[str, int] = {}
        self._read_all()
        service = RegisterService(cast(VaultSession, SimpleNamespace(vault=self._vault)))
        self._follower = RegisterFollower(service, self._tasks.put, self._told, FixedClock().now)
        self._follower.begin()

    def follow(self, seconds: float) -> None:
        """Does what there is to do for the register, for so long if there is nothing."""
        try:
            self._tasks.get(timeout=seconds or None, block=bool(seconds))()
        except Empty:
            return

    def carry_out(self, act: Act) -> Answer:
        """One act; what stops it for now is told apart from what refuses it."""
        began = time.monotonic()
        try:
            self._act(act)
        except RegisterError as fault:
            self.follow(0.05)
            return Answer(LATER, fault.code.value, time.monotonic() - began, resident())
        except UsageError as fault:
            return Answer(REFUSED, fault.code.value, time.monotonic() - began, resident())
        self._take_changed()
        return Answer(DONE, "", time.monotonic() - began, resident())

    def settle(self) -> bool:
        """In step with the register, with nothing that waits here; False where that could not be had."""
        end = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < end:
            try:
                self._vault.register.fetch()
                if self._vault.register.status().behind == 0 and not self._waits():
                    self._take_changed()
                    return True
            except MlidError:
                time.sleep(0.2)
        return False

    def report(self) -> DeskReport:
        """What there is; everything is read and checked."""
        vault = self._vault
        vault.verify()
        whole = vault.register.verify()
        found: dict[str, Any] = {}
        for modality in (Modality.FACE, Modality.FINGERPRINT):
            for held in vault.all_references(modality):
                content = (str(held.template.characteristic), held.template.payload, held.template.extractor.key)
                found.setdefault(held.subject_id, []).append(repr(content))
        people = {}
        for person in vault.directory():
            digest = hashlib.sha256("\n".join(sorted(found.get(person.subject_id, ()))).encode()).hexdigest()
            people[person.subject_id] = (person.number, person.standing.value, person.name, digest)
        events = [entry.event for entry in vault.audit.entries(1, 1_000_000)]
        return DeskReport(
            people,
            sum(self._searched.values()),
            sum(len(references) for references in found.values()),
            self._waits(),
            events.count("register.recovered"),
            len(vault.subject_rights.erasures()),
            vault.register.status().number,
            whole.items,
            whole.changes,
        )

    def close(self) -> None:
        """Ends it."""
        self._follower.stop()
        self._vault.lock()

    def _act(self, act: Act) -> None:
        vault = self._vault
        if act.kind == ENROL:
            assert act.enrolment is not None
            self._enrol(act.enrolment)
        elif act.kind == VERIFY:
            vault.count_attempt(act.subject_id)
            vault.references(act.subject_id)
            vault.record_outcome(act.subject_id, accepted=True)
        elif act.kind == WITHDRAW:
            vault.subject_rights.withdraw_consent(act.subject_id, Withdrawal(FixedClock().now()))
        elif act.kind == CORRECT:
            details = replace(vault.record(act.subject_id).details, name=act.name)
            vault.corrections.correct(act.subject_id, details, witness(vault))
        else:
            vault.subject_rights.erase(act.subject_id, witness(vault), ErasureReason.REQUESTED)

    def _enrol(self, enrolment: Enrolment) -> None:
        """As the enrolment service does it: what the register has of this very enrolment, and the vault lacked, is
        saved already, though its number is taken."""
        try:
            self._vault.save(enrolment)
        except UsageError:
            if not self._vault.people.holds(enrolment):
                raise

    def _told(self, state: FollowedState) -> None:
        if state.has_changed:
            self._take_changed()

    def _take_changed(self) -> None:
        for subject_id, references in self._vault.searches.changed_references().items():
            self._searched[subject_id] = len(references)

    def _read_all(self) -> None:
        for modality in (Modality.FACE, Modality.FINGERPRINT):
            for held in self._vault.all_references(modality):
                self._searched[held.subject_id] = self._searched.get(held.subject_id, 0) + 1

    def _waits(self) -> bool:
        with self._vault._state.database.reading() as connection:
            facts = read_facts(connection)
        return are_noted(facts) or are_unsent(facts)
