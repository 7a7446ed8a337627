"""Kills, full disks and second processes: what was reported stays, and the fault has a name."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault, create_vault
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import FILES, PASSPHRASE, enrolment, reopened

resource = pytest.importorskip("resource", reason="limits on file sizes and SIGKILL are POSIX matters")

ENROLS_UNTIL_KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness
vault = reopened(Path(sys.argv[1]), FixedClock())
number = int(sys.argv[3])
while True:
    person = vault.save(enrolment(str(number)))
    print("saved", number, flush=True)
    print("counted", vault.count_attempt(None).failed_in_a_row, flush=True)
    if number % 3 == 2:
        print("erasing", number, flush=True)
        vault.erase(person.subject_id, witness(vault))
        print("erased", number, flush=True)
    number += 1
"""
KILLS = 10
NUMBERS_A_ROUND = 10_000


def killed_at_work(folder: Path, first_number: int, after_s: float) -> list[tuple[str, int]]:
    """What a process reported before it was killed, ``after_s`` seconds after its first word."""
    command = [sys.executable, "-c", ENROLS_UNTIL_KILLED, str(folder), str(ROOT), str(first_number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        reported = child.stdout.readline()
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
        reported += child.stdout.read()
    lines = [line.split() for line in reported.split("\n")[:-1]]  # the last line may be half a line
    return [(line[0], int(line[1])) for line in lines]


@pytest.mark.slow
def test_a_kill_at_any_instant_loses_nothing_that_was_reported(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.lock()
    said: dict[str, set[int]] = {"saved": set(), "counted": {0}, "erasing": set(), "erased": set()}
    chance = random.Random(7)
    for number in range(KILLS):
        for what, value in killed_at_work(folder, number * NUMBERS_A_ROUND, chance.uniform(0, 0.15)):
            said[what].add(value)
        again = reopened(folder, clock)
        try:
            again.verify()
            there = {int(one.number) for one in again.directory()}
            counted = again.attempts(None).failed_in_a_row
        finally:
            again.lock()
        assert said["saved"] - said["erasing"] <= there
        assert not said["erased"] & there
        assert max(said["counted"]) <= counted
        assert {path.name for path in folder.iterdir()} - {"records.db-journal"} == {*FILES, "lock", "tries"}


@pytest.fixture
def little_room() -> Iterator[int]:
    """Files of this process may not grow beyond 600 KB: a full disk, as the vault sees it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, limits[1]))
    yield 600_000
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
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1,100 KB."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1100k", "tmpfs", where], capture_output=True, check=False
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
    saved = {one.number for one in vault.directory()}
    with pytest.raises(VaultError):
        vault.save(enrolment("5001"))
    found = vault.find("0")
    assert found is not None
    vault.lock()
    again = reopened(folder, clock)
    assert {one.number for one in again.directory()} == saved
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
