"""Whatever happens to the files: a typed fault that names it, never a wrong answer, and nothing readable in them."""

from __future__ import annotations

import shutil
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
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault
from mlid_desktop.vault.store.schema import RECORDS
from tests.doubles import FixedClock
from tests.unit.vault.conftest import FILES, PASSPHRASE, enrolment, reopened, witness

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
    vault.audit.append("vault.verified", {"how": AUDIT_NOTE})
    with vault._state.changing() as transaction:  # a transaction in mid-flight has its journal on disk
        transaction.delete(RECORDS["face"], RECORDS["face"].c.subject == person.subject_id)
        assert (folder / "records.db-journal").stat().st_size > 0
        while_open = searchable(tmp_path)
        transaction.connection.rollback()
        transaction.facts = dict(transaction.facts)  # the rolled-back change ends as one that writes its facts alone
    vault._state.database.close()
    everything = while_open + searchable(tmp_path)
    for secret in (NUMBER, NAME, AUDIT_NOTE, PASSPHRASE, "Test camera"):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert secret.encode(encoding) not in everything
    for trace in (PAYLOAD[:15], PIXELS, b"SQLite format 3", b"records_face", person.subject_id.encode()):
        assert trace not in everything
    for key in (
        vault._state.keys.roots.data,
        *(vault._state.keys.subjects.wrap[at : at + 32] for at in range(0, 256 * 32, 32)),
        vault._state.keys.head,
        vault._state.keys.subjects.blind,
    ):
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
    vault.audit.append("vault.verified", {"number": 1})
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
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(sealed: Path, clock: FixedClock, name: str, share: float, bit: int) -> None:
    path = sealed / name
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[int(share * len(whole))] ^= 1 << bit
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
    vault.subject_rights.erase(found.subject_id, witness(vault))
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
