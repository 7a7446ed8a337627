"""A vault: created or unlocked by passphrase, used by one thread, locked at the end."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import Enrolment, Operator, Role, SubjectRecord, SubjectSummary, new_identifier
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault import attempts, audit, governed, subjects
from mlid_desktop.vault.attempts import AttemptRecord
from mlid_desktop.vault.database import SUBJECTS, Database, fact, next_digest, set_fact
from mlid_desktop.vault.envelope import KEY_BYTES, bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.files import FolderLock, make_folder, read_whole, write_whole
from mlid_desktop.vault.head import Head, read_head, require_not_rolled_back, write_head
from mlid_desktop.vault.keyfile import KEY_FILE, KeyFile, VaultIdentity, read_key_file, require_authentic
from mlid_desktop.vault.slots import DEFAULT_COST, KdfCost, Roots, make_slot, open_slot
from mlid_desktop.vault.subjects import SubjectKeys

GENERATION_BYTES = 8


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What :meth:`Vault.verify` read and found whole."""

    subjects: int
    records: int
    audit_entries: int


def create_vault(
    folder: Path,
    *,
    operator_name: str,
    passphrase: str,
    demo: bool,
    clock: Clock,
    cost: KdfCost = DEFAULT_COST,
) -> Vault:
    """A new vault; the first person is a supervisor. Raises VaultError: exists, weak passphrase, disk."""
    if (folder / KEY_FILE).exists():
        raise VaultError(Code.VAULT_EXISTS)
    make_folder(folder)
    lock = FolderLock(folder)
    lock.take()
    try:
        roots = Roots(new_key(), new_key())
        identity = VaultIdentity(os.urandom(16).hex(), demo, clock.now())
        operator = Operator(operator_name, Role.SUPERVISOR)
        slot = make_slot(operator, passphrase, roots, identity.header, cost)
        subject_wrap = new_key()
        wrapped = _wrap_subject_key(roots.data, subject_wrap, identity)
        key_file = KeyFile(identity, 1, _verify_key(roots, identity), (slot,), wrapped)
        database = Database(folder, _derived(roots.data, "database", identity), create=True)
        with database.changing() as connection:
            _advance(connection, b"created")
            set_fact(connection, "wrap", hashlib.sha256(wrapped).digest())
        write_head(folder, _head_of(database), _derived(roots.data, "head", identity))
        write_whole(folder / KEY_FILE, key_file.written(roots.data))
    except BaseException:
        lock.give_back()
        raise
    return Vault(folder, lock, key_file, operator, roots, database, subject_wrap, clock)


def unlock_vault(folder: Path, *, operator_name: str | None, passphrase: str, clock: Clock) -> Vault:
    """An existing vault, by the named operator's passphrase (the only one's where no name is given).

    Raises VaultError: not found, in use, unknown operator, wrong passphrase, damaged, rolled back, another version.
    """
    if not (folder / KEY_FILE).is_file():
        raise VaultError(Code.VAULT_NOT_FOUND)
    lock = FolderLock(folder)
    lock.take()
    try:
        untrusted = read_whole(folder / KEY_FILE)
        key_file = read_key_file(untrusted)
        slot = key_file.slot(operator_name)
        roots = open_slot(slot, passphrase, key_file.identity.header)
        require_authentic(untrusted, key_file, roots.data)
        database = Database(folder, _derived(roots.data, "database", key_file.identity), create=False)
    except BaseException:
        lock.give_back()
        raise
    try:
        _require_current(folder, database, roots, key_file)
        key_file = _settled(folder, key_file, database, roots)
        subject_wrap = _unwrap_subject_key(roots.data, key_file.subject_wrap, key_file.identity)
    except BaseException:
        database.close()
        lock.give_back()
        raise
    return Vault(folder, lock, key_file, slot.operator, roots, database, subject_wrap, clock)


