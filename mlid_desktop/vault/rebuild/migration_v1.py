"""Migrates a vault of the first layout, which had no withdrawal of consent and no checkpoints.

The road is that of a rotation: a new database beside the old one, put in place by the key file, so that a kill leaves
either. Roots and people's keys stay; the audit chain is checked as it was and written anew with the same entries and
times. It takes a supervisor, because the chain's codes hang on the control root.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import USUAL_PURPOSE, USUAL_RETENTION_DAYS, Standing
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.crypto.envelope import bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.keyring import VaultKeys, wraps_in_force
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.keys.desk_register import join
from mlid_desktop.vault.keys.device_secret import OpenStore
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.key_file_codec import write_key_file
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild import migration_format_3
from mlid_desktop.vault.rebuild.migration import MIGRATED
from mlid_desktop.vault.rebuild.reencryption import KINDS, Batch, RecordTransfer, Reencryption, build_database
from mlid_desktop.vault.rebuild.staged_database import (
    STAGED_DATABASE,
    STAGED_HEAD,
    publish_staged_database,
    staged_head_digest,
)
from mlid_desktop.vault.store.atomic_files import StagedFile
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.rollback_head import Head, head_bytes
from mlid_desktop.vault.store.schema import ATTEMPTS, AUDIT, FACTS, GOVERNED, NO_REFERENCES, PROFILE, RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import START, Transaction, read_facts, tally_name
from mlid_desktop.vault.subjects.subject_keys import EVERY_BUCKET, SubjectKeys

FIRST_LAYOUT = "first layout"


@dataclass(frozen=True, slots=True)
class _Old:
    """The database of the first layout, and what its rows are checked and opened with."""

    database: DatabaseBackend
    connection: Connection
    keys: SubjectKeys = field(repr=False)
    facts: Mapping[str, bytes] = field(repr=False)


def is_first_layout(database: DatabaseBackend) -> bool:
    """Whether the database is of the first layout, made before checkpoints."""
    with database.reading() as connection:
        return audit_log.WRAPPED_ENTRIES not in read_facts(connection)


def require_supervisor(roots: Roots) -> None:
    """Raises VaultError(VAULT_UNSUPPORTED_VERSION) for an operator who cannot check and write the codes of the
    audit."""
    if roots.control is None:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=FIRST_LAYOUT)


def migrate(
    folder: Path,
    database: DatabaseBackend,
    roots: Roots,
    key_file: KeyFile,
    head: Head,
    now: datetime,
    store: OpenStore,
) -> KeyFile:
    """Rebuilds the database in today's layout, puts it in place and closes the old one. Raises VaultError: unsupported
    version for whoever is no supervisor, damaged, disk."""
    require_supervisor(roots)
    identity = key_file.identity
    database.check_pages()
    with database.reading() as connection:
        facts = read_facts(connection)
        chain = AuditKeys(identity, new_key(), new_key())
        present = VaultKeys.of(roots, identity, wraps_in_force(key_file, facts), chain)
        keys = present.with_fresh_wraps(identity, EVERY_BUCKET)
        old = _Old(database, connection, present.subjects, facts)
        people = dict(_people(old))
        trusted, signing = key_file.control.trusted_keys, signing_key(roots, identity)
        plan = Reencryption(identity, people, trusted, keys, signing, present.subjects, deep=False)

        def fill(transfer: RecordTransfer, transaction: Transaction) -> DeskKeys:
            for batch in _batches(old, people):
                transfer.add(batch)
            transfer.finish()
            keys.audit.wrap(transaction, roots)
            _write_chain(transaction, keys.audit, _old_entries(connection, roots, facts, key_file))
            migration_format_3.complete(transaction, key_file, keys.audit)
            transaction.name_act(MIGRATED, "")
            return join(transaction, roots, identity, store, head.generation + 1)[0]

        generation = key_file.generation + 1
        after = build_database(folder, STAGED_DATABASE, plan, fill, head, generation, now)
    StagedFile(folder / STAGED_HEAD, head_bytes(after, keys.head, identity)).publish()
    settled = (
        key_file.with_wrap(keys.wrapped, pending=b"").in_present_format().with_rotation(staged_head_digest(folder))
    )
    wipe(keys.head, present.subjects.wrap, keys.subjects.wrap, keys.subjects.blind, keys.subjects.tally)
    keys.audit.wipe()
    write_key_file(folder, settled, roots.data)
    database.close()
    publish_staged_database(folder, settled)
    return settled


def _rows(old: _Old, table: sa.Table) -> list[dict[str, Any]]:
    """All rows of a table of the old database, complete by its tally."""
    rows = old.database.stored_rows(old.connection, table.name)
    marker = old.keys.marker
    marked = Tally.of(marker.mark(table.name, [cell for name, cell in row.items() if name != "place"]) for row in rows)
    if marked != Tally.read(old.facts.get(tally_name(table), b"")):
        raise VaultError(Code.VAULT_DAMAGED, what=table.name)
    return rows


def _people(old: _Old) -> Iterator[tuple[str, bytes]]:
    for row in _rows(old, SUBJECTS):
        yield row["subject"], old.keys.unwrapped(row["subject"], row["wrapped_key"])


def _batches(old: _Old, people: Mapping[str, bytes]) -> Iterator[Batch]:
    """Every table but the audit, as rows of today's layout."""
    yield _batch(FACTS, [{"name": name, "value": value} for name, value in old.facts.items()])
    seen: dict[str, str] = {}
    for row in _rows(old, RECORDS[PROFILE]):
        renewed, enrolled_on = _profile(row, old.keys, people)
        seen[row["subject"]] = enrolled_on
        yield _batch(RECORDS[PROFILE], [renewed])
    more = {"retention": USUAL_RETENTION_DAYS, "standing": Standing.HELD.value}
    known = _rows(old, SUBJECTS)
    if {row["subject"] for row in known} != set(seen):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)
    yield _batch(SUBJECTS, [{**row, "seen": seen[row["subject"]], **more} for row in known])
    for table in (ATTEMPTS, GOVERNED, *(RECORDS[kind] for name, kind in KINDS.items() if kind not in NO_REFERENCES)):
        for row in _rows(old, table):
            yield _batch(table, [row])


