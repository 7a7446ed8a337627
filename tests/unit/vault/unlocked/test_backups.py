"""Backups: whole or refused, never in the way of what is there, and the erased do not come back with them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault import restore
from mlid_desktop.vault.backup import parts as backup_parts
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.backup.stream import LENGTH_BYTES
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild.reencryption import Batch
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from mlid_desktop.vault.unlocked import backups
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened

CLERK = "clerk's passphrase"
OWNER, SECOND = Credential("sup", PASSPHRASE), Credential("clerk", CLERK)
CAMERA = DeviceIdentity("camera", "usb-7", "Desk camera")


@pytest.fixture
def kept(vault: Vault) -> Vault:
    """A vault of two staff and three people."""
    vault.operators.add("clerk", Role.OPERATOR, CLERK, FLOOR)
    vault.save_all([enrolment(number) for number in ("1", "2", "3")])
    vault.settings.register_device(CAMERA)
    return vault


@pytest.fixture
def place(kept: Vault, tmp_path: Path) -> Path:
    """Its backup."""
    kept.backups.create(FolderTarget(tmp_path / "backup"))
    return tmp_path / "backup"


def erase(vault: Vault, number: str) -> tuple[str, ...]:
    """Erases somebody, and says which backups may still hold them."""
    found = vault.find(number)
    assert found is not None
    erased = vault.subject_rights.erase(found.subject_id, vault.operators.confirm_second("clerk", CLERK))
    return tuple(one.backup_id for one in erased.backups)


def restored(place: Path, folder: Path, clock: FixedClock) -> set[str]:
    """Who is in the vault that the backup makes, everything verified."""
    restore_backup(FolderTarget(place), folder, OWNER, clock, second=SECOND)
    return people(folder, clock)


def people(folder: Path, clock: FixedClock) -> set[str]:
    """Who is in a vault."""
    again = reopened(folder, clock, "sup")
    try:
        again.verify()
        assert again.audit.check().finding is None
        return {one.number for one in again.directory()}
    finally:
        again.lock()


def test_another_machine_makes_the_same_vault_of_it(
    kept: Vault, place: Path, tmp_path: Path, clock: FixedClock
) -> None:
    asked = kept.find("2")
    assert asked is not None
    faces = kept.references(asked.subject_id)
    kept.lock()
    report = restore_backup(FolderTarget(place), tmp_path / "there", OWNER, clock, second=SECOND)
    assert (report.subjects, report.records, report.left_out) == (3, 9, 0)
    again = reopened(tmp_path / "there", clock, "clerk", CLERK)
    assert again.identity == kept.identity
    assert again.references(asked.subject_id) == faces
    assert again.settings.devices() == (CAMERA,)
    again.lock()


def test_the_recovery_code_is_enough(kept: Vault, tmp_path: Path, clock: FixedClock) -> None:
    code = recovery_code.new_code()
    kept.operators.set_recovery_code(code, code)
    kept.backups.create(FolderTarget(tmp_path / "backup"))
    opens = Credential(None, code, is_recovery_code=True)
    assert restore_backup(FolderTarget(tmp_path / "backup"), tmp_path / "there", opens, clock).subjects == 3
    with pytest.raises(VaultError) as fault:
        verify_backup(
            FolderTarget(tmp_path / "backup"), Credential(None, recovery_code.new_code(), is_recovery_code=True)
        )
    assert fault.value.code is Code.VAULT_WRONG_PASSPHRASE


def test_restoring_takes_a_supervisor_and_a_second_person(place: Path, tmp_path: Path, clock: FixedClock) -> None:
    cases = (
        (SECOND, OWNER, Code.VAULT_NOT_PERMITTED),
        (OWNER, None, Code.VAULT_SECOND_PERSON_NEEDED),
        (OWNER, OWNER, Code.VAULT_SECOND_PERSON_NEEDED),
        (OWNER, Credential("clerk", "wrong passphrase"), Code.VAULT_WRONG_PASSPHRASE),
        (Credential("nobody", PASSPHRASE), SECOND, Code.VAULT_UNKNOWN_OPERATOR),
    )
    for number, (first, second, code) in enumerate(cases):
        with pytest.raises(VaultError) as fault:
            restore_backup(FolderTarget(place), tmp_path / str(number), first, clock, second=second)
        assert fault.value.code is code
        assert not (tmp_path / str(number) / "vault.keys").exists()
    assert verify_backup(FolderTarget(place), SECOND).subjects == 3  # whoever may back up may verify


def test_nothing_is_overwritten(kept: Vault, place: Path, folder: Path, clock: FixedClock) -> None:
    kept.save(enrolment("4"))
    kept.lock()
    with pytest.raises(VaultError) as fault:
        restore_backup(FolderTarget(place), folder, OWNER, clock, second=SECOND)
    assert fault.value.code is Code.VAULT_EXISTS
    assert people(folder, clock) == {"1", "2", "3", "4"}


def test_a_backup_is_not_written_over_another(kept: Vault, place: Path) -> None:
    with pytest.raises(UsageError) as fault:
        kept.backups.create(FolderTarget(place))
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    assert verify_backup(FolderTarget(place), OWNER).subjects == 3


def test_a_restore_that_fails_leaves_no_vault_and_is_begun_anew(
    place: Path, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"

    def full(*_given: object) -> None:
        raise VaultError(Code.VAULT_DISK_FULL)

    for step in ("_transfer_bulk", "stage_head", "write_key_file"):
        monkeypatch.setattr(restore, step, full)
        with pytest.raises(VaultError):
            restore_backup(FolderTarget(place), there, OWNER, clock, second=SECOND)
        monkeypatch.undo()
        assert not (there / "vault.keys").exists()
    assert restored(place, there, clock) == {"1", "2", "3"}


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


class TestErasure:
    def test_it_takes_the_person_out_of_every_backup_in_reach(
        self, kept: Vault, place: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        before = (place / BULK_FILE).read_bytes()
        with (place / KEYS_FILE).open("rb") as old:
            assert erase(kept, "2") == ()
            assert set(old.read()) == {0}  # the key part of before was overwritten
        assert (place / BULK_FILE).read_bytes() == before
        assert verify_backup(FolderTarget(place), OWNER).left_out == 1
        kept.lock()
        assert restored(place, tmp_path / "there", clock) == {"1", "3"}

    def test_a_backup_out_of_reach_is_named_and_its_keys_follow_later(
        self, kept: Vault, place: Path, folder: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        away = place.rename(tmp_path / "in the safe")
        assert erase(kept, "2") == (kept.backups.all()[0].backup_id,)
        assert verify_backup(FolderTarget(away), OWNER).subjects == 3
        away.rename(place)
        kept.lock()
        reopened(folder, clock, "sup").lock()
        assert verify_backup(FolderTarget(place), OWNER).subjects == 2

    def test_the_ledger_of_a_later_day_keeps_the_person_out(
        self, kept: Vault, place: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        copy = Path(shutil.copytree(place, tmp_path / "copy"))
        erase(kept, "2")
        later = kept.subject_rights.erasures()
        kept.lock()
        report = restore_backup(FolderTarget(copy), tmp_path / "there", OWNER, clock, second=SECOND, later=later)
        assert report.left_out == 1
        assert people(tmp_path / "there", clock) == {"1", "3"}
        again = reopened(tmp_path / "there", clock, "sup")
        assert [one.subject_id for one in again.subject_rights.erasures()] == [one.subject_id for one in later]
        again.lock()

    def test_a_backup_that_is_gone_for_good_is_named_no_more(self, kept: Vault, place: Path) -> None:
        shutil.rmtree(place)
        kept.backups.forget(kept.backups.all()[0].backup_id)
        assert erase(kept, "2") == ()

    def test_nobodys_key_is_in_the_bulk_part(self, kept: Vault, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written: list[bytes] = []
        really = backup_parts.bulk_chunks

        def noting(found: Iterable[Batch]) -> Iterator[bytes]:
            for chunk in really(found):
                written.append(chunk)
                yield chunk

        monkeypatch.setattr(backups, "bulk_chunks", noting)
        kept.backups.create(FolderTarget(place.with_name("second")))
        with kept._state.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT subject, wrapped_key FROM subjects").all()
        everything = b"".join(written)
        for subject, wrapped in rows:
            assert wrapped not in everything
            assert kept._state.keys.subjects.unwrapped(subject, wrapped) not in everything


def test_a_rotation_reaches_the_backups(kept: Vault, place: Path, tmp_path: Path, clock: FixedClock) -> None:
    kept.operators.add("gone", Role.SUPERVISOR, "gone's passphrase", FLOOR)
    kept.operators.remove("gone")
    assert erase(kept, "3") == ()  # under the new roots too
    kept.lock()
    with pytest.raises(VaultError) as fault:
        verify_backup(FolderTarget(place), Credential("gone", "gone's passphrase"))
    assert fault.value.code is Code.VAULT_UNKNOWN_OPERATOR
    assert restored(place, tmp_path / "there", clock) == {"1", "2"}


class TestDamage:
    def refused(self, place: Path) -> None:
        with pytest.raises(VaultError) as fault:
            verify_backup(FolderTarget(place), OWNER)
        assert fault.value.code in {
            Code.VAULT_DAMAGED,
            Code.VAULT_UNSUPPORTED_VERSION,
            Code.VAULT_WRONG_PASSPHRASE,
            Code.VAULT_KDF_OUT_OF_BOUNDS,
        }

    @pytest.mark.parametrize("part", [BULK_FILE, KEYS_FILE])
    def test_a_flipped_byte_is_found(self, place: Path, part: str) -> None:
        content, chance = (place / part).read_bytes(), random.Random(3)
        for at in [0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(25))]:
            (place / part).write_bytes(
                content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
            )
            self.refused(place)
        (place / part).write_bytes(content)
        assert verify_backup(FolderTarget(place), OWNER).subjects == 3

    @pytest.mark.parametrize("part", [BULK_FILE, KEYS_FILE])
    def test_a_cut_file_is_found_also_between_chunks(self, place: Path, part: str) -> None:
        content, chance = (place / part).read_bytes(), random.Random(4)
        for length in [*boundaries(content)[:-1], 0, *(chance.randrange(len(content)) for _ in range(10))]:
            (place / part).write_bytes(content[:length])
            self.refused(place)
        (place / part).write_bytes(content + b"\x00")
        self.refused(place)

    def test_chunks_exchanged_repeated_or_left_out_are_found(self, place: Path) -> None:
        content = (place / BULK_FILE).read_bytes()
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
            (place / BULK_FILE).write_bytes(first + b"".join(spliced))
            self.refused(place)

    def test_parts_of_two_backups_do_not_go_together(self, kept: Vault, place: Path) -> None:
        other = place.with_name("other")
        kept.backups.create(FolderTarget(other))
        for part in (BULK_FILE, KEYS_FILE):
            mixed = Path(shutil.copytree(place, place.with_name(f"mixed-{part}")))
            shutil.copy(other / part, mixed / part)
            self.refused(mixed)

    def test_a_missing_part_is_named(self, place: Path) -> None:
        (place / BULK_FILE).rename(place / "elsewhere")
        self.refused(place)
        (place / "elsewhere").rename(place / BULK_FILE)
        (place / KEYS_FILE).unlink()
        self.refused(place)


def boundaries(content: bytes) -> list[int]:
    """Where the chunks of a part begin and end."""
    at = content.index(b"\n") + 1
    found = [at]
    while at < len(content):
        at += LENGTH_BYTES + int.from_bytes(content[at : at + LENGTH_BYTES], "big")
        found.append(at)
    return found