class Vault:
    """An unlocked vault. Every method raises VaultError(VAULT_LOCKED) after :meth:`lock`, and RuntimeError on another
    thread than the one that unlocked it."""

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        key_file: KeyFile,
        operator: Operator,
        roots: Roots,
        database: Database,
        subject_wrap: bytearray,
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._key_file = key_file
        self._operator = operator
        self._roots = roots
        self._database = database
        self._clock = clock
        identity = key_file.identity
        self._keys = SubjectKeys(identity, subject_wrap, _derived(roots.data, "blind-index", identity))
        self._head_key = _derived(roots.data, "head", identity)
        self._audit_key = _derived(roots.data, "audit", identity)
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
        return tuple(slot.operator for slot in self._key_file.slots)

    def save(self, enrolment: Enrolment) -> SubjectSummary:
        """Writes an enrolment whole, durable when this returns. Raises UsageError(USAGE_NUMBER_TAKEN), VaultError."""
        self._require_open()
        try:
            with self._change() as connection:
                summary = subjects.insert(connection, enrolment, self._keys)
        except sa.exc.IntegrityError:
            raise UsageError(Code.USAGE_NUMBER_TAKEN) from None
        if self._directory is not None:
            self._directory[summary.subject_id] = summary
        return summary

    def find(self, number: str) -> SubjectSummary | None:
        """The person with this number, by blind index."""
        self._require_open()
        with self._database.reading() as connection:
            return subjects.find(connection, number, self._keys)

    def record(self, subject_id: str) -> SubjectRecord:
        """What is kept about a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        self._require_open()
        with self._database.reading() as connection:
            return subjects.profile(connection, subject_id, self._keys)[0]

    def references(self, subject_id: str) -> tuple[Reference, ...]:
        """A person's stored templates."""
        self._require_open()
        with self._database.reading() as connection:
            return tuple(subjects.references(connection, self._keys, subject_id=subject_id))

    def all_references(self, modality: Modality) -> tuple[Reference, ...]:
        """Every stored template of a modality."""
        self._require_open()
        with self._database.reading() as connection:
            return tuple(subjects.references(connection, self._keys, modality=modality))

    def directory(self) -> tuple[SubjectSummary, ...]:
        """Everybody, from memory: built once after unlocking, wiped when locked."""
        self._require_open()
        if self._directory is None:
            with self._database.reading() as connection:
                self._directory = {one.subject_id: one for one in subjects.everybody(connection, self._keys)}
        return tuple(self._directory.values())

    def erase(self, subject_id: str) -> None:
        """Destroys the person's key: a new subject-wrap key is made, the survivors' keys are wrapped anew, the old one
        is overwritten. Raises VaultError(VAULT_NOT_PERMITTED) for an auditor."""
        self._require_open()
        if self._operator.role is Role.AUDITOR:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        fresh = new_key()
        wrapped = _wrap_subject_key(self._roots.data, fresh, self.identity)
        self._write_key_file(_changed(self._key_file, pending=wrapped))
        successor = SubjectKeys(self.identity, fresh, self._keys.blind)
        with self._change() as connection:
            subjects.delete(connection, subject_id)
            subjects.rewrap(connection, self._keys, successor)
            set_fact(connection, "wrap", hashlib.sha256(wrapped).digest())
        wipe(self._keys.wrap)
        self._keys = successor
        self._write_key_file(_changed(self._key_file, subject_wrap=wrapped, pending=b""))
        if self._directory is not None:
            self._directory.pop(subject_id, None)

    def count_attempt(self, subject_id: str) -> AttemptRecord:
        """Counts an attempt as failed until an acceptance says otherwise; durable when this returns."""
        self._require_open()
        with self._change() as connection:
            return attempts.count(connection, subject_id, self._clock.now())

    def record_outcome(self, subject_id: str, *, accepted: bool) -> None:
        """An acceptance clears the count; a refusal leaves it as it was counted."""
        self._require_open()
        if accepted:
            with self._change() as connection:
                attempts.clear(connection, subject_id)

    def withdraw_attempt(self, subject_id: str) -> None:
        """Takes back the newest counted attempt: nothing was compared."""
        self._require_open()
        with self._change() as connection:
            attempts.withdraw(connection, subject_id)

    def attempts(self, subject_id: str) -> AttemptRecord:
        """Failures in a row, and whether the clock was set back since."""
        self._require_open()
        with self._database.reading() as connection:
            return attempts.read(connection, subject_id, self._clock.now())

    def registered_devices(self) -> tuple[DeviceIdentity, ...]:
        """Devices that a supervisor vouched for: their samples count as live. Raises VaultError for a forged one."""
        self._require_open()
        with self._database.reading() as connection:
            return governed.devices(connection, self._key_file.verify_key, self.identity.header)

    def register_device(self, device: DeviceIdentity) -> None:
        """From now on samples of this device count as live. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._require_open()
        signing = self._signing_key()
        known = self.registered_devices()
        if device not in known:
            with self._change() as connection:
                governed.write_devices(connection, (*known, device), signing, self.identity.header)

    def add_operator(self, name: str, role: Role, passphrase: str, cost: KdfCost | None = None) -> None:
        """Gives another person a slot. Raises VaultError(VAULT_NOT_PERMITTED) where this is no supervisor."""
        self._require_open()
        self._signing_key()
        spent = cost or self._key_file.slot(self._operator.name).cost
        slot = make_slot(Operator(name, role), passphrase, self._roots, self.identity.header, spent)
        self._write_key_file(self._key_file.with_slot(slot))

    def confirm_second(self, name: str, passphrase: str) -> Operator:
        """Another person's consent to an act, proven by passphrase. Raises VaultError."""
        self._require_open()
        if name == self._operator.name:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        slot = self._key_file.slot(name)
        roots = open_slot(slot, passphrase, self.identity.header)
        wipe(roots.data, *([roots.control] if roots.control is not None else []))
        return slot.operator

    def append_audit(self, event: str, facts: Mapping[str, str | int | bool]) -> None:
        """One more entry of the chain. Facts hold no personal or biometric value."""
        self._require_open()
        with self._change() as connection:
            audit.append(connection, event, facts, self._clock.now(), self._audit_key)

    def verify(self) -> VerifyReport:
        """Reads every page, record and audit entry. Raises VaultError naming what is not as it was written."""
        self._require_open()
        _require_current(self._folder, self._database, self._roots, self._key_file)
        self._database.check_pages()
        with self._database.reading() as connection:
            people = sum(1 for _ in subjects.everybody(connection, self._keys))
            found = sum(1 for _ in subjects.references(connection, self._keys))
            governed.devices(connection, self._key_file.verify_key, self.identity.header)
            return VerifyReport(people, people + found, audit.verify(connection, self._audit_key))

    def lock(self) -> None:
        """Drops the keys and everything read; callable more than once."""
        if self._locked:
            return
        self._locked = True
        self._directory = None
        self._database.close()
        control = [] if self._roots.control is None else [self._roots.control]
        wipe(self._roots.data, *control, self._keys.wrap, self._keys.blind, self._head_key, self._audit_key)
        self._lock.give_back()

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        """One transaction, one generation, then the head: success is reported after both are flushed."""
        with self._database.changing() as connection:
            yield connection
            _advance(connection, new_identifier().encode())
        write_head(self._folder, _head_of(self._database), self._head_key)

    def _write_key_file(self, key_file: KeyFile) -> None:
        write_whole(self._folder / KEY_FILE, key_file.written(self._roots.data))
        self._key_file = key_file

    def _signing_key(self) -> Ed25519PrivateKey:
        if self._roots.control is None:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        return _signing_key(self._roots.control, self.identity)

    def _require_open(self) -> None:
        if self._locked:
            raise VaultError(Code.VAULT_LOCKED)
        if threading.get_ident() != self._thread:
            raise RuntimeError("only the thread that unlocked the vault may use it")


