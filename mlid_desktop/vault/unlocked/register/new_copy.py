"""Makes the vault folder of a desk that joins: a copy of the register, under its own audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, database_key, head_key, wraps_name
from mlid_desktop.vault.keys import desk_register, slot_register
from mlid_desktop.vault.keys.device_secret import OpenStore, open_store
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT, KeyFile
from mlid_desktop.vault.keys.key_file_codec import read_key_file, require_authentic, write_key_file
from mlid_desktop.vault.keys.slot_operations import open_roots
from mlid_desktop.vault.keys.slot_register import SlotOrigin
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.vault_folder import creation
from mlid_desktop.vault.second_person import Founding
from mlid_desktop.vault.store import own_time
from mlid_desktop.vault.store.changes import register_log
from mlid_desktop.vault.store.changes.change_log import log_change
from mlid_desktop.vault.store.engines import create_database
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import read_desks, require_register
from mlid_desktop.vault.store.register.items import Item, count_items, items_after, read_lacking
from mlid_desktop.vault.store.rollback_head import Head, stage_head
from mlid_desktop.vault.store.schema import SHARED
from mlid_desktop.vault.store.transaction import FORMAT, START, Transaction
from mlid_desktop.vault.store.vault_time import advance_latest
from mlid_desktop.vault.subjects import founding
from mlid_desktop.vault.subjects.attempt_counter import notice_time
from mlid_desktop.vault.unlocked.register.applying import require_tallies
from mlid_desktop.vault.unlocked.register.chain import ChainEnd, require_chain
from mlid_desktop.vault.unlocked.register.freshness import note_in_step
from mlid_desktop.vault.unlocked.register.joining import Applying, JoinAnswer
from mlid_desktop.vault.unlocked.register.link import START as NOTHING_SEEN
from mlid_desktop.vault.unlocked.register.link import (
    RegisterLink,
    certified_desks,
    note_point,
    note_schema,
    write_tls_files,
)
from mlid_desktop.vault.unlocked.register.prekeys import write_prekeys
from mlid_desktop.vault.unlocked.register.rows import Row, SharedRows
from mlid_desktop.vault.unlocked.register.standings import note_erasures
from mlid_desktop.vault.unlocked.register.writing.change_writer import MENDED, WHOLE
from mlid_desktop.vault.unlocked.register.writing.key_mail import TAKEN, name_of_wraps

ROWS_AT_A_TIME: Final = 2000


@dataclass(frozen=True, slots=True)
class Joining:
    """What a desk that was admitted joins with: its keys, the answer, its TLS key as its file has it, where the
    server is, and what people call the desk."""

    applying: Applying = field(repr=False)
    answer: JoinAnswer = field(repr=False)
    tls_key: bytes = field(repr=False)
    server: Mapping[str, str]
    name: str = ""


def make_copy(
    folder: Path,
    joining: Joining,
    operator_name: str | None,
    passphrase: str,
    clock: Clock,
    store: OpenStore = open_store,
    progress: Callable[[float], None] = lambda _: None,
) -> int:
    """Makes a vault in ``folder`` that is a copy of the register, opened by the passphrase of somebody who may open it;
    it exists once everything was read and found whole. Gives how many rows there are; ``progress`` is told which share
    of them is there. Raises RegisterError, VaultError."""
    key_file = read_key_file(joining.answer.key_file)
    with creation(folder):
        operator, roots = open_roots(key_file, operator_name, passphrase)
        require_authentic(joining.answer.key_file, key_file, roots.data)
        write_tls_files(folder, joining.tls_key, joining.answer.certificate)
        link = RegisterLink(joining.server, False, joining.applying.keys, joining.name)
        connection = link.connect(folder)
        try:
            require_register(connection, key_file.identity.header)
            with connection.view():
                desks = certified_desks(read_desks(connection), key_file.control)
                newest = require_chain(read_lacking(connection, NOTHING_SEEN), NOTHING_SEEN, desks, key_file.identity)
                if newest.change is None or newest.change.act not in {WHOLE, MENDED}:
                    raise RegisterError(Code.REGISTER_NOT_READY)
                if newest.change.subject != name_of_wraps(key_file.subject_wrap):
                    raise RegisterError(Code.REGISTER_KEYS_AWAITED)
                rows, head = _fill(
                    folder, key_file, roots, joining, link, connection, newest, operator.name, clock, store, progress
                )
        finally:
            connection.close()
        key = head_key(roots, key_file.identity)
        stage_head(folder, head, key, key_file.identity).publish()
        wipe(key)
        write_key_file(folder, key_file, roots.data)
        roots.wipe()
    return rows


def _fill(
    folder: Path,
    key_file: KeyFile,
    roots: Roots,
    joining: Joining,
    link: RegisterLink,
    connection: RegisterConnection,
    newest: ChainEnd,
    operator_name: str,
    clock: Clock,
    store: OpenStore,
    progress: Callable[[float], None],
) -> tuple[int, Head]:
    identity, answer = key_file.identity, joining.answer
    key = database_key(roots, identity)
    database = create_database(folder, key)
    wipe(key)
    try:
        with database.filling() as local:
            facts = {"audit-entries": answer.audit_entries, "audit-first": answer.audit_first}
            chain = audit_log.AuditKeys.of(roots, identity, facts)
            keys = VaultKeys.of(roots, identity, key_file.subject_wrap, chain)
            transaction = Transaction(database, local, Marker(keys.subjects.tally), clock.now())
            notice_time(transaction)
            audit_log.begin_wrapped(transaction, answer.audit_entries, answer.audit_first, answer.audit_key)
            transaction.facts[IN_FORCE] = wraps_name(key_file.subject_wrap)
            transaction.set_counter(FORMAT, VAULT_FORMAT)
            transaction.set_counter(TAKEN, key_file.generation)
            own_time.advance(transaction, clock)
            advance_latest(transaction)
            for grant in key_file.control.grants:
                slot_register.register(transaction, grant, SlotOrigin.CARRIED)
            founding.write_founding(transaction, Founding.CARRIED)
            transaction.set_counter(founding.REAL_PEOPLE, 1)
            expected = count_items(connection)
            with items_after(connection, 0) as items:
                rows = _take(transaction, items, SharedRows(keys, identity), expected, progress)
            assert newest.change is not None  # checked by the caller
            require_tallies(local, transaction.facts, keys.subjects.marker, newest.change.tallies)
            link.write(transaction, roots, identity)
            note_point(transaction, newest.point)
            note_schema(transaction, connection.schema)
            register_log.keep(transaction, newest.kept)
            note_erasures(transaction, newest.point.number)
            write_prekeys(transaction, {})
            note_in_step(transaction, clock)
            facts_of_joining = {"operator": operator_name, "device": link.desk.desk}
            audit_log.append(transaction, keys.audit, "register.joined", facts_of_joining)
            desk, _ = desk_register.join(transaction, roots, identity, store, 1)
            log_change(transaction, 1, identity.header, desk)
            head = transaction.close(Head(0, START), key_file.generation)
        return rows, head
    finally:
        database.close()


def _take(
    transaction: Transaction, items: Iterable[Item], rows: SharedRows, expected: int, progress: Callable[[float], None]
) -> int:
    """Writes the rows of all items, some at a time; gives how many there are."""
    waiting: dict[sa.Table, tuple[list[Row], list[int]]] = {table: ([], []) for table in SHARED}
    number = 0
    for item in items:
        table, row = rows.row_of(item)
        kept, marks = waiting[table]
        kept.append(row)
        marks.append(int.from_bytes(item.mark, "big"))  # which is the row's, or it would not have been opened
        number += 1
        if len(kept) >= ROWS_AT_A_TIME:
            transaction.insert_content(table, kept, marks)
            kept.clear()
            marks.clear()
            transaction.shared_rows.clear()  # nobody waits for them: the register has them
        if number % ROWS_AT_A_TIME == 0:
            progress(min(1.0, number / max(1, expected)))
    for table, (kept, marks) in waiting.items():
        transaction.insert_content(table, kept, marks)
    transaction.shared_rows.clear()
    return number
