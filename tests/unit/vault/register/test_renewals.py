"""References of earlier extractors are renewed at the desks of a register too: with the visit that made them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import ErasureReason, Withdrawal
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register.writing import visits
from tests.makers import ENROLLED
from tests.unit.vault.conftest import enrolment, renewal_of, replacing, witness
from tests.unit.vault.register.conftest import (
    ANYBODY,
    NOBODY,
    Desks,
    both_in_step,
    killed_before_the_vault_has_it,
    reopen,
    subject,
)

NEW = b"newly extracted"


def is_renewed(vault: Vault, person: str) -> bool:
    (face,) = (held for held in vault.references(person) if held.template.characteristic == FACE)
    return face.template.payload == NEW


def visit(vault: Vault, number: str = "1") -> str:
    """An accepted visit that renews the reference of the face; gives the person."""
    person = subject(vault, number)
    vault.record_outcome(person, accepted=True, renewals=[renewal_of(vault, person)])
    return person


def noted(vault: Vault) -> list[str]:
    with vault._state.database.reading() as local:
        return [name for name in read_facts(local) if name.startswith((visits.VISIT, visits.RENEWAL))]


def renewed_entries(vault: Vault) -> int:
    return [entry.event for entry in vault.audit.entries(1, 10_000)].count("reference.renewed")


@pytest.mark.parametrize("name", ["writing", "reading"])
def test_a_visit_renews_a_reference_at_every_desk_and_waits_for_no_server(desks: Desks, name: str) -> None:
    desks.sql(NOBODY.format(desks.database))
    person = visit(getattr(desks, name))
    assert not is_renewed(getattr(desks, name), person)  # before the register has it
    reopen(desks, name)
    desks.sql(ANYBODY.format(desks.database))
    both_in_step(desks)
    assert is_renewed(desks.writing, person)
    assert is_renewed(desks.reading, person)
    assert not noted(getattr(desks, name))
    assert renewed_entries(getattr(desks, name)) == 1


def test_a_desk_that_is_killed_as_it_brings_a_renewal_has_it_once(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = visit(desks.reading)
    killed_before_the_vault_has_it(monkeypatch, desks.reading.register.fetch)
    reopen(desks, "reading")
    both_in_step(desks)
    assert is_renewed(desks.writing, person)
    assert len(desks.reading.references(person)) == 2
    assert not noted(desks.reading)


def test_of_two_desks_that_renew_one_reference_the_first_does(desks: Desks) -> None:
    person = visit(desks.reading)
    visit(desks.writing)
    both_in_step(desks)
    assert is_renewed(desks.writing, person)
    assert len(desks.reading.references(person)) == 2
    assert renewed_entries(desks.reading) + renewed_entries(desks.writing) == 1


@pytest.mark.parametrize("meanwhile", ["enrolled anew", "withdrawn", "erased"])
def test_what_happened_at_another_desk_meanwhile_stands(desks: Desks, meanwhile: str) -> None:
    both_in_step(desks)
    person, rights = visit(desks.reading), desks.writing.subject_rights
    if meanwhile == "enrolled anew":
        rights.enrol_anew(replacing(desks.writing, replace(enrolment("1"), subject_id=person)), witness(desks.writing))
    elif meanwhile == "withdrawn":
        rights.withdraw_consent(person, Withdrawal(ENROLLED))
    else:
        rights.erase(person, witness(desks.writing), ErasureReason.REQUESTED)
    both_in_step(desks)
    assert not noted(desks.reading)
    assert renewed_entries(desks.reading) == 0


def test_no_more_wait_than_a_vault_carries_lightly(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MOST_RENEWALS", 1)
    first, second = visit(desks.reading, "1"), visit(desks.reading, "2")
    visit(desks.reading, "1")  # in the place of what was noted
    both_in_step(desks)
    assert is_renewed(desks.writing, first)
    assert not is_renewed(desks.writing, second)
    visit(desks.reading, "2")
    both_in_step(desks)
    assert is_renewed(desks.writing, second)
