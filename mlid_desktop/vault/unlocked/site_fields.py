"""A site's own fields in an unlocked vault: their schema, which two people change, and values that are destroyed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import BackupCopy, ErasureReason
from mlid_desktop.site_fields.schema import FieldSchema, Values, dropped_fields, next_schema
from mlid_desktop.site_fields.writing import schema_bytes
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.schema import LEDGER, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import erasure_ledger, repository, site_fields
from mlid_desktop.vault.unlocked.backups import known_backups
from mlid_desktop.vault.unlocked.erasure import field_erasure
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.state import VaultState

PEOPLE_AT_A_TIME: Final = 20  # a fraction of a second: what is asked at the desk comes in between
PROBES: Final = "field-probes"  # the fact that counts how often somebody's value was typed for another person
MOST_PROBES: Final = 20  # within an hour: more is no mistyping, but a search for who has what
PROBED_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A schema that was stored. ``erasing`` is how many people are to be looked at for values of fields that are gone;
    ``backups`` may still hold such values."""

    schema: FieldSchema
    gone: tuple[str, ...] = ()
    erasing: int = 0
    backups: tuple[BackupCopy, ...] = ()


class SiteFields:
    """The schema of the site's own fields, signed by supervisors, and what hangs on it."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys

    def schema(self) -> FieldSchema:
        """The fields in force. Raises VaultError(VAULT_DAMAGED) where no supervisor signed them."""
        self._state.require_open()
        with self._state.database.reading() as connection:
            return self._state.fields(connection)

    def store(self, after: FieldSchema, second: SecondPerson | None) -> FieldChange:
        """Puts another schema in force, as the next version; it takes two. What stood in fields that are gone is to be
        destroyed: :meth:`erase_next`. Raises UsageError(USAGE_FIELDS_BUSY) while that is not through,
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        state = self._state
        state.require(Act.CHANGE_FIELDS)
        if self.people_left():
            raise UsageError(Code.USAGE_FIELDS_BUSY)
        confirmed = state.require_two(Act.CHANGE_FIELDS, second)
        signing = signing_key(state.keys.roots, state.identity)
        with state.shared.held(is_long=True), state.sharing() as transaction:
            before = state.fields(transaction.connection)
            stored = self._next(transaction, before, after)
            content = schema_bytes(stored)
            signed_values.write(transaction, site_fields.GOVERNED_NAME, content, signing, state.identity)
            gone = dropped_fields(before, stored)
            if _unique(before) != _unique(stored):
                people = repository.everybody(transaction.connection, state.keys.subjects)
                site_fields.index_anew(transaction, stored, people, state.keys.subjects)
            if gone:
                field_erasure.begin_erasing(transaction, {known.key: "" for known in gone})
            digest = hashlib.sha256(content).hexdigest()
            state.record(
                transaction,
                "fields.changed",
                number=stored.version,
                digest=digest,
                second=confirmed,
                entries=len(stored.fields),
                erased=len(gone),
            )
        left = self.people_left()
        return FieldChange(stored, tuple(known.name for known in gone), left, self._backups() if gone else ())

    def due(self) -> Mapping[str, int]:
        """Of how many people a value's period is over today, by the names of fields."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            today, schema = self._state.time_in(connection).now.date(), self._state.fields(connection)
            seen = {row.subject: row.seen for row in connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.seen))}
            last = {known.key: (today - timedelta(days=known.days)).isoformat() for known in schema.fields}
            found: dict[str, int] = {}
            for person in repository.everybody(connection, self._state.keys.subjects):
                for key, _ in schema.known(person.fields):
                    if seen[person.subject_id] <= last[key]:
                        found[schema.by_key[key].name] = found.get(schema.by_key[key].name, 0) + 1
            return found

    def erase_due(self, second: SecondPerson | None) -> int:
        """Begins to destroy the values whose period is over, as :meth:`erase_next` goes on with; it takes two. Gives
        how many people are to be looked at. Raises VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        due = self.due()
        confirmed = self._state.require_two(Act.ERASE, second)
        with self._state.changing() as transaction:
            schema = self._state.fields(transaction.connection)
            today = transaction.now.date()
            keys = {
                known.key: (today - timedelta(days=known.days)).isoformat()
                for known in schema.fields
                if known.name in due
            }
            if keys:
                field_erasure.begin_erasing(transaction, keys)
                self._state.record(transaction, "fields.erasing", entries=len(keys), second=confirmed)
        return self.people_left()

    def people_left(self) -> int:
        """How many people are still to be looked at for values that are to be destroyed, 0 where nothing is."""
        self._state.require_open()
        with self._state.database.reading() as connection:
            if field_erasure.erasing(read_facts(connection)) is None:
                return 0
            return max(1, field_erasure.people_left(connection))

    def erase_next(self) -> int:
        """Destroys the values that are to be destroyed of the next people, durable when this returns, and gives how
        many people are left. With the last of them the bucket keys that wrapped theirs go, the ledger remembers the
        fields that are gone, and the keys in backups are renewed. Takes nobody's leave: two people gave it. Raises
        VaultError."""
        state = self._state
        state.require(Act.VERIFY)
        if not self.people_left():
            return 0
        with state.sharing() as transaction:
            done = field_erasure.erase_of_next(transaction, PEOPLE_AT_A_TIME, state.keys.subjects)
        if done:
            return self.people_left()
        with state.database.reading() as connection:
            through = field_erasure.erasing(read_facts(connection))
        buckets = frozenset[int]() if through is None else through.buckets
        self._keys.erase(buckets, self._remember, "fields.erased")
        state.forget_directory()
        return 0

    def require_unused(self, subject_id: str, values: Values) -> None:
        """Raises UsageError(USAGE_FIELD_TAKEN) where somebody else has a value that nobody may have twice. That it
        happened is noted, not what was typed; after 20 times within an hour nothing is answered for the rest of it
        (USAGE_FIELDS_PROBED), and everybody is told."""
        state = self._state
        with state.reading(Act.ENROL) as connection:
            schema, now = state.fields(connection), state.time_in(connection).now
            since, count = _probes(read_facts(connection))
            asks = any(known.unique and known.key in dict(values) for known in schema.fields)
            is_recent = abs(now.timestamp() - since) < PROBED_WITHIN.total_seconds()
            if asks and is_recent and count >= MOST_PROBES:
                raise UsageError(Code.USAGE_FIELDS_PROBED)
            try:
                site_fields.require_unused(connection, [(subject_id, values)], schema, state.keys.subjects)
            except UsageError as found:
                taken = found
            else:
                return
        with state.changing() as transaction:
            since, count = (since, count + 1) if is_recent else (now.timestamp(), 1)
            transaction.facts[PROBES] = json.dumps([since, count]).encode()
            state.record(transaction, "field.taken", subject=subject_id, name=str(taken.facts["field"]))
            if count == MOST_PROBES:
                give_notice(transaction, NoticeKind.FIELDS_PROBED, state.operator.name)
        raise taken

    def _next(self, transaction: Transaction, before: FieldSchema, after: FieldSchema) -> FieldSchema:
        """The next version: one that no field of the ledger has, as a restored backup may know an earlier one alone."""
        gone = frozenset(transaction.connection.execute(sa.select(LEDGER.c.subject)).scalars())
        last, identity = before.version, self._state.identity
        while True:
            stored = next_schema(before, after, last)
            if not any(site_fields.ledger_name(identity, known.key) in gone for known in stored.fields):
                return stored
            last = stored.version

    def _remember(self, transaction: Transaction) -> None:
        now = field_erasure.erasing(transaction.facts)
        for key, day in ({} if now is None else now.keys).items():
            name = site_fields.ledger_name(self._state.identity, key)
            known = sa.select(LEDGER.c.subject).where(LEDGER.c.subject == name)
            if not day and transaction.connection.execute(known).first() is None:
                erasure_ledger.append(transaction, name, ErasureReason.FIELD)
        transaction.facts.pop(field_erasure.ERASING, None)

    def _backups(self) -> tuple[BackupCopy, ...]:
        with self._state.database.reading() as connection:
            known = known_backups(read_facts(connection))
        return tuple(BackupCopy(backup.backup_id, backup.made_at, backup.location) for backup in known)


def _unique(schema: FieldSchema) -> frozenset[str]:
    return frozenset(known.key for known in schema.fields if known.unique)


def _probes(facts: Mapping[str, bytes]) -> tuple[float, int]:
    """Since when, and how often. Raises VaultError(VAULT_DAMAGED)."""
    try:
        since, count = json.loads(facts.get(PROBES, b"[0, 0]"))
        return float(since), int(count)
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROBES) from None
