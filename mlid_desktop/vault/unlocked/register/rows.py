"""Rows of the vault as items of a register, and back (FORMAT.md, 22).

What SQLCipher hides in a folder the server would see in columns. So a row goes there as it is only where all its cells
are envelopes or keyed hashes; the rest of it is sealed again, of a person under the person's own key, so that erasing
the person closes it in every old copy.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.envelope import bind, derive, seal, unbind, unseal
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.store.changes.change import MARK_BYTES, tallies_digest
from mlid_desktop.vault.store.register.items import Item
from mlid_desktop.vault.store.schema import (
    PORTRAIT_KEYS,
    PORTRAITS,
    RECORDS,
    SHARED,
    SUBJECTS,
    content_columns,
    content_names,
    is_shared,
)
from mlid_desktop.vault.store.statements import Known
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

BY_NAME: Final = {table.name: table for table in SHARED}
KINDS: Final = frozenset(table.name for table in RECORDS.values())
EMPTY: Final = tallies_digest({})
SUBJECT_BYTES: Final = 16
SEQUENCE_BYTES: Final = 4
ROWS_AT_A_TIME: Final = 500

Row = Sequence[Any]  # the content columns of a table, in their order


class SharedRows:
    """Turns the rows that desks share into items and back, with the keys of one vault."""

    def __init__(self, keys: VaultKeys, identity: VaultIdentity) -> None:
        self._people: SubjectKeys = keys.subjects
        self._marker = keys.subjects.marker
        self._header = identity.header
        self._sealing = derive(keys.roots.data, "register-rows", identity.number)
        self._naming = derive(keys.roots.data, "register-names", identity.number)

    def key_of(self, table: sa.Table, row: Row) -> tuple[str, bytes]:
        """What an item of this row is known by: its kind and key."""
        cells = cells_of(table, row)
        if table.name in KINDS:
            key = bytes.fromhex(cells["subject"]) + int(cells["sequence"]).to_bytes(SEQUENCE_BYTES, "big")
        elif table in {SUBJECTS, PORTRAIT_KEYS}:
            key = bytes.fromhex(cells["subject"])
        elif table is PORTRAITS:
            key = bytes.fromhex(cells["portrait"])
        else:
            names = [_written(cells[column.name]) for column in table.primary_key.columns]
            key = hmac.digest(self._naming, bind(table.name.encode(), *names), "sha256")
        return table.name, key

    def known_of_key(self, kind: str, key: bytes) -> Known:
        """What tells the row of a key that is no hash from others of its table."""
        table = BY_NAME[kind]
        if kind in KINDS:
            subject, sequence = key[:-SEQUENCE_BYTES].hex(), int.from_bytes(key[-SEQUENCE_BYTES:], "big")
            return known_of(table, {"subject": subject, "sequence": sequence})
        return known_of(table, {"subject": key.hex(), "portrait": key.hex()})

    def mark_of(self, table: sa.Table, row: Row) -> int:
        """The row's mark, by which it is counted in the table's tally."""
        return self._marker.mark(table.name, row)

    def item_of(self, table: sa.Table, row: Row, known: int) -> Item:
        """The item of a row whose mark is known. Raises VaultError(VAULT_DAMAGED) where a person's key does not
        open."""
        kind, key = self.key_of(table, row)
        cells, mark = cells_of(table, row), known.to_bytes(MARK_BYTES, "big")
        if kind in KINDS:
            return Item(kind, key, mark, cells["sealed"], cells["extractor"])
        if table is SUBJECTS:
            return self._person(key, mark, cells)
        if table is PORTRAITS:
            return Item(kind, key, mark, bind(bytes.fromhex(cells["subject"]), cells["sealed"]))
        if table is PORTRAIT_KEYS:
            return Item(kind, key, mark, bind(bytes.fromhex(cells["portrait"]), cells["wrapped_key"]))
        return Item(kind, key, mark, seal(self._sealing, _json(list(row)), self._bound(kind, key)))

    def row_of(self, untrusted: Item) -> tuple[sa.Table, Row]:
        """The row of an item, exactly as it was sent. Raises RegisterError(REGISTER_DAMAGED) where one bit of it is
        another, and VaultError(VAULT_DAMAGED) where its keys do not open it."""
        table = BY_NAME.get(untrusted.kind)
        try:
            if untrusted.kind in KINDS and table is not None:
                return table, self._record(untrusted)
            if table is None:
                raise RegisterError(Code.REGISTER_VERSION, found=untrusted.kind, known=len(BY_NAME))
            row = self._row(table, untrusted)
            whole = self.key_of(table, row) == (untrusted.kind, untrusted.key)
        except (ValueError, KeyError, TypeError):
            raise RegisterError(Code.REGISTER_DAMAGED, what=untrusted.kind) from None
        mark = self._marker.written(table.name, row)
        if not whole or not hmac.compare_digest(mark, untrusted.mark):
            raise RegisterError(Code.REGISTER_DAMAGED, what=untrusted.kind)
        return table, row

    def _person(self, key: bytes, mark: bytes, cells: dict[str, Any]) -> Item:
        subject_id = cells["subject"]
        own = self._people.unwrapped(subject_id, cells["wrapped_key"])
        rest = {name: _encoded(cells[name]) for name in _rest_of_person()}
        sealed = seal(own, json.dumps(rest, separators=(",", ":")).encode(), self._bound(SUBJECTS.name, key))
        return Item(SUBJECTS.name, key, mark, bind(cells["wrapped_key"], sealed), blind=cells["blind_number"])

    def _record(self, item: Item) -> Row:
        """The row of a record: most items are some. What it is known by is its key, cut in two, so that it has no other
        one as long as that has its length."""
        key = item.key
        row = (key[:SUBJECT_BYTES].hex(), int.from_bytes(key[SUBJECT_BYTES:], "big"), item.extractor, item.body)
        mark = self._marker.written(item.kind, row)
        if len(key) != SUBJECT_BYTES + SEQUENCE_BYTES or not hmac.compare_digest(mark, item.mark):
            raise RegisterError(Code.REGISTER_DAMAGED, what=item.kind)
        return row

    def _row(self, table: sa.Table, item: Item) -> Row:
        if table is SUBJECTS:
            cells = self._read_person(item)
        elif table is PORTRAITS:
            subject_bytes, sealed = unbind(item.body, 2)
            cells = {"portrait": item.key.hex(), "subject": subject_bytes.hex(), "sealed": sealed}
        elif table is PORTRAIT_KEYS:
            portrait, wrapped = unbind(item.body, 2)
            cells = {"subject": item.key.hex(), "portrait": portrait.hex(), "wrapped_key": wrapped}
        else:
            plain = unseal(self._sealing, item.body, self._bound(item.kind, item.key), item.kind)
            return [_decoded(cell) for cell in json.loads(plain)]
        return [cells[name] for name in content_names(table)]

    def _read_person(self, item: Item) -> dict[str, Any]:
        subject_id = item.key.hex()
        wrapped, sealed = unbind(item.body, 2)
        own = self._people.unwrapped(subject_id, wrapped)
        rest = json.loads(unseal(own, sealed, self._bound(SUBJECTS.name, item.key), SUBJECTS.name))
        known = {name: _decoded(cell) for name, cell in rest.items()}
        return {"subject": subject_id, "wrapped_key": wrapped, **known}

    def _bound(self, kind: str, key: bytes) -> bytes:
        return bind(b"register-row", self._header, kind.encode(), key)


def shared_rows(connection: Connection) -> Iterator[tuple[sa.Table, Row]]:
    """Every row that desks share."""
    for table in SHARED:
        found = connection.execute(sa.select(*content_columns(table)))
        for rows in found.partitions(ROWS_AT_A_TIME):
            yield from ((table, row) for row in rows if is_shared(table, row))


def tallies_of(rows: Iterable[tuple[str, int]]) -> dict[str, Tally]:
    """The tallies by table of rows with these marks."""
    found: dict[str, Tally] = {}
    for name, mark in rows:
        found[name] = found.get(name, Tally()) + Tally(1, mark)
    return found


def digest_of_tallies(tallies: Mapping[str, Tally]) -> bytes:
    """The digest of tallies by table, as changes carry it."""
    return tallies_digest({name: tally.written() for name, tally in tallies.items()})


def require_signed(tallies: Mapping[str, Tally], signed: bytes) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where rows with these tallies are not those that the newest change, with
    the digest ``signed``, left."""
    if not hmac.compare_digest(digest_of_tallies(tallies), signed):
        raise RegisterError(Code.REGISTER_DAMAGED, what="tallies")


def known_of(table: sa.Table, cells: Mapping[str, Any]) -> Known:
    """The cells that tell the row with these cells from others of its table."""
    if table.name in KINDS:
        return {"subject": cells["subject"], "sequence": cells["sequence"]}
    if table is PORTRAITS:
        return {"portrait": cells["portrait"]}
    return {column.name: cells[column.name] for column in table.primary_key.columns}


def cells_of(table: sa.Table, row: Row) -> dict[str, Any]:
    """A row as columns and cells."""
    return dict(zip(content_names(table), row, strict=True))


def _rest_of_person() -> list[str]:
    """The columns of a person that the server would have in clear; the blind number is part of it, so that what the
    server indexes is checked too."""
    return [column.name for column in SUBJECTS.columns if column.name not in {"subject", "wrapped_key"}]


def _written(cell: Any) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _json(cells: list[Any]) -> bytes:
    return json.dumps([_encoded(cell) for cell in cells], separators=(",", ":")).encode()


def _encoded(cell: Any) -> Any:
    return {"b": cell.hex()} if isinstance(cell, bytes) else cell


def _decoded(untrusted: Any) -> Any:
    return bytes.fromhex(untrusted["b"]) if isinstance(untrusted, dict) else untrusted
