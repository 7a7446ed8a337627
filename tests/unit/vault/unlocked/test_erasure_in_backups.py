"""The erased do not come back: neither with a backup in reach, nor with one that was away."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Journey, Suspicion
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.vault.backup import parts as backup_parts
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild.reencryption import Batch
from mlid_desktop.vault.restore import restore_backup, verify_backup
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from mlid_desktop.vault.unlocked import backups
from tests.doubles import FixedClock
from tests.makers import CAMERA
from tests.unit.vault.conftest import reopened
from tests.unit.vault.unlocked.conftest import OWNER, SECOND, erase, people, restored


class TestErasure:
    def test_it_takes_the_person_out_of_every_backup_in_reach(
        self, kept: Vault, backup: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        before = (backup / BULK_FILE).read_bytes()
        with (backup / KEYS_FILE).open("rb") as old:
            assert erase(kept, "2") == ()
            assert set(old.read()) == {0}  # the key part of before was overwritten
        assert (backup / BULK_FILE).read_bytes() == before
        assert verify_backup(FolderTarget(backup), OWNER).left_out == 1
        kept.lock()
        assert restored(backup, tmp_path / "there", clock) == {"1", "3"}

    def test_a_backup_out_of_reach_is_named_and_its_keys_follow_later(
        self, kept: Vault, backup: Path, folder: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        away = backup.rename(tmp_path / "in the safe")
        assert erase(kept, "2") == (kept.backups.all()[0].backup_id,)
        assert verify_backup(FolderTarget(away), OWNER).subjects == 3
        away.rename(backup)
        kept.lock()
        reopened(folder, clock, "sup").lock()
        assert verify_backup(FolderTarget(backup), OWNER).subjects == 2

    def test_a_suspicion_comes_back_without_the_erased_person_that_it_was_of(
        self, kept: Vault, backup: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        erased = kept.find("2")
        assert erased is not None
        shown = Suspicion(FACE, SourceKind.LIVE, CAMERA)
        kept.suspicions.note(shown, Attempt("1" * 32, Journey.VERIFICATION, erased.subject_id))
        copy = FolderTarget(tmp_path / "copy")
        kept.backups.create(copy)
        erase(kept, "2")
        kept.lock()
        assert restored(tmp_path / "copy", tmp_path / "there", clock) == {"1", "3"}
        again = reopened(tmp_path / "there", clock, "sup")
        assert [noted.subject_id for noted in again.suspicions.recent()] == [""]
        again.verify()
        again.lock()

    def test_the_ledger_of_a_later_day_keeps_the_person_out(
        self, kept: Vault, backup: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        copy = Path(shutil.copytree(backup, tmp_path / "copy"))
        erase(kept, "2")
        later = kept.subject_rights.erasures()
        kept.lock()
        report = restore_backup(FolderTarget(copy), tmp_path / "there", OWNER, clock, second=SECOND, later=later)
        assert report.left_out == 1
        assert people(tmp_path / "there", clock) == {"1", "3"}
        again = reopened(tmp_path / "there", clock, "sup")
        assert [entry.subject_id for entry in again.subject_rights.erasures()] == [entry.subject_id for entry in later]
        again.lock()

    def test_a_backup_that_is_gone_for_good_is_named_no_more(self, kept: Vault, backup: Path) -> None:
        shutil.rmtree(backup)
        kept.backups.forget(kept.backups.all()[0].backup_id)
        assert erase(kept, "2") == ()

    def test_nobodys_key_is_in_the_bulk_part(self, kept: Vault, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written: list[bytes] = []
        really = backup_parts.bulk_chunks

        def noting(found: Iterable[Batch]) -> Iterator[bytes]:
            for chunk in really(found):
                written.append(chunk)
                yield chunk

        monkeypatch.setattr(backups, "bulk_chunks", noting)
        kept.backups.create(FolderTarget(backup.with_name("second")))
        with kept._state.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT subject, wrapped_key FROM subjects").all()
        everything = b"".join(written)
        for subject, wrapped in rows:
            assert wrapped not in everything
            assert kept._state.keys.subjects.unwrapped(subject, wrapped) not in everything
