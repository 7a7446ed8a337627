"""Portraits: one small picture of a person who chose that, each under a wrapped key of its own (FORMAT.md, section 19).

The identifier of a portrait stands in the person's profile, so that one that is missing or was exchanged is noticed. A
portrait is destroyed like a person: its key is gone once all other keys are wrapped anew, and the ledger names it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.domain.templates import Portrait
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, new_key, seal, unbind, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.store.schema import PORTRAIT_KEYS, PORTRAITS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys, in_bucket

PORTRAIT = "portrait"
PARTS = 3
KEY_COLUMNS = [column.name for column in PORTRAIT_KEYS.columns]


def insert_all(transaction: Transaction, enrolments: Sequence[Enrolment], keys: SubjectKeys) -> None:
    """Inserts the portraits of people who are enrolled in the same change, each under a new key."""
    pictures: list[dict[str, Cell]] = []
    wrapped: list[dict[str, Cell]] = []
    for enrolment in enrolments:
        portrait, subject_id = enrolment.portrait, enrolment.subject_id
        if portrait is None:
            continue
        key, names = new_key(), {"portrait": portrait.portrait_id, "subject": subject_id}
        wrapped.append({"subject": subject_id, "portrait": portrait.portrait_id, **wrapped_key(names, key, keys)})
        pictures.append({**names, "sealed": seal(key, _plain(portrait), _context(PORTRAIT, names, keys))})
        wipe(key)
    transaction.insert(PORTRAITS, pictures)
    transaction.insert(PORTRAIT_KEYS, wrapped)


def read(connection: Connection, subject_id: str, portrait_id: str, keys: SubjectKeys) -> Portrait:
    """Opens the portrait that a person's profile names. Raises VaultError(VAULT_DAMAGED) where it is missing or another
    one."""
    asked = sa.select(PORTRAIT_KEYS.c.wrapped_key).where(
        PORTRAIT_KEYS.c.subject == subject_id, PORTRAIT_KEYS.c.portrait == portrait_id
    )
    wrapped = connection.execute(asked).scalar()
    row = connection.execute(sa.select(PORTRAITS).where(PORTRAITS.c.portrait == portrait_id)).first()
    if wrapped is None or row is None:
        raise VaultError(Code.VAULT_DAMAGED, what=PORTRAIT)
    key = bytearray(unwrapped_key({"subject": subject_id, "portrait": portrait_id, "wrapped_key": wrapped}, keys))
    try:
        return _read(open_portrait(row._asdict(), key, keys), portrait_id)
    finally:
        wipe(key)


def open_portrait(row: Mapping[str, Any], key: bytes | bytearray, keys: SubjectKeys) -> bytes:
    """The plaintext of a portrait's row. Raises VaultError(VAULT_DAMAGED)."""
    return unseal(key, row["sealed"], _context(PORTRAIT, row, keys), PORTRAIT)


def sealed_anew(row: Mapping[str, Any], plain: bytes, key: bytes, keys: SubjectKeys) -> dict[str, Any]:
    """A portrait's row under another key."""
    return {**row, "sealed": seal(key, plain, _context(PORTRAIT, row, keys))}


def delete_of(transaction: Transaction, subject_id: str) -> None:
    """Deletes the portrait of a person. Its key can be had until those that remain are wrapped anew."""
    transaction.delete(PORTRAITS, PORTRAITS.c.subject == subject_id)
    transaction.delete(PORTRAIT_KEYS, PORTRAIT_KEYS.c.subject == subject_id)


def owners(connection: Connection, portrait_ids: Collection[str] | None = None) -> dict[str, str]:
    """Whose portrait each of these is, of those that are here; of all where none are named."""
    rows = connection.execute(sa.select(PORTRAIT_KEYS.c.portrait, PORTRAIT_KEYS.c.subject)).all()
    return {portrait: subject for portrait, subject in rows if portrait_ids is None or portrait in portrait_ids}


def rewrap(transaction: Transaction, old: SubjectKeys, new: SubjectKeys, bucket: int) -> None:
    """Wraps the keys of a bucket's portraits anew, so that those of deleted ones cannot be had any more."""

    def anew(row: Sequence[Any]) -> tuple[Any, ...]:
        cells = dict(zip(KEY_COLUMNS, row, strict=True))
        return tuple({**cells, **wrapped_key(cells, unwrapped_key(cells, old), new)}.values())

    subject = PORTRAIT_KEYS.c.subject
    transaction.rewrite(PORTRAIT_KEYS, subject, PORTRAIT_KEYS.c.wrapped_key, anew, in_bucket(subject, bucket))


def bare_keys(connection: Connection, keys: SubjectKeys) -> dict[str, bytes]:
    """The key of every portrait, unwrapped, by the portrait's identifier; none in a database of an earlier format, of
    which a backup is made before it is migrated. Raises VaultError(VAULT_DAMAGED)."""
    if not sa.inspect(connection).has_table(PORTRAIT_KEYS.name):
        return {}
    rows = connection.execute(sa.select(PORTRAIT_KEYS)).all()
    return {row.portrait: unwrapped_key(row._asdict(), keys) for row in rows}


def require_whole(connection: Connection, named: Mapping[str, str], keys: SubjectKeys) -> int:
    """Opens every portrait; ``named`` are those that profiles name, by person, "" where there is none. Gives how many
    there are. Raises VaultError(VAULT_DAMAGED) where one is missing, or is nobody's."""
    here = owners(connection)
    if any(named.get(subject_id) != portrait_id for portrait_id, subject_id in here.items()):
        raise VaultError(Code.VAULT_DAMAGED, what=PORTRAIT)
    kept = {subject_id: portrait_id for subject_id, portrait_id in named.items() if portrait_id}
    for subject_id, portrait_id in kept.items():
        read(connection, subject_id, portrait_id, keys)
    return len(kept)


def wrapped_key(names: Mapping[str, Any], key: bytes | bytearray, keys: SubjectKeys) -> dict[str, bytes]:
    """The cell of a portrait's key, wrapped; ``names`` has ``subject`` and ``portrait``."""
    return {"wrapped_key": seal(keys.wrap_for(names["subject"]), key, _context("portrait-key", names, keys))}


def unwrapped_key(row: Mapping[str, Any], keys: SubjectKeys) -> bytes:
    """Unwraps the key of a row as :data:`PORTRAIT_KEYS` has it. Raises VaultError(VAULT_DAMAGED)."""
    key = unseal(keys.wrap_for(row["subject"]), row["wrapped_key"], _context("portrait-key", row, keys), PORTRAIT)
    if len(key) != KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=PORTRAIT)
    return key


def _plain(portrait: Portrait) -> bytes:
    return bind(portrait.taken_at.isoformat().encode(), portrait.source.encode(), portrait.picture)


def _read(plain: bytes, portrait_id: str) -> Portrait:
    try:
        taken_at, source, picture = unbind(plain, PARTS)
        return Portrait(picture, datetime.fromisoformat(taken_at.decode()), source.decode(), portrait_id)
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=PORTRAIT) from None


def _context(purpose: str, names: Mapping[str, Any], keys: SubjectKeys) -> bytes:
    return bind(purpose.encode(), keys.header, names["portrait"].encode(), names["subject"].encode())
