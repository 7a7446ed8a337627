"""What every part of an unlocked vault stands on: its keys, one reading and one changing road, and the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditFact
from mlid_desktop.domain.errors import Code, ModelError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.subjects import Enrolment, Operator, SubjectSummary
from mlid_desktop.domain.templates import Grade
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.keys.key_file_codec import KeyFile, write_key_file
from mlid_desktop.vault.second_person import Act, SecondPerson, SecondPersons, require_permitted
from mlid_desktop.vault.store.atomic_files import FolderLock
from mlid_desktop.vault.store.commit import Generations
from mlid_desktop.vault.store.rollback_head import Head
from mlid_desktop.vault.store.sqlcipher import Database
from mlid_desktop.vault.store.transaction import Change
from mlid_desktop.vault.subjects import attempt_counter


class Workings:
    """The parts of :class:`~mlid_desktop.vault.unlocked.vault.Vault` inherit it, each in a file of its own."""

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        key_file: KeyFile,
        operator: Operator,
        keys: VaultKeys,
        database: Database,
        head: Head,
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._key_file = key_file
        self._operator = operator
        self._keys = keys
        self._seconds = SecondPersons()
        self._database = database
        self._generations = Generations(folder, database, head, keys.head, key_file.identity)
        self._clock = clock
        self._directory: dict[str, SubjectSummary] | None = None
        self._thread = threading.get_ident()
        self._locked = False

    @property
    def identity(self) -> VaultIdentity:
        """Which vault this is, and whether it is a demo vault."""
        return self._key_file.identity

    @property
    def operator(self) -> Operator:
        """Who unlocked it."""
        return self._operator

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Everybody with a slot."""
        return self._key_file.operators

    def require(self, act: Act) -> None:
        """For what is done outside the vault with what it holds. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._require(act)

    def require_two(self, act: Act, second: SecondPerson | None) -> str:
        """As :meth:`require`, for what takes two; the second person's name. Raises VaultError(VAULT_NOT_PERMITTED,
        VAULT_SECOND_PERSON_NEEDED)."""
        return self._require_two(act, second)

    def lock(self) -> None:
        """Wipes the keys and drops everything read; callable more than once."""
        if self._locked:
            return
        self._require_open()
        self._locked = True
        self._directory = None
        self._database.close()
        self._keys.wipe()
        self._lock.give_back()

    def settle_key_file(self) -> None:
        """Leaves in the key file only the subject-wrap key that is in force: finishes or forgets an erasure that was
        interrupted. Raises VaultError."""
        unsettled = self._key_file.pending or self._key_file.rotation
        if unsettled or self._key_file.subject_wrap != self._keys.wrapped:
            self._write_key_file(self._key_file.with_wrap(self._keys.wrapped, pending=b""))

    @contextmanager
    def _reading(self, act: Act) -> Iterator[Connection]:
        self._require(act)
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def _change(self, committed: Callable[[], None] = lambda: None) -> Iterator[Change]:
        """One change, at the present time; a clock that was set back is noted."""
        now, marker = self._clock.now(), self._keys.subjects.marker
        with self._generations.change(marker, now, self._key_file.generation, committed) as change:
            set_back = attempt_counter.notice_time(change)
            if set_back:
                self._enter(change, "clock.set_back", seconds=int(set_back))
            yield change

    def _enter(self, change: Change, event: str, **facts: AuditFact) -> None:
        """An entry of the audit in the same transaction as the act, with the name of who is at the desk. Raises
        ValueError for an event or fact that ``vault.audit.events`` does not list."""
        audit_log.append(change, self._keys.audit, event, {"operator": self._operator.name, **facts})

    def _note(self, event: str, **facts: AuditFact) -> None:
        """An entry of the audit by itself."""
        with self._change() as change:
            self._enter(change, event, **facts)

    def _write_key_file(self, key_file: KeyFile) -> None:
        write_key_file(self._folder, key_file, self._keys.roots.data)
        self._key_file = key_file

    def _require(self, act: Act) -> None:
        self._require_open()
        require_permitted(self._operator, act)

    def _require_two(self, act: Act, second: SecondPerson | None) -> str:
        """The second person's name, where the act needs one: "" otherwise. The confirmation is used up."""
        self._require(act)
        self._seconds.use(act, second)
        return "" if second is None else second.operator.name

    def _require_operational(self, enrolments: Sequence[Enrolment]) -> None:
        """Models for evaluation make templates for demo vaults alone. Raises ModelError(MODEL_EVALUATION_ONLY)."""
        made = [one.template for enrolment in enrolments for one in enrolment.captures if one.template is not None]
        if not self.identity.demo and any(one.extractor.grade is Grade.EVALUATION for one in made):
            raise ModelError(Code.MODEL_EVALUATION_ONLY)

    def _require_open(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("only the thread that unlocked the vault may use it")
        if self._locked:
            raise VaultError(Code.VAULT_LOCKED)
