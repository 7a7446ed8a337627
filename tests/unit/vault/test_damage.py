"""Whatever happens to the files: a typed fault that names it, never a wrong answer, and nothing readable in them."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.templates import Template
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault, create_vault
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened

FILES = ("vault.keys", "head", "records.db")
NUMBER, NAME, PAYLOAD = "7315-SECRET-NUMBER", "Wilhelmina Ångström", b"template-bytes-" * 20


def searchable(folder: Path) -> bytes:
    """Every byte of every file below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def telling_enrolment() -> object:
    made = enrolment(NUMBER, NAME)
    face = made.captures[0]
    assert face.template is not None
    template = Template(face.characteristic, face.template.extractor, PAYLOAD)
    return replace(made, captures=(replace(face, template=template),))


def test_nothing_readable_is_on_disk(vault: Vault, folder: Path, tmp_path: Path) -> None:
    vault.save(telling_enrolment())  # type: ignore[arg-type] # an enrolment
    with vault._change() as change:  # a transaction in mid-flight has its journal on disk
        change.connection.exec_driver_sql("UPDATE subjects SET blind_number = blind_number")
        while_open = searchable(tmp_path)
    everything = while_open + searchable(tmp_path)
    vault.lock()
    everything += searchable(tmp_path)
    for secret in (NUMBER, NAME):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert secret.encode(encoding) not in everything
    assert PAYLOAD[:15] not in everything
    assert b"SQLite format 3" not in everything


def test_files_are_the_owners_alone(vault: Vault, folder: Path) -> None:
    vault.save(enrolment())
    assert folder.stat().st_mode & 0o077 == 0
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.fixture
def sealed(vault: Vault, folder: Path, tmp_path: Path) -> Path:
    """A locked vault with two people."""
    vault.save_all([enrolment("1"), enrolment("2")])
    vault.append_audit("test", {"n": 1})
    vault.lock()
    return folder


def read_everything(folder: Path, clock: FixedClock) -> None:
    vault = reopened(folder, clock)
    try:
        vault.verify()
    finally:
        vault.lock()


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(sealed: Path, clock: FixedClock, name: str, place: float, bit: int) -> None:
    path = sealed / name
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[int(place * len(whole))] ^= 1 << bit
    path.write_bytes(changed)
    try:
        with pytest.raises(VaultError):
            read_everything(sealed, clock)
    finally:
        path.write_bytes(whole)
    read_everything(sealed, clock)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_any_file_cut_short_is_found(sealed: Path, clock: FixedClock, name: str, share: float) -> None:
    path = sealed / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(VaultError):
        read_everything(sealed, clock)
    path.write_bytes(whole)
    read_everything(sealed, clock)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(sealed: Path, clock: FixedClock, name: str) -> None:
    (sealed / name).unlink()
    with pytest.raises(VaultError):
        read_everything(sealed, clock)


@pytest.mark.parametrize("name", ["head", "records.db"])
def test_an_old_file_put_back_is_named(sealed: Path, clock: FixedClock, name: str) -> None:
    old = (sealed / name).read_bytes()
    vault = reopened(sealed, clock)
    vault.save(enrolment("3"))
    vault.save(enrolment("4"))
    vault.lock()
    (sealed / name).write_bytes(old)
    with pytest.raises(VaultError) as fault:
        read_everything(sealed, clock)
    assert fault.value.code is Code.VAULT_ROLLED_BACK


def test_an_old_key_file_put_back_does_not_bring_an_erased_person_back(sealed: Path, clock: FixedClock) -> None:
    old = (sealed / "vault.keys").read_bytes()
    vault = reopened(sealed, clock)
    found = vault.find("1")
    assert found is not None
    vault.erase(found.subject_id)
    vault.lock()
    (sealed / "vault.keys").write_bytes(old)
    with pytest.raises(VaultError) as fault:
        read_everything(sealed, clock)
    assert fault.value.code is Code.VAULT_ROLLED_BACK


def test_files_of_another_vault_do_not_fit(sealed: Path, tmp_path: Path, clock: FixedClock) -> None:
    other = tmp_path / "other"
    create_vault(other, operator_name="sup", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR).lock()
    for name in FILES:
        kept = (sealed / name).read_bytes()
        shutil.copy(other / name, sealed / name)
        with pytest.raises(VaultError):
            read_everything(sealed, clock)
        (sealed / name).write_bytes(kept)


def test_a_demo_vault_cannot_be_passed_off_as_an_operational_one(sealed: Path, clock: FixedClock) -> None:
    path = sealed / "vault.keys"
    path.write_bytes(path.read_bytes().replace(b'"demo":true', b'"demo":false'))
    with pytest.raises(VaultError):
        read_everything(sealed, clock)


def test_a_kill_between_commit_and_head_opens_with_what_was_committed(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    vault.save(enrolment("1"))
    head = (folder / "head").read_bytes()
    vault.save(enrolment("2"))
    vault.lock()
    (folder / "head").write_bytes(head)
    again = reopened(folder, clock)
    assert len(again.directory()) == 2
    again.lock()


ENROLS_UNTIL_KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened
vault = reopened(Path(sys.argv[1]), FixedClock())
number = len(vault.directory())
while True:
    vault.save(enrolment(str(number)))
    if number % 5 == 4:
        vault.erase(vault.find(str(number - 2)).subject_id)
        vault.save(enrolment(f"{number - 2}"))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.slow
def test_a_kill_at_any_instant_loses_nothing_that_was_reported_saved(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    vault.lock()
    for round_number in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", ENROLS_UNTIL_KILLED, str(folder), str(ROOT)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(0.013 * (round_number + 1))
        child.send_signal(signal.SIGKILL)
        reported = [first, *child.stdout.read().split("\n")]
        child.wait()
        child.stdout.close()
        newest = max(int(line) for line in reported if line.strip())
        again = reopened(folder, clock)
        try:
            again.verify()
            numbers = {int(one.number) for one in again.directory()}
        finally:
            again.lock()
        missing = set(range(newest + 1)) - numbers
        assert len(missing) <= 1  # the one being erased and saved anew when the kill came
        assert missing <= {number - 2 for number in range(newest, newest + 2)}
        if missing:
            repaired = reopened(folder, clock)
            repaired.save(enrolment(str(missing.pop())))
            repaired.lock()


@pytest.fixture
def little_room() -> Iterator[int]:
    """Files of this process may not grow beyond 300 KB: a full disk, as the vault sees it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    yield 300_000
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are a POSIX matter")
def test_a_full_disk_is_named_and_leaves_the_vault_whole(
    vault: Vault, folder: Path, clock: FixedClock, little_room: int
) -> None:
    def fill() -> None:
        for number in range(2000):
            vault.save(enrolment(str(number)))

    with pytest.raises(VaultError) as fault:
        fill()
    saved = len(vault.directory())
    assert saved > 0
    assert fault.value.code in {Code.VAULT_DISK_FULL, Code.VAULT_UNWRITABLE}
    vault.lock()
    again = reopened(folder, clock)
    assert again.verify().subjects == saved
    again.lock()