def _batch(table: sa.Table, rows: list[dict[str, Any]]) -> Batch:
    names = tuple(column.name for column in table.columns)
    return Batch(table.name, names, tuple(tuple(row[name] for name in names) for row in rows))


def _profile(row: dict[str, Any], keys: SubjectKeys, people: Mapping[str, bytes]) -> tuple[dict[str, Any], str]:
    """The profile with the fields that the first layout lacked, and the day of enrolment."""
    subject_id = row["subject"]
    bound = keys.associated(subject_id, PROFILE, row["sequence"], row["extractor"])
    try:
        content = json.loads(unseal(people[subject_id], row["sealed"], bound, PROFILE))
        consent = {**content["consent"], "purpose": USUAL_PURPOSE, "retention_days": USUAL_RETENTION_DAYS}
        enrolled_on = datetime.fromisoformat(content["enrolled_at"]).date().isoformat()
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE) from None
    renewed = {**content, "consent": consent, "earlier": [], "withdrawal": None}
    plain = json.dumps(renewed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return {**row, "sealed": seal(people[subject_id], plain, bound)}, enrolled_on


def _old_entries(
    connection: Connection, roots: Roots, facts: Mapping[str, bytes], key_file: KeyFile
) -> Iterator[bytes]:
    """The audit entries of the first layout, checked: codes taken over number, link before and ciphertext; keys derived
    from the roots."""
    identity = key_file.identity
    entries = derive(roots.data, "audit-entries", identity.number)
    key = bytes(derive(roots.control or b"", "audit-first", identity.number))
    link, sequence = START, 0
    for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)):
        sequence += 1
        number = sequence.to_bytes(8, "big")
        over = bind(b"audit", number, link, row.sealed)
        link = hashlib.sha256(over).digest()
        code = hmac.digest(key, over, "sha256")
        if row.sequence != sequence or row.link != link or not hmac.compare_digest(row.mac, code):
            raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {sequence}")
        key = audit_log.evolve_key(key)
        yield unseal(entries, row.sealed, bind(b"audit", identity.header, number), f"audit entry {sequence}")
    ends = (facts.get(audit_log.LINK), facts.get(audit_log.COUNT), facts.get(audit_log.KEY))
    if ends != (link, sequence.to_bytes(8, "big"), key):
        raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {sequence + 1}")


def _write_chain(transaction: Transaction, keys: AuditKeys, plains: Iterator[bytes]) -> None:
    """Writes the same audit entries as a chain of today's layout."""
    key, link, sequence = bytes(keys.first or b""), START, 0
    for old in plains:
        sequence += 1
        plain = json.dumps(json.loads(old), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        sealed = audit_log.sealed_entry(keys, plain, sequence)
        over = audit_log.covered_bytes(sequence, link, sealed, plain)
        link = hashlib.sha256(over).digest()
        mac = hmac.digest(key, over, "sha256")
        transaction.insert_uncounted(AUDIT, [{"sequence": sequence, "sealed": sealed, "link": link, "mac": mac}])
        key = audit_log.evolve_key(key)
    transaction.facts[audit_log.KEY], transaction.facts[audit_log.LINK] = key, link
    transaction.set_counter(audit_log.COUNT, sequence)
