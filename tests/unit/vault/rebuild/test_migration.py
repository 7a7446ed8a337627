"""Vaults of formats 1 and 2 (``tests/vectors/vault``) are brought forward in one step, whenever the power fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from mlid_desktop.vault.keys.slot_register import SlotOrigin, read_slots
from mlid_desktop.vault.lifecycle import Vault, unlock_vault
from mlid_desktop.vault.rebuild import migration, migration_format_3
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from mlid_desktop.vault.store import commit, sqlcipher
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.schema import DRAFTS
from mlid_desktop.vault.store.sqlcipher import SqlCipherDatabase
from mlid_desktop.vault.subjects.drafts import DraftKind
from mlid_desktop.vault.unlocked import state
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import FILES, PASSPHRASE, reopened
from tests.unit.vault.rebuild.killed import die_in_child, kill_this_process
from tests.unit.vault.second_reader import Reader
from tests.vectors.vault.make_vault import CLERK, ENROLMENT_DRAFT, SEARCH_DRAFT

KEPT = ROOT / "tests" / "vectors" / "vault"
FORMATS = ("format_1", "format_2")


@pytest.fixture(params=FORMATS)
def vectors(request: pytest.FixtureRequest) -> Path:
    """A vault and a backup of an earlier format."""
    return KEPT / str(request.param)


@pytest.fixture
def old(vectors: Path, folder: Path) -> Path:
    """The old vault: a supervisor, a clerk, two people of whom one withdrew, an erasure, a rotation, two drafts; of
    format 2 also a reader, a policy below the floors, and a supervisor who was added on its last day."""
    shutil.copytree(vectors / "vault", folder)
    return folder


def require_everything(vault: Vault) -> None:
    """What the old vault held."""
    report = vault.verify()
    assert (report.subjects, report.records) == (2, 6)
    assert vault.audit.check().finding is None
    assert {person.number for person in vault.directory()} == {"1", "2"}
    found = vault.find("1")
    assert found is not None
    assert vault.attempts(found.subject_id).failed_in_a_row == 1
    assert len(vault.all_references(Modality.FACE)) == 1
    assert [erasure.reason for erasure in vault.subject_rights.erasures()] == [ErasureReason.REQUESTED]
    assert vault.settings.devices()[0].name == "Test camera"
    kinds = {draft.kind: vault.drafts.load(draft.draft_id) for draft in vault.drafts.all()}
    assert kinds == {DraftKind.ENROLMENT: ENROLMENT_DRAFT, DraftKind.SEARCH: SEARCH_DRAFT}
    with vault._state.database.reading() as connection:
        origins = {slot.name: (slot.how, slot.set_by) for slot in read_slots(connection).values()}
    newcomer = origins.pop("newcomer", (SlotOrigin.ADDED, "sup"))
    assert newcomer == (SlotOrigin.ADDED, "sup")
    assert origins.pop("sup") == (SlotOrigin.CARRIED, "")
    assert origins in ({"clerk": (SlotOrigin.ADDED, "sup")}, {"clerk": (SlotOrigin.CARRIED, "")})


@pytest.mark.parametrize("who", [("sup", PASSPHRASE), CLERK])
def test_any_operator_brings_it_forward(old: Path, clock: FixedClock, who: tuple[str, str]) -> None:
    reopened(old, clock, *who).lock()
    assert read_key_file((old / KEY_FILE).read_bytes()).format == VAULT_FORMAT
    vault = reopened(old, clock, "sup")
    require_everything(vault)
    vault.rotation.rotate(deep=True)
    require_everything(vault)
    vault.lock()
    assert {path.name for path in old.iterdir()} == {*FILES, "lock", "tries"}
    read = Reader(old, "sup", PASSPHRASE).read()
    assert set(read.names) == {"1", "2"}
    assert read.changes[0][1:] == ("vault.migrated", "")


def test_people_are_stored_as_in_a_new_vault(old: Path, fresh: Path, clock: FixedClock) -> None:
    """In the order of their identifiers, so that an erasure writes the pages of a bucket and no others."""
    laid_out = []
    for folder in (old, fresh):
        vault = reopened(folder, clock, "sup")
        with vault._state.database.reading() as connection:
            asked = "SELECT sql FROM sqlite_master WHERE name IN ('subjects', 'portrait_keys') ORDER BY name"
            laid_out.append(
                [" ".join(sql.replace('"', "").split()) for sql in connection.exec_driver_sql(asked).scalars()]
            )
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        vault.lock()
    assert laid_out[0] == laid_out[1]
    assert all(sql.endswith("WITHOUT ROWID") for sql in laid_out[0])


def test_one_that_nobody_agreed_to_migrate_stays_as_it_is(old: Path, clock: FixedClock) -> None:
    before = {name: (old / name).read_bytes() for name in FILES}

    def refuse(_vault: Vault | None) -> None:
        raise VaultError(Code.VAULT_EARLIER_FORMAT)

    with pytest.raises(VaultError) as fault:
        unlock_vault(old, operator_name="sup", passphrase=PASSPHRASE, clock=clock, before_migration=refuse)
    assert fault.value.code is Code.VAULT_EARLIER_FORMAT
    assert {name: (old / name).read_bytes() for name in FILES} == before


def test_a_backup_is_made_before_it_and_opens_afterwards(old: Path, tmp_path: Path, clock: FixedClock) -> None:
    target = FolderTarget(tmp_path / "first")

    def back_up(vault: Vault | None) -> None:
        assert vault is not None
        vault.backups.create(target)

    vault = unlock_vault(old, operator_name="sup", passphrase=PASSPHRASE, clock=clock, before_migration=back_up)
    require_everything(vault)
    assert [backup.location for backup in vault.backups.all()][-1:] == [target.location]
    vault.lock()
    assert verify_backup(target, Credential("sup", PASSPHRASE)).subjects == 2


def verify_and_lock(vault: Vault) -> None:
    """Reads everything; the vault is locked whatever was found."""
    try:
        vault.verify()
    finally:
        vault.lock()


def cut_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns are there and the transaction is not through."""
    really = migration.bring_forward

    def cutting(*given: Any) -> None:
        really(*given)
        kill_this_process()

    monkeypatch.setattr(migration, "bring_forward", cutting)