def _advance(connection: Connection, written: bytes) -> None:
    generation = int.from_bytes(fact(connection, "generation"), "big") + 1
    digest = fact(connection, "digest") or bytes(32)
    set_fact(connection, "generation", generation.to_bytes(GENERATION_BYTES, "big"))
    set_fact(connection, "before", digest)
    set_fact(connection, "digest", next_digest(digest, written, generation.to_bytes(GENERATION_BYTES, "big")))


def _head_of(database: Database) -> Head:
    with database.reading() as connection:
        return Head(int.from_bytes(fact(connection, "generation"), "big"), fact(connection, "digest"))


def _require_current(folder: Path, database: Database, roots: Roots, key_file: KeyFile) -> None:
    key = _derived(roots.data, "head", key_file.identity)
    with database.reading() as connection:
        before = fact(connection, "before")
    newest = _head_of(database)
    if require_not_rolled_back(newest, before, read_head(folder, key)):
        write_head(folder, newest, key)


def _settled(folder: Path, key_file: KeyFile, database: Database, roots: Roots) -> KeyFile:
    """Finishes or forgets an erasure that a kill interrupted: the database says which subject-wrap key is in force."""
    with database.reading() as connection:
        in_force = fact(connection, "wrap")
    if hashlib.sha256(key_file.subject_wrap).digest() == in_force:
        settled = _changed(key_file, pending=b"") if key_file.pending else key_file
    elif key_file.pending and hmac.compare_digest(hashlib.sha256(key_file.pending).digest(), in_force):
        settled = _changed(key_file, subject_wrap=key_file.pending, pending=b"")
    else:
        raise VaultError(Code.VAULT_ROLLED_BACK)
    if settled is not key_file:
        write_whole(folder / KEY_FILE, settled.written(roots.data))
    return settled


def _changed(key_file: KeyFile, *, pending: bytes, subject_wrap: bytes | None = None) -> KeyFile:
    wrap = key_file.subject_wrap if subject_wrap is None else subject_wrap
    return KeyFile(key_file.identity, key_file.generation + 1, key_file.verify_key, key_file.slots, wrap, pending)


def _derived(root: bytearray, purpose: str, identity: VaultIdentity) -> bytearray:
    return derive(root, purpose, bytes.fromhex(identity.vault_id))


def _wrap_subject_key(root: bytearray, key: bytearray, identity: VaultIdentity) -> bytes:
    return seal(_derived(root, "subject-wrap", identity), bytes(key), bind(b"subject-wrap", identity.header))


def _unwrap_subject_key(root: bytearray, wrapped: bytes, identity: VaultIdentity) -> bytearray:
    key = unseal(_derived(root, "subject-wrap", identity), wrapped, bind(b"subject-wrap", identity.header), KEY_FILE)
    if len(key) != KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)
    return bytearray(key)


def _signing_key(control: bytearray, identity: VaultIdentity) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(_derived(control, "signing", identity)))


def _verify_key(roots: Roots, identity: VaultIdentity) -> bytes:
    if roots.control is None:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    return _signing_key(roots.control, identity).public_key().public_bytes_raw()


__all__ = ["SUBJECTS", "AttemptRecord", "Vault", "VaultIdentity", "VerifyReport", "create_vault", "unlock_vault"]
