"""Kills, full disks and second processes: what was reported stays, and the fault has a name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened
from tests.unit.vault.killed_work import ACTS, kills

resource = pytest.importorskip("resource", reason="limits on file sizes and SIGKILL are POSIX matters")

KILLS = 50  # a thousand in ``python3 dev.py bench vault_kills``
ROOM = 300_000  # bytes beside a new vault: a few people, and the journal of a write


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that is copied as it stands")
def test_a_kill_at_any_instant_loses_nothing_that_was_reported(tmp_path: Path) -> None:
    """While enrolling, keeping drafts, rotating, backing up, erasing, restoring and removing somebody."""
    done = kills(tmp_path / "home", range(KILLS), longest_s=0.3, seed=7)
    assert sum(done.values()) == KILLS
    assert min(done.values()) >= KILLS // len(ACTS)


@pytest.fixture
def little_room(vault: Vault, folder: Path) -> Iterator[int]:
    """Files of this process may not grow 150 KB beyond the largest of the vault: a full disk, as the vault sees it,
    which can still write where it has written before."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file()) + 150_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, limits[1]))
    yield largest
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)


def fill(vault: Vault) -> None:
    """Enrols until something stops it."""
    for number in range(5000):
        vault.save(enrolment(str(number)))


def test_a_file_that_may_not_grow_leaves_the_vault_whole(
    vault: Vault, folder: Path, clock: FixedClock, little_room: int
) -> None:
    with pytest.raises(VaultError) as fault:
        fill(vault)
    assert fault.value.code in {Code.VAULT_DISK_FULL, Code.VAULT_UNWRITABLE}
    saved = len(vault.directory())
    assert saved > 0
    vault.lock()
    again = reopened(folder, clock)
    assert again.verify().subjects == saved
    again.lock()


@pytest.fixture
def small_disk(tmp_path: Path, fresh: Path) -> Iterator[Path]:
    """A file system with room for a vault and a few people."""
    size = sum(path.stat().st_size for path in fresh.rglob("*")) + ROOM
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", where], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield where
    subprocess.run(["umount", "--lazy", where], check=True)


def test_a_full_disk_is_named_and_leaves_the_vault_whole(fresh: Path, small_disk: Path, clock: FixedClock) -> None:
    folder = small_disk / "vault"
    shutil.copytree(fresh, folder)
    vault = reopened(folder, clock)
    with pytest.raises(VaultError) as fault:
        fill(vault)
    assert fault.value.code is Code.VAULT_DISK_FULL
    saved = {person.number for person in vault.directory()}
    with pytest.raises(VaultError):
        vault.save(enrolment("5001"))
    found = vault.find("0")
    assert found is not None
    vault.lock()
    again = reopened(folder, clock)
    assert {person.number for person in again.directory()} == saved
    assert again.verify().subjects == len(saved)
    again.lock()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VaultError) as fault:
        create_vault(
            tmp_path / "file" / "vault", operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR
        )
    assert fault.value.code is Code.VAULT_UNWRITABLE


def test_what_a_lock_file_holds_and_how_old_it_is_stops_nobody(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.lock()
    (folder / "lock").write_text("4242\n")
    reopened(folder, clock).lock()