def cut_after_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is written and the transaction is not committed."""
    really = migration_format_3.complete

    def cutting(*given: Any) -> None:
        really(*given)
        kill_this_process()

    monkeypatch.setattr(migration_format_3, "complete", cutting)


def cut_after_people_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in the new table, and the change of the tables is not committed."""
    really = sqlcipher._store_anew

    def cutting(*given: Any) -> None:
        really(*given)
        kill_this_process()

    monkeypatch.setattr(sqlcipher, "_store_anew", cutting)


def cut_before_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction is through and the head is that of before."""
    really = Commits._publish

    def cutting(commits: Commits) -> None:
        if commits._unpublished is not None:
            kill_this_process()
        really(commits)

    monkeypatch.setattr(Commits, "_publish", cutting)


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before the key file": lambda patch: patch.setattr(state, "write_key_file", kill_this_process),
    "before the tables": lambda patch: patch.setattr(SqlCipherDatabase, "add_missing_tables", kill_this_process),
    "after the tables": lambda patch: patch.setattr(Commits, "transaction", kill_this_process),
    "before people are stored anew": lambda patch: patch.setattr(sqlcipher, "_store_anew", kill_this_process),
    "after people are stored anew": cut_after_people_are_stored,
    "before the keys are wrapped": lambda patch: patch.setattr(migration, "wrap_anew", kill_this_process),
    "before the change is logged": lambda patch: patch.setattr(commit, "log_change", kill_this_process),
    "before the rows": lambda patch: patch.setattr(migration, "bring_forward", kill_this_process),
    "in the table": cut_in_the_table,
    "after the rows": cut_after_the_rows,
    "before the head": cut_before_the_head,
    "after it all": lambda patch: patch.setattr(state.VaultState, "settle_key_file", kill_this_process),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_either(old: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    STEPS[step](monkeypatch)
    die_in_child(lambda: reopened(old, clock, "sup"))
    if step not in {"before the head", "after it all"}:  # nothing is left to do then
        die_in_child(lambda: reopened(old, clock, *CLERK))
    monkeypatch.undo()
    vault = reopened(old, clock, "sup")
    require_everything(vault)
    vault.lock()


def test_a_draft_that_was_touched_is_not_migrated(old: Path, clock: FixedClock) -> None:
    def touch(vault: Vault | None) -> None:
        assert vault is not None
        with vault._state.database.changing() as connection:  # behind the vault's back
            connection.exec_driver_sql(f"UPDATE {DRAFTS.name} SET subject = '' WHERE subject <> ''")

    with pytest.raises(VaultError) as fault:
        unlock_vault(old, operator_name="sup", passphrase=PASSPHRASE, clock=clock, before_migration=touch)
    assert fault.value.code is Code.VAULT_DAMAGED


@pytest.mark.parametrize("name", FILES)
def test_damage_is_not_carried_on(old: Path, clock: FixedClock, name: str) -> None:
    content = bytearray((old / name).read_bytes())
    content[len(content) // 2] ^= 1
    (old / name).write_bytes(content)
    with pytest.raises(VaultError):
        verify_and_lock(reopened(old, clock, "sup"))


def test_a_backup_is_restored_in_the_present_format(vectors: Path, tmp_path: Path, clock: FixedClock) -> None:
    target, there = FolderTarget(vectors / "backup"), tmp_path / "there"
    clock.advance(3 * 86_400)  # the clerk was admitted on the day of the backup
    report = restore_backup(target, there, Credential("sup", PASSPHRASE), clock, second=Credential(*CLERK))
    assert (report.subjects, report.records) == (2, 6)
    assert read_key_file((there / KEY_FILE).read_bytes()).format == VAULT_FORMAT
    vault = reopened(there, clock, "sup")
    assert vault.verify().subjects == 2
    assert vault.drafts.all() == ()
    assert not any(entry.event == "desk.joined" for entry in vault.audit.entries())  # there was no other desk
    vault.lock()
