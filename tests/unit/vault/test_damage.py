"""Whatever happens to the files: a typed fault that names it, never a wrong answer, and nothing readable in them."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.domain.templates import Template
from mlid_desktop.vault.schema import RECORDS
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault, create_vault
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened

FILES = ("vault.keys", "head", "records.db")
NUMBER, NAME, PAYLOAD = "7315-SECRET-NUMBER", "Wilhelmina Ångström", b"template-bytes-" * 20
PIXELS = bytes(range(100, 196))
AUDIT_NOTE = "audit-note-in-clear"


def searchable(folder: Path) -> bytes:
    """Every byte of every file below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def telling_enrolment() -> Enrolment:
    """A person of whom every trace would be recognised."""
    made = enrolment(NUMBER, NAME)
    face = made.captures[0]
    assert face.template is not None
    template = Template(face.characteristic, face.template.extractor, PAYLOAD)
    image = np.frombuffer(PIXELS * 8, np.uint8).reshape(16, 16, 3)
    shown = FrameSample(0, 0.0, face.provenance, image)
    return replace(made, captures=(replace(face, template=template, sample=shown),))


def test_nothing_readable_is_on_disk(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(variable, str(tmp_path / "temporary"))
    person = vault.save(telling_enrolment())
    vault.append_audit("noted", {"note": AUDIT_NOTE})
    with vault._change() as change:  # a transaction in mid-flight has its journal on disk
        change.delete(RECORDS["face"], RECORDS["face"].c.subject == person.subject_id)
        assert (folder / "records.db-journal").stat().st_size > 0
        while_open = searchable(tmp_path)
        change.connection.rollback()
        change.facts = dict(change.facts)  # the rolled-back change ends as one that writes its facts alone
    vault._database.close()
    everything = while_open + searchable(tmp_path)
    for secret in (NUMBER, NAME, AUDIT_NOTE, PASSPHRASE, "Test camera"):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert secret.encode(encoding) not in everything
    for trace in (PAYLOAD[:15], PIXELS, b"SQLite format 3", b"records_face", person.subject_id.encode()):
        assert trace not in everything
    for key in (vault._keys.roots.data, vault._keys.subjects.wrap, vault._keys.head, vault._keys.subjects.blind):
        assert bytes(key) not in everything
        assert key.hex().encode() not in everything


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
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
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
number = int(sys.argv[3])
while True:
    person = vault.save(enrolment(str(number)))
    print("saved", number, flush=True)
    print("counted", vault.count_attempt(None).failed_in_a_row, flush=True)
    if number % 3 == 2:
        print("erasing", number, flush=True)
        vault.erase(person.subject_id)
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
        assert {path.name for path in folder.iterdir()} - {"records.db-journal"} == {*FILES, "lock"}


@pytest.fixture
def little_room() -> Iterator[int]:
    """Files of this process may not grow beyond 300 KB: a full disk, as the vault sees it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    yield 300_000
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
    """A file system of 700 KB."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", where], capture_output=True, check=False
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
