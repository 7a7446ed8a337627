"""Vaults made quickly: the floor of the stretching cost, a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    Details,
    Enrolment,
    Operator,
    Role,
    new_identifier,
)
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from mlid_desktop.vault.second_person import SecondPerson
from tests.doubles import FixedClock
from tests.makers import ENROLLED, INDEX, observation

FILES = ("vault.keys", "head", "records.db")
PASSPHRASE = "correct horse battery"
AGREED = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)


def enrolment(number: str = "1001", name: str = "Amara Okoye") -> Enrolment:
    """A person with a face and a finger."""
    captures = (observation(), observation(characteristic=INDEX))
    return Enrolment(new_identifier(), Details(number, name), AGREED, captures, (), ENROLLED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the vault is."""
    return tmp_path / "vault"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault nobody touches: each test gets a copy."""
    folder = tmp_path_factory.mktemp("fresh") / "vault"
    create_vault(folder, operator_name="sup", passphrase=PASSPHRASE, demo=True, clock=FixedClock(), cost=FLOOR).lock()
    return folder


@pytest.fixture
def vault(fresh: Path, folder: Path, clock: FixedClock) -> Iterator[Vault]:
    """An unlocked vault with its first supervisor."""
    shutil.copytree(fresh, folder)
    made = reopened(folder, clock)
    yield made
    made.lock()


def reopened(folder: Path, clock: FixedClock, name: str | None = None, passphrase: str = PASSPHRASE) -> Vault:
    """The vault unlocked again."""
    return unlock_vault(folder, operator_name=name, passphrase=passphrase, clock=clock)


def witness(vault: Vault) -> SecondPerson:
    """A second person, as after a passphrase: what it takes to get one is tested with the roles."""
    return vault._state.second_persons.confirmed(Operator("witness", Role.AUDITOR))
