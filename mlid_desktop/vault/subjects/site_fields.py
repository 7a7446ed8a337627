"""A site's own fields in the database: their schema, and the index of what nobody may have twice (FORMAT.md, 18).

A value stands in the person's profile, under the key of its field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldSchema, Values, unique_key
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.schema import FIELD_INDEX, LEDGER
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

GOVERNED_NAME: Final = signed_values.BLOB_PREFIX + "fields"
LONGEST_DAYS: Final = 36_525  # of a schema that was stored: what the people agreed to was asked then
BLINDS_AT_A_TIME: Final = 500


def ledger_name(identity: VaultIdentity, key: str) -> str:
    """The identifier under which the ledger remembers that the values of a field were destroyed."""
    return hashlib.sha256(bind(b"site-field", bytes.fromhex(identity.vault_id), key.encode())).hexdigest()[:32]


def schema_of(value: bytes | None, identity: VaultIdentity, gone: Collection[str]) -> FieldSchema:
    """The schema that a governed value says, without the fields that the ledger (``gone``: its identifiers) says are
    gone: a backup may bring an earlier schema back. Raises VaultError(VAULT_DAMAGED)."""
    schema = NO_FIELDS if value is None else _read(bytes(value))
    return schema.without(known.key for known in schema.fields if ledger_name(identity, known.key) in gone)


def schema_in(connection: Connection, verify_key: bytes, identity: VaultIdentity) -> FieldSchema:
    """The schema in force. Raises VaultError(VAULT_DAMAGED) where no supervisor signed it."""
    value = signed_values.read(connection, GOVERNED_NAME, verify_key, identity)
    if value is None:
        return NO_FIELDS
    return schema_of(value, identity, frozenset(connection.execute(sa.select(LEDGER.c.subject)).scalars()))


def index(
    transaction: Transaction, people: Iterable[tuple[str, Values]], schema: FieldSchema, keys: SubjectKeys
) -> None:
    """Puts the values of people into the index of what nobody may have twice, in place of what it has of them."""
    rows: list[dict[str, Cell]] = []
    for subject_id, values in people:
        unindex(transaction, subject_id, keys)
        rows += index_rows(subject_id, values, schema, keys)
    transaction.insert(FIELD_INDEX, rows)


def index_rows(subject_id: str, values: Values, schema: FieldSchema, keys: SubjectKeys) -> list[dict[str, Cell]]:
    """The rows of one person in the index."""
    return [
        {"blind": keys.blind_value(key, unique_key(value)), "owner": keys.blind_owner(subject_id), "field": key}
        for key, value in values
        if key in schema.by_key and schema.by_key[key].unique
    ]


def unindex(transaction: Transaction, subject_id: str, keys: SubjectKeys) -> None:
    """Takes a person out of the index."""
    transaction.delete_with(FIELD_INDEX, {"owner": keys.blind_owner(subject_id)})


def index_anew(
    transaction: Transaction, schema: FieldSchema, people: Iterable[SubjectSummary], keys: SubjectKeys
) -> None:
    """Makes the index for a new schema, of everybody. People who share a value already keep it; nobody else gets it."""
    transaction.delete(FIELD_INDEX)
    if any(known.unique for known in schema.fields):
        rows = [row for person in people for row in index_rows(person.subject_id, person.fields, schema, keys)]
        transaction.insert(FIELD_INDEX, rows)


def require_unused(
    connection: Connection, people: Iterable[tuple[str, Values]], schema: FieldSchema, keys: SubjectKeys
) -> None:
    """Raises UsageError(USAGE_FIELD_TAKEN) with the field's name where somebody else has a value that nobody may have
    twice; who that is, is not said."""
    wanted: dict[bytes, tuple[bytes, str]] = {}
    for subject_id, values in people:
        for row in index_rows(subject_id, values, schema, keys):
            name = schema.by_key[str(row["field"])].name
            owner = keys.blind_owner(subject_id)
            if wanted.setdefault(_blind(row), (owner, name))[0] != owner:
                raise UsageError(Code.USAGE_FIELD_TAKEN, field=name)
    blinds = list(wanted)
    for start in range(0, len(blinds), BLINDS_AT_A_TIME):
        asked = FIELD_INDEX.c.blind.in_(blinds[start : start + BLINDS_AT_A_TIME])
        for blind, owner in connection.execute(sa.select(FIELD_INDEX.c.blind, FIELD_INDEX.c.owner).where(asked)):
            if bytes(owner) != wanted[bytes(blind)][0]:
                raise UsageError(Code.USAGE_FIELD_TAKEN, field=wanted[bytes(blind)][1])


@lru_cache(maxsize=4)
def _read(value: bytes) -> FieldSchema:
    try:
        return read_schema(value, LONGEST_DAYS)
    except UsageError:
        raise VaultError(Code.VAULT_DAMAGED, what=GOVERNED_NAME) from None


def _blind(row: Mapping[str, Cell]) -> bytes:
    blind = row["blind"]
    return blind if isinstance(blind, bytes) else b""
