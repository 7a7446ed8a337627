"""What the process and its files tell others: nothing, as far as the platform lets."""

from __future__ import annotations

import ctypes
import mmap
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mlid_desktop.process.locked_memory import hold_in_memory
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import PASSPHRASE, enrolment

HARDENED = """
import ctypes, os, resource, sys
from mlid_desktop.station.installation.process_hardening import harden_process
done = harden_process()
print(done.core_dumps_off, done.tracing_off)
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
descriptor = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o666)
print(oct(os.fstat(descriptor).st_mode & 0o777))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="how it is asked for and read back differs elsewhere")
def test_no_core_dump_no_tracing_files_for_the_owner(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HARDENED, str(tmp_path / "file")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == ["True True", "(0, 0) 0", "0o600"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_keys_are_in_locked_memory() -> None:
    key = bytearray(64 * 1024)
    if not hold_in_memory(key):
        pytest.skip("this account may lock no memory")
    first = ctypes.addressof((ctypes.c_char * len(key)).from_buffer(key))
    locked = locked_memory()
    pages = range(first, first + len(key), mmap.PAGESIZE)
    assert all(any(page in area for area in locked) for page in pages)
    key[:] = bytes(len(key))  # it can be wiped as before
    ctypes.CDLL(None).munlock(ctypes.c_void_p(ctypes.addressof((ctypes.c_char * 1).from_buffer(key))), len(key))


def locked_memory() -> list[range]:
    """The addresses of this process that are held in memory."""
    locked, area = [], range(0)
    for line in Path("/proc/self/smaps").read_text(encoding="ascii").splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            area = range(int(span[1], 16), int(span[2], 16))
        elif line.startswith("VmFlags:") and "lo" in line.split():
            locked.append(area)
    return locked


def test_every_key_is_wiped_at_lock(vault: Vault) -> None:
    vault.save(enrolment())
    held = vault._state.keys.buffers
    assert all(any(key) for key in held)
    vault.lock()
    assert not any(any(key) for key in held)


def test_a_rotation_wipes_the_keys_of_before(vault: Vault) -> None:
    held = vault._state.keys.buffers
    vault.rotation.rotate()
    assert not any(any(key) for key in held)
    assert all(any(key) for key in vault._state.keys.buffers)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX matter")
def test_every_file_is_for_its_owner_alone(vault: Vault, folder: Path, tmp_path: Path, clock: FixedClock) -> None:
    vault.save(enrolment())
    vault.operators.change_passphrase(PASSPHRASE, PASSPHRASE)
    vault.rotation.rotate()
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    for owned in (folder, tmp_path / "backup"):
        assert stat.S_IMODE(owned.stat().st_mode) == 0o700
        for path in owned.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
