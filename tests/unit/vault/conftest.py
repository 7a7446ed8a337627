"""Vaults made quickly: the floor of the stretching cost, a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    Details,
    Enrolment,
    RenewedReference,
    Role,
    new_identifier,
)
from mlid_desktop.vault.keys import desk_keys
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault
from mlid_desktop.vault.second_person import SecondPerson
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.subjects.consent_and_retention import state_of
from tests.doubles import FixedClock
from tests.makers import ENROLLED, INDEX, observation

FILES = ("vault.keys", "head", "records.db")
PASSPHRASE = "correct horse battery"
WITNESS = ("witness", "what the witness typed")
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
    new_vault(folder).lock()
    return folder


@pytest.fixture
def vault(fresh: Path, folder: Path, clock: FixedClock) -> Iterator[Vault]:
    """An unlocked vault with its first supervisor."""
    shutil.copytree(fresh, folder)
    made = reopened(folder, clock)
    yield made
    made.lock()


def new_vault(folder: Path, clock: FixedClock | None = None, *, demo: bool = True) -> Vault:
    """A demo vault that a supervisor and the witness founded together."""
    return create_vault(
        folder,
        operator_name="sup",
        passphrase=PASSPHRASE,
        demo=demo,
        clock=clock or FixedClock(),
        cost=FLOOR,
        second=SecondFounder(WITNESS[0], Role.AUDITOR, WITNESS[1]),
    )


def reopened(folder: Path, clock: FixedClock, name: str | None = "sup", passphrase: str = PASSPHRASE) -> Vault:
    """The vault unlocked again."""
    return unlock_vault(folder, operator_name=name, passphrase=passphrase, clock=clock)


def renewal_of(vault: Vault, subject_id: str) -> RenewedReference:
    """A face reference of the next version of its extractor."""
    (old,) = (reference for reference in vault.references(subject_id) if reference.template.characteristic == FACE)
    made = old.template.extractor
    template = replace(old.template, extractor=replace(made, version=made.version + 1), payload=b"newly extracted")
    return RenewedReference((old.reference_id,), replace(observation(), template=template))


def replacing(vault: Vault, made: Enrolment) -> Enrolment:
    """An enrolment anew of a person whose record is as it is now."""
    with vault._state.database.reading() as connection:
        record = repository.profile(connection, made.subject_id, vault._state.keys.subjects)
    return replace(made, replaces=state_of(record))


def witness(vault: Vault) -> SecondPerson:
    """The other founder confirms one act."""
    return vault.operators.confirm_second(*WITNESS)


@pytest.fixture
def busy(vault: Vault) -> Vault:
    """A vault with some changes."""
    person = vault.save(enrolment("1"))
    for _ in range(4):
        vault.count_attempt(person.subject_id)
    return vault


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Makes this machine another one, as its own name of itself says."""

    def to_be(name: str) -> None:
        machine = tmp_path / f"machine-{name}"
        machine.write_text(f"{name}\n")
        monkeypatch.setattr(desk_keys, "MACHINE", machine)

    return to_be
