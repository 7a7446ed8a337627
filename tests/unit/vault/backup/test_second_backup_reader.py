"""Somebody who has FORMAT.md alone reads a backup, a recovery code and a draft."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects.drafts import DraftKind
from tests.unit.vault.conftest import PASSPHRASE, enrolment, witness
from tests.unit.vault.second_backup_reader import BackupReader, code_letters, read_draft
from tests.unit.vault.second_reader import Reader

CLERK = "clerk's passphrase"


def test_a_second_reader_reads_a_backup(vault: Vault, folder: Path, tmp_path: Path) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    first, second = vault.save_all([enrolment("1", "Amara Okoye"), enrolment("2", "Bo Ek")])
    code = recovery_code.new_code()
    vault.operators.set_recovery_code(code, code, witness(vault))
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    vault.rotation.rotate(deep=True)
    vault.subject_rights.erase(first.subject_id, witness(vault))
    for name, passphrase in (("sup", PASSPHRASE), ("recovery code", code)):
        reader = BackupReader(tmp_path / "backup", tmp_path, name, passphrase)
        contents, tables = reader.read()
        assert contents.names == {"2": "Bo Ek"}
        assert set(reader.people) == {second.subject_id}
        assert reader.erased == [first.subject_id]
        assert len(tables["subjects"]) == 2
        assert all(row["wrapped_key"] == b"" for row in tables["subjects"])
        assert not {"drafts", "ledger"} & set(tables)


def test_a_second_reader_knows_a_recovery_code() -> None:
    for _ in range(20):
        code = recovery_code.new_code()
        assert code_letters(code) == code.replace("-", "")
        assert recovery_code.checked_code(code_letters(code.lower())) == code


def test_a_second_reader_reads_a_draft_after_a_rotation(vault: Vault, folder: Path) -> None:
    made = vault.drafts.save(DraftKind.ENROLMENT, "5a" * 16, b"half way through")
    vault.rotation.rotate()
    with vault._state.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT draft, subject, expires_at, wrapped_key, sealed FROM drafts").one()
    reader = Reader(folder, "sup", PASSPHRASE)
    assert reader.control["epoch"] == 2
    draft, subject, expires, wrapped, sealed = row
    wrap = bytes(vault._state.keys.subjects.wrap)
    assert read_draft(reader, wrap, (draft, subject, expires, wrapped, sealed)) == b"half way through"
    assert draft == made.draft_id
