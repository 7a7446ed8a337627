"""What every kind of backup target keeps, whatever it stands on: a new kind adds itself to ``TARGETS``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.backup.target import BackupTarget

TARGETS: dict[str, Callable[[Path], BackupTarget]] = {"folder": lambda home: FolderTarget(home / "backup")}
FIRST, LAST = "bulk.mlid", "keys.mlid"


class CutOffError(Exception):
    """What was being written stops here."""


def write(target: BackupTarget, part: str, content: bytes) -> None:
    with target.writing(part) as file:
        file.write(content)


def write_half(target: BackupTarget, part: str) -> None:
    with target.writing(part) as file:
        file.write(b"keys of")
        raise CutOffError


def read(target: BackupTarget, part: str) -> bytes:
    with target.open(part) as file:
        return file.read()


@pytest.mark.parametrize("kind", TARGETS)
class TestEveryTarget:
    @pytest.fixture
    def target(self, kind: str, tmp_path: Path) -> BackupTarget:
        """One that nothing was written to."""
        return TARGETS[kind](tmp_path)

    def test_what_was_written_is_read_again_and_found_by_its_location(self, target: BackupTarget) -> None:
        target.prepare(LAST)
        assert not target.holds(FIRST)
        write(target, FIRST, b"rows")
        again = target_at(target.location)
        assert again.holds(FIRST)
        assert read(again, FIRST) == b"rows"
        assert again.location == target.location

    def test_a_part_that_is_not_there_is_damage(self, target: BackupTarget) -> None:
        with pytest.raises(VaultError) as fault:
            target.open(LAST)
        assert fault.value.code is Code.VAULT_DAMAGED
        assert not target.holds(LAST)

    def test_a_part_is_replaced_whole_or_not_at_all(self, target: BackupTarget) -> None:
        target.prepare(LAST)
        write(target, LAST, b"keys of before, longer")
        with pytest.raises(CutOffError):
            write_half(target, LAST)
        assert read(target, LAST) == b"keys of before, longer"
        write(target, LAST, b"keys of now")
        assert read(target, LAST) == b"keys of now"

    def test_a_finished_backup_is_not_written_over_and_an_unfinished_one_is(self, target: BackupTarget) -> None:
        target.prepare(LAST)
        write(target, FIRST, b"rows")
        target.prepare(LAST)
        write(target, FIRST, b"other rows")
        write(target, LAST, b"keys")
        with pytest.raises(UsageError) as fault:
            target.prepare(LAST)
        assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
        assert read(target, FIRST) == b"other rows"

    def test_nobody_else_may_read_it(self, target: BackupTarget, tmp_path: Path) -> None:
        target.prepare(LAST)
        write(target, LAST, b"keys")
        assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*.mlid"))
