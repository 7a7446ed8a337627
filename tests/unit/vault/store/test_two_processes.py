"""Two processes at one vault: the lock's file can be removed, by whoever tidies up a folder or brings it elsewhere. One
of them writes then, and the other says so; nothing is lost and no key is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.atomic_files import LOCK_FILE
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, new_vault, reopened, witness


def save(vault: Vault) -> None:
    """Somebody is enrolled."""
    vault.save(enrolment("9"))


def erase(vault: Vault) -> None:
    """Somebody is erased: bucket keys are made anew, in the key file and the database."""
    person = next(person for person in vault.directory() if person.number in {"1", "2"})
    vault.subject_rights.erase(person.subject_id, witness(vault))


def rotate(vault: Vault) -> None:
    """Every key is made anew."""
    vault.rotation.rotate()


def count(vault: Vault) -> None:
    """An attempt is counted."""
    vault.count_attempt(None)


ACTS: dict[str, Callable[[Vault], None]] = {"save": save, "erase": erase, "rotate": rotate, "count": count}


@pytest.fixture
def home(tmp_path: Path, clock: FixedClock) -> Path:
    """A vault of two people."""
    vault = new_vault(tmp_path / "vault", clock)
    vault.save_all([enrolment("1"), enrolment("2")])
    vault.lock()
    return tmp_path / "vault"


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed again", "open still"])
@pytest.mark.parametrize("theirs", ACTS)
@pytest.mark.parametrize("ours", ACTS)
def test_what_another_process_did_stands(
    home: Path, clock: FixedClock, ours: str, theirs: str, *, is_closed: bool
) -> None:
    first = reopened(home, clock)
    (home / LOCK_FILE).unlink()
    second = reopened(home, clock)
    ACTS[theirs](second)
    people = {person.number for person in second.directory()}
    if is_closed:
        second.lock()
    for _ in range(2):
        with pytest.raises(VaultError) as fault:
            ACTS[ours](first)
        assert fault.value.code in {Code.VAULT_IN_USE, Code.VAULT_DAMAGED}
    first.lock()
    if not is_closed:
        save_another(second)
        people.add("10")
        second.lock()
    again = reopened(home, clock)
    again.verify()
    assert {person.number for person in again.directory()} == people
    again.lock()


def save_another(vault: Vault) -> None:
    """The process that has the vault goes on."""
    vault.save(enrolment("10"))


@pytest.mark.parametrize("act", ACTS)
def test_where_nobody_else_came_the_work_goes_on_and_the_lock_is_there_again(
    home: Path, clock: FixedClock, act: str
) -> None:
    vault = reopened(home, clock)
    (home / LOCK_FILE).unlink()
    ACTS[act](vault)
    with pytest.raises(VaultError) as fault:
        reopened(home, clock)
    assert fault.value.code is Code.VAULT_IN_USE
    vault.verify()
    vault.lock()
    reopened(home, clock).lock()
