"""Backups: whole or refused, never in the way of what is there, and the erased do not come back with them."""

from __future__ import annotations

import random
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault import restore
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.backup.stream import LENGTH_BYTES
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened, witness
from tests.unit.vault.unlocked.conftest import CAMERA, CLERK, OWNER, SECOND, erase, people, restored


def test_another_machine_makes_the_same_vault_of_it(
    kept: Vault, backup: Path, tmp_path: Path, clock: FixedClock
) -> None:
    asked = kept.find("2")
    assert asked is not None
    faces = kept.references(asked.subject_id)
    kept.lock()
    report = restore_backup(FolderTarget(backup), tmp_path / "there", OWNER, clock, second=SECOND)
    assert (report.subjects, report.records, report.left_out) == (3, 9, 0)
    again = reopened(tmp_path / "there", clock, "clerk", CLERK)
    assert again.identity == kept.identity
    assert again.references(asked.subject_id) == faces
    assert again.settings.devices() == (CAMERA,)
    again.lock()


def test_the_recovery_code_is_enough(kept: Vault, tmp_path: Path, clock: FixedClock) -> None:
    code = recovery_code.new_code()
    kept.operators.set_recovery_code(code, code, witness(kept))
    kept.backups.create(FolderTarget(tmp_path / "backup"))
    opens = Credential(None, code, is_recovery_code=True)
    assert restore_backup(FolderTarget(tmp_path / "backup"), tmp_path / "there", opens, clock).subjects == 3
    with pytest.raises(VaultError) as fault:
        verify_backup(
            FolderTarget(tmp_path / "backup"), Credential(None, recovery_code.new_code(), is_recovery_code=True)
        )
    assert fault.value.code is Code.VAULT_WRONG_PASSPHRASE


def test_restoring_takes_a_supervisor_and_a_second_person(backup: Path, tmp_path: Path, clock: FixedClock) -> None:
    cases = (
        (SECOND, OWNER, Code.VAULT_NOT_PERMITTED),
        (OWNER, None, Code.VAULT_SECOND_PERSON_NEEDED),
        (OWNER, OWNER, Code.VAULT_SECOND_PERSON_NEEDED),
        (OWNER, Credential("clerk", "wrong passphrase"), Code.VAULT_WRONG_PASSPHRASE),
        (Credential("nobody", PASSPHRASE), SECOND, Code.VAULT_UNKNOWN_OPERATOR),
    )
    for number, (first, second, code) in enumerate(cases):
        with pytest.raises(VaultError) as fault:
            restore_backup(FolderTarget(backup), tmp_path / str(number), first, clock, second=second)
        assert fault.value.code is code
        assert not (tmp_path / str(number) / "vault.keys").exists()
    assert verify_backup(FolderTarget(backup), SECOND).subjects == 3  # whoever may back up may verify


def test_nothing_is_overwritten(kept: Vault, backup: Path, folder: Path, clock: FixedClock) -> None:
    kept.save(enrolment("4"))
    kept.lock()
    with pytest.raises(VaultError) as fault:
        restore_backup(FolderTarget(backup), folder, OWNER, clock, second=SECOND)
    assert fault.value.code is Code.VAULT_EXISTS
    assert people(folder, clock) == {"1", "2", "3", "4"}


def test_a_backup_is_not_written_over_another(kept: Vault, backup: Path) -> None:
    with pytest.raises(UsageError) as fault:
        kept.backups.create(FolderTarget(backup))
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    assert verify_backup(FolderTarget(backup), OWNER).subjects == 3


