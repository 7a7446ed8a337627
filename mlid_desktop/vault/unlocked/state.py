"""The state that all services of an unlocked vault share: its keys, one way to read and one to write, and the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditFact
from mlid_desktop.domain.errors import Code, ModelError, RegisterError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.roles import LEADING
from mlid_desktop.domain.subjects import Enrolment, Operator, SubjectSummary
from mlid_desktop.domain.templates import Grade
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.keys import slot_register
from mlid_desktop.vault.keys.accounts import accounts_of
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.keys.key_file import KEY_FILE, VAULT_FORMAT
from mlid_desktop.vault.keys.key_file_codec import MAXIMUM_KEY_FILE, KeyFile, read_key_file, write_key_file
from mlid_desktop.vault.second_person import (
    Act,
    Desk,
    Ruling,
    SecondPerson,
    SecondPersons,
    judge,
    require_permitted,
    require_ruling,
)
from mlid_desktop.vault.store import own_time
from mlid_desktop.vault.store.atomic_files import FolderLock, read_whole
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.rollback_head import Head
from mlid_desktop.vault.store.transaction import FORMAT, UPKEEP, Transaction, head_of, read_facts
from mlid_desktop.vault.store.vault_time import VaultTime, advance_latest, vault_time
from mlid_desktop.vault.subjects import attempt_counter, founding, site_fields, suspicion_log
from mlid_desktop.vault.unlocked.register.shared_changes import DeskAlone, SharedChanges


class VaultState:
    """The state of an unlocked vault, shared by :class:`~mlid_desktop.vault.unlocked.vault.Vault` and its services and
    by nobody else. Every method raises VaultError(VAULT_LOCKED) after :meth:`lock`, and RuntimeError on another thread
    than the one that unlocked the vault."""

    def __init__(
        self,
        folder: Path,
        folder_lock: FolderLock,
        key_file: KeyFile,
        operator: Operator,
        keys: VaultKeys,
        database: DatabaseBackend,
        head: Head,
        clock: Clock,
        desk_keys: DeskKeys | None,
    ) -> None:
        self.folder = folder
        self.key_file = key_file
        self.operator = operator
        self.keys = keys
        self.second_persons = SecondPersons()
        self.clock = clock
        self.database = database
        self.desk_keys = desk_keys
        self.commits = Commits(folder, database, head, keys.head, key_file.identity, desk_keys)
        self.folder_lock = folder_lock
        self.directory: dict[str, SubjectSummary] | None = None  # everybody, once asked for
        self.stale: set[str] = set()  # people whose summaries in the directory are not the present ones
        self.changed: set[str] = set()  # people whose references changed since that was last asked
        self.shared: SharedChanges = DeskAlone()
        self._at_lock: list[Callable[[], None]] = []
        self._thread = threading.get_ident()
        self._locked = False

    @property
    def identity(self) -> VaultIdentity:
        """The vault's identity, with whether it is a demo vault."""
        return self.key_file.identity

    def require_open(self) -> None:
        """Raises VaultError(VAULT_LOCKED), RuntimeError on another thread."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("only the thread that unlocked the vault may use it")
        if self._locked:
            raise VaultError(Code.VAULT_LOCKED)

    def require(self, act: Act) -> None:
        """Raises VaultError(VAULT_NOT_PERMITTED) where the operator's role does not permit the act, and
        RegisterError(REGISTER_LED_ELSEWHERE) where the desk that leads the register alone may do it."""
        self.require_open()
        require_permitted(self.operator, act)
        if act in LEADING and not self.shared.leads:
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)

    def desk(self) -> Desk:
        """What the rule of two persons has to know of this vault now."""
        self.require_open()
        with self.database.reading() as connection:
            facts, entries = read_facts(connection), slot_register.read_slots(connection)
        accounts = accounts_of(self.key_file.control.grants, entries, facts, self.clock)
        return Desk(accounts, founding.read_founding(facts), founding.has_real_people(facts))

    def own_slot(self) -> str:
        """The slot of who unlocked the vault."""
        return self.key_file.grant(self.operator.name).public.hex()

    def ruling(self, act: Act, second: str | None = None, *, leaving: str = "", is_shipped: bool = False) -> Ruling:
        """Whether the act may be done now, alone or confirmed by the holder of this slot."""
        return judge(act, self.own_slot(), second, self.desk(), leaving=leaving, is_shipped=is_shipped)

    def require_two(self, act: Act, second: SecondPerson | None, *, leaving: str = "", is_shipped: bool = False) -> str:
        """The second person's name, where the act needs one: "" otherwise. The confirmation is used up. What one may
        do alone for the time being is noted in the audit as that. Raises VaultError(VAULT_NOT_PERMITTED,
        VAULT_SECOND_PERSON_NEEDED, VAULT_NOBODY_TO_SECOND, VAULT_SECOND_MUST_WAIT, VAULT_SECOND_IS_NOBODY,
        VAULT_RECOVERY_CODE_ALONE)."""
        self.require(act)
        slot = self.second_persons.use(second)
        ruling = self.ruling(act, slot, leaving=leaving, is_shipped=is_shipped)
        require_ruling(ruling)
        if ruling.alone:
            self.record_alone("act.alone", name=act.value, reason=ruling.alone)
        return "" if second is None else second.operator.name

    def require_operational(self, enrolments: Sequence[Enrolment]) -> None:
        """Refuses templates of models for evaluation outside demo vaults. Raises ModelError(MODEL_EVALUATION_ONLY)."""
        captures = [capture for enrolment in enrolments for capture in enrolment.captures]
        made = [capture.template for capture in captures if capture.template is not None]
        if not self.identity.demo and any(template.extractor.grade is Grade.EVALUATION for template in made):
            raise ModelError(Code.MODEL_EVALUATION_ONLY)

    @contextmanager
    def reading(self, act: Act) -> Iterator[Connection]:
        """A consistent view of the database, where the operator's role permits the act. Raises VaultError."""
        self.require(act)
        with self.database.reading() as connection:
            yield connection

    def fields(self, connection: Connection) -> FieldSchema:
        """The site's own fields, as they are in force. Raises VaultError(VAULT_DAMAGED)."""
        return site_fields.schema_in(connection, self.key_file.control.verify_key, self.identity)

    def time(self) -> VaultTime:
        """The time that the vault goes by. Raises VaultError."""
        self.require_open()
        with self.database.reading() as connection:
            return self.time_in(connection)

    def time_in(self, connection: Connection) -> VaultTime:
        """As :meth:`time`, in a view of the database that is open."""
        return vault_time(read_facts(connection), self.identity.created_at, self.clock)

    def trust_clock(self) -> None:
        """Takes the time of the machine's clock for the vault's, where the vault has seen a later one or rested for
        years: somebody set the clock right. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self.require(Act.SET_CLOCK)
        with self.changing(at=self.clock.now()) as transaction:
            advance_latest(transaction, is_trusted=True)
            self.record(transaction, "clock.trusted")

    def sharing(self, committed: Callable[[], None] = lambda: None) -> AbstractContextManager[Transaction]:
        """As :meth:`changing`, of what desks of a register share: in step with what others changed, and after the
        register has it. Raises RegisterError too, where it cannot be reached for one."""
        return self.shared.turn(partial(self.changing, committed))

    @contextmanager
    def changing(
        self,
        committed: Callable[[], None] = lambda: None,
        *,
        at: datetime | None = None,
        applying: bool = False,
        keys: VaultKeys | None = None,
    ) -> Iterator[Transaction]:
        """One transaction, at the vault's present time or ``at`` another; a clock that was set back is recorded.
        ``committed`` runs once it is in the database; ``applying``: what came of a register is applied; ``keys``: those
        in force after it. Raises VaultError, and RegisterError where a register does not take what desks share."""
        self.require_open()
        self.folder_lock.keep()
        marker, made_at = self.keys.subjects.marker, self.identity.created_at
        shared: SharedChanges = DeskAlone() if applying else self.shared
        try:
            now = at or (lambda facts: vault_time(facts, made_at, self.clock).now)
            with self.commits.transaction(
                marker, now, self.key_file.generation, committed, shared.publish
            ) as transaction:
                self._begin(transaction)
                shared.begin(transaction)
                yield transaction
                shared.stage(transaction, keys or self.keys)
        except BaseException:
            shared.abandon()
            raise
        shared.committed(transaction)

    def _begin(self, transaction: Transaction) -> None:
        """Notes the time, and what follows of it."""
        set_back = attempt_counter.notice_time(transaction)
        is_present = transaction.counter(FORMAT) == VAULT_FORMAT  # not while a vault is backed up before migrating
        if is_present and own_time.advance(transaction, self.clock):
            slot_register.begin_waits_anew(transaction)
        if is_present:
            advance_latest(transaction)
        if set_back and is_present:
            suspicion_log.count_from_now(transaction)
        if set_back:
            self.record(transaction, "clock.set_back", seconds=int(set_back))
            transaction.act = UPKEEP  # what follows is what the change is about

    def record(self, transaction: Transaction, event: str, **facts: AuditFact) -> None:
        """Appends an audit entry in the same transaction as the act, with the name of the operator. Raises ValueError
        for an event or fact that ``vault.audit.events`` does not list."""
        audit_log.append(transaction, self.keys.audit, event, {"operator": self.operator.name, **facts})

    def record_alone(self, event: str, **facts: AuditFact) -> None:
        """Appends an audit entry in a transaction of its own."""
        with self.changing() as transaction:
            self.record(transaction, event, **facts)

    def write_key_file(self, key_file: KeyFile) -> None:
        """Replaces the key file on disk, then in memory. Raises VaultError, VAULT_IN_USE where another process did."""
        self._require_own_key_file()
        write_key_file(self.folder, key_file, self.keys.roots.data)
        self.key_file = key_file

    def require_sole(self) -> None:
        """Raises VaultError(VAULT_IN_USE) where another process changed the vault since this one did."""
        self._require_own_key_file()
        with self.database.reading() as connection:
            if head_of(read_facts(connection)).generation != self.commits.head.generation:
                raise VaultError(Code.VAULT_IN_USE)

    def _require_own_key_file(self) -> None:
        self.folder_lock.keep()
        there = read_key_file(read_whole(self.folder / KEY_FILE, MAXIMUM_KEY_FILE))
        if there.generation != self.key_file.generation:
            raise VaultError(Code.VAULT_IN_USE)

    def settle_key_file(self) -> None:
        """Finishes or abandons an interrupted erasure: only the bucket keys in force stay. Raises VaultError."""
        if not self.shared.is_settled:
            return
        unsettled = self.key_file.pending or self.key_file.rotation
        if unsettled or self.key_file.subject_wrap != self.keys.wrapped:
            self.write_key_file(self.key_file.with_wrap(self.keys.wrapped, pending=b""))

    def signing_desk(self) -> DeskKeys:
        """The desk that signs. Raises RuntimeError before a vault of an earlier format is migrated."""
        if self.desk_keys is None:
            raise RuntimeError("no desk signs yet what is changed")
        return self.desk_keys

    def adopt_desk(self, keys: DeskKeys) -> None:
        """Signs with these keys from now on."""
        self.desk_keys = self.commits.desk = keys

    def forget_directory(self) -> None:
        """Drops the directory of people, which is built anew when next asked for."""
        self.directory = None
        self.stale.clear()

    def note_changed(self, *subject_ids: str) -> None:
        """Notes that these people came, went or changed: what was read of them is read again when next asked for."""
        self.note_summary_changed(*subject_ids)
        self.changed.update(subject_ids)

    def note_summary_changed(self, *subject_ids: str) -> None:
        """Notes that the summaries of these people changed, and their references did not."""
        self.stale.update(subject_ids)

    def at_lock(self, wipe: Callable[[], None]) -> None:
        """Runs this too when the vault is locked."""
        self._at_lock.append(wipe)

    def lock(self) -> None:
        """Locks the vault: wipes the keys and drops everything read; callable more than once."""
        if self._locked:
            return
        self.require_open()
        self._locked = True
        self.directory = None
        self.stale.clear()
        self.changed.clear()
        for wipe in self._at_lock:
            wipe()
        self.database.close()
        self.keys.wipe()
        if self.desk_keys is not None:
            self.desk_keys.wipe()
        self.folder_lock.release()
