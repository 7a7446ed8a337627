"""Somebody who has FORMAT.md alone reads a backup and a recovery code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlid_desktop.domain.subjects import Role
from mlid_desktop.domain.templates import Touch
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from tests.makers import INDEX
from tests.unit.vault.conftest import PASSPHRASE, enrolment, witness
from tests.unit.vault.second_backup_reader import BackupReader, code_letters
from tests.unit.vault.subjects.test_search_tables import TABLE, tabulated

CLERK = "clerk's passphrase"
NOWHERE = {
    "drafts", "ledger", "shared_numbers", "field_index", "portrait_keys", "attack_tests", "register_changes",
}  # fmt: skip  # tables that are in no bulk part


def test_a_second_reader_reads_a_backup(vault: Vault, folder: Path, tmp_path: Path) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    kept = replace(tabulated("2"), touches=(Touch(INDEX, b"\x07" * 32, b"minutiae"),))
    first, second = vault.save_all([enrolment("1", "Amara Okoye"), kept])
    code = recovery_code.new_code()
    vault.operators.set_recovery_code(code, code, witness(vault))
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    vault.rotation.rotate(deep=True)
    vault.subject_rights.erase(first.subject_id, witness(vault))
    for name, passphrase in (("sup", PASSPHRASE), ("recovery code", code)):
        reader = BackupReader(tmp_path / "backup", tmp_path, name, passphrase)
        contents, tables = reader.read()
        assert contents.names == {"2": kept.details.name}
        assert list(contents.search_tables.values()) == [(TABLE.version, TABLE.content)]
        assert [images[0][0] for images in contents.touches.values()] == ["fingerprint:right-index"]
        assert set(reader.people) == {second.subject_id}
        assert reader.erased == [first.subject_id]
        assert len(tables["subjects"]) == 2
        assert all(row["wrapped_key"] == b"" for row in tables["subjects"])
        assert not NOWHERE & set(tables)


def test_a_second_reader_knows_a_recovery_code() -> None:
    for _ in range(20):
        code = recovery_code.new_code()
        assert code_letters(code) == code.replace("-", "")
        assert recovery_code.checked_code(code_letters(code.lower())) == code