def test_a_restore_that_fails_leaves_no_vault_and_is_begun_anew(
    backup: Path, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"

    def full(*_given: object) -> None:
        raise VaultError(Code.VAULT_DISK_FULL)

    for step in ("_transfer_bulk", "stage_head", "write_key_file"):
        monkeypatch.setattr(restore, step, full)
        with pytest.raises(VaultError):
            restore_backup(FolderTarget(backup), there, OWNER, clock, second=SECOND)
        monkeypatch.undo()
        assert not (there / "vault.keys").exists()
    assert restored(backup, there, clock) == {"1", "2", "3"}


def test_failed_attempts_and_checkpoints_come_back(kept: Vault, tmp_path: Path, clock: FixedClock) -> None:
    subject_id = kept.directory()[0].subject_id
    kept.count_attempt(subject_id)
    signed = kept.audit.sign_checkpoint()
    kept.backups.create(FolderTarget(tmp_path / "backup"))
    restore_backup(FolderTarget(tmp_path / "backup"), tmp_path / "there", OWNER, clock, second=SECOND)
    again = reopened(tmp_path / "there", clock, "sup")
    assert again.verify().subjects == 3
    assert again.attempts(subject_id).failed_in_a_row == 1
    assert again.audit.newest_checkpoint() == signed
    again.lock()


def test_a_rotation_reaches_the_backups(kept: Vault, backup: Path, tmp_path: Path, clock: FixedClock) -> None:
    kept.operators.add("gone", Role.SUPERVISOR, "gone's passphrase", witness(kept), FLOOR)
    kept.operators.remove("gone", witness(kept))
    assert erase(kept, "3") == ()  # under the new roots too
    kept.lock()
    with pytest.raises(VaultError) as fault:
        verify_backup(FolderTarget(backup), Credential("gone", "gone's passphrase"))
    assert fault.value.code is Code.VAULT_UNKNOWN_OPERATOR
    assert restored(backup, tmp_path / "there", clock) == {"1", "2"}


class TestDamage:
    def refused(self, backup: Path) -> None:
        with pytest.raises(VaultError) as fault:
            verify_backup(FolderTarget(backup), OWNER)
        assert fault.value.code in {
            Code.VAULT_DAMAGED,
            Code.VAULT_UNSUPPORTED_VERSION,
            Code.VAULT_WRONG_PASSPHRASE,
            Code.VAULT_KDF_OUT_OF_BOUNDS,
        }

    @pytest.mark.parametrize("part", [BULK_FILE, KEYS_FILE])
    def test_a_flipped_byte_is_found(self, backup: Path, part: str) -> None:
        content, chance = (backup / part).read_bytes(), random.Random(3)
        for at in [0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(25))]:
            (backup / part).write_bytes(
                content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
            )
            self.refused(backup)
        (backup / part).write_bytes(content)
        assert verify_backup(FolderTarget(backup), OWNER).subjects == 3

    @pytest.mark.parametrize("part", [BULK_FILE, KEYS_FILE])
    def test_a_cut_file_is_found_also_between_chunks(self, backup: Path, part: str) -> None:
        content, chance = (backup / part).read_bytes(), random.Random(4)
        for length in [*boundaries(content)[:-1], 0, *(chance.randrange(len(content)) for _ in range(10))]:
            (backup / part).write_bytes(content[:length])
            self.refused(backup)
        (backup / part).write_bytes(content + b"\x00")
        self.refused(backup)

    def test_chunks_exchanged_repeated_or_left_out_are_found(self, backup: Path) -> None:
        content = (backup / BULK_FILE).read_bytes()
        at = boundaries(content)
        first, chunks = content[: at[0]], [content[a:b] for a, b in pairwise(at)]
        assert len(chunks) > 4
        for spliced in (
            [chunks[1], chunks[0], *chunks[2:]],
            [chunks[0], *chunks],
            chunks[1:],
            [*chunks[:2], *chunks[3:]],
            [*chunks, chunks[-1]],
            chunks[:-1],
        ):
            (backup / BULK_FILE).write_bytes(first + b"".join(spliced))
            self.refused(backup)

    def test_parts_of_two_backups_do_not_go_together(self, kept: Vault, backup: Path) -> None:
        other = backup.with_name("other")
        kept.backups.create(FolderTarget(other))
        for part in (BULK_FILE, KEYS_FILE):
            mixed = Path(shutil.copytree(backup, backup.with_name(f"mixed-{part}")))
            shutil.copy(other / part, mixed / part)
            self.refused(mixed)

    def test_a_missing_part_is_named(self, backup: Path) -> None:
        (backup / BULK_FILE).rename(backup / "elsewhere")
        self.refused(backup)
        (backup / "elsewhere").rename(backup / BULK_FILE)
        (backup / KEYS_FILE).unlink()
        self.refused(backup)


def boundaries(content: bytes) -> list[int]:
    """Where the chunks of a part begin and end."""
    at = content.index(b"\n") + 1
    found = [at]
    while at < len(content):
        at += LENGTH_BYTES + int.from_bytes(content[at : at + LENGTH_BYTES], "big")
        found.append(at)
    return found
