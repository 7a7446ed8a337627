"""Opens the state of a vault with roots that a slot gave out: checked are all signs that its files are one vault of one
moment, and a vault of an earlier format is brought forward."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.envelope import derive, wipe
from mlid_desktop.vault.keyring import (
    VaultKeys,
    database_key,
    head_key,
    wraps_in_force,
)
from mlid_desktop.vault.keys.desk_keys import find_desk_keys
from mlid_desktop.vault.keys.device_secret import OpenStore, open_store
from mlid_desktop.vault.keys.key_file_codec import (
    KEY_FILE,
    KeyFile,
)
from mlid_desktop.vault.keys.slot_operations import (
    OpenedSlot,
)
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.keys.unlock_throttle import TRIES_FILE
from mlid_desktop.vault.rebuild import migration, migration_v1
from mlid_desktop.vault.rebuild.vault_folder import CREATING_FILE
from mlid_desktop.vault.store.atomic_files import FolderLock, overwrite_and_remove, remove_leftovers
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.changes import change_log
from mlid_desktop.vault.store.engines import DATABASE_FILE, open_database
from mlid_desktop.vault.store.rollback_head import HEAD_FILE, Head, is_behind, read_head, stage_head
from mlid_desktop.vault.store.small_tables import require_small_tables
from mlid_desktop.vault.store.transaction import (
    BEFORE,
    KEY_GENERATION,
    head_of,
    read_facts,
)
from mlid_desktop.vault.unlocked.state import VaultState
from mlid_desktop.vault.unlocked.vault import Vault

BeforeMigration = Callable[[Vault | None], None]


def migrate_at_once(_vault: Vault | None) -> None:
    """A ``before_migration`` that asks nothing and keeps no backup."""


def open_state(
    folder: Path,
    lock: FolderLock,
    key_file: KeyFile,
    opened: OpenedSlot,
    clock: Clock,
    store: OpenStore = open_store,
    before_migration: BeforeMigration = migrate_at_once,
    progress: Callable[[float], None] = lambda _: None,
) -> VaultState:
    """Opens the vault whose lock is held and whose key file was found authentic. ``store``, ``before_migration`` and
    ``progress`` as :func:`~mlid_desktop.vault.lifecycle.unlock_vault` has them. Raises VaultError."""
    identity, roots = key_file.identity, opened.roots
    key = database_key(roots, identity)
    database = open_database(folder, key)
    wipe(key)
    try:
        head = _require_current(folder, database, roots, key_file)
        if migration_v1.is_first_layout(database):
            migration_v1.require_supervisor(roots)
            before_migration(None)
            forward = migration_v1.migrate(folder, database, roots, key_file, head, clock.now(), store)
            return open_state(folder, lock, forward, opened, clock, store)
        with database.reading() as connection:
            facts = read_facts(connection)
        is_earlier = migration.is_of_earlier_format(key_file, facts)
        lacking = migration.unlike_present(database) if is_earlier else []
        tally = derive(roots.data, "tally", identity.number)
        require_small_tables(database, tally, lacking)
        wipe(tally)
        desk = None
        if not is_earlier:
            with database.reading() as connection:
                change_log.require_newest(connection, identity.header)
            desk = find_desk_keys(facts, roots, identity, store)
        chain = audit_log.AuditKeys.of(roots, identity, facts)
        keys = VaultKeys.of(roots, identity, wraps_in_force(key_file, facts), chain)
        remove_leftovers(folder, KEY_FILE, HEAD_FILE, DATABASE_FILE, TRIES_FILE)
        overwrite_and_remove(folder / CREATING_FILE)
        state = VaultState(folder, lock, key_file, opened.operator, keys, database, head, clock, desk)
        if is_earlier:
            before_migration(Vault(state))
            state.keys, made = migration.migrate(
                database, state.commits, keys, state.key_file, state.write_key_file, clock.now(), store, progress
            )
            state.adopt_desk(made)
            wipe(keys.subjects.wrap)
        return state
    except BaseException:
        database.close()
        raise


def _require_current(folder: Path, database: DatabaseBackend, roots: Roots, key_file: KeyFile) -> Head:
    """Raises VaultError(VAULT_ROLLED_BACK) where database, head or key file is older than the others."""
    identity, key = key_file.identity, head_key(roots, key_file.identity)
    with database.reading() as connection:
        facts = read_facts(connection)
        head = head_of(facts)
        if not database.is_of_generation(connection, head.generation):
            raise VaultError(Code.VAULT_ROLLED_BACK)
    if is_behind(read_head(folder, key, identity), head, facts.get(BEFORE, b"")):
        stage_head(folder, head, key, identity).publish()
    if key_file.generation < int.from_bytes(facts.get(KEY_GENERATION, b""), "big"):
        raise VaultError(Code.VAULT_ROLLED_BACK)
    return head
