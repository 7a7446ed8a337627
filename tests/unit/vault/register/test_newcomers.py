"""People whom two desks of a register enrol at about the same time: of each pair the desk whose change came first has
the other's newcomer to compare, once, also after a kill."""

from __future__ import annotations

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import ErasureReason, Withdrawal
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register.writing import newcomers
from tests.makers import ENROLLED
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import Desks, code_of, killed_before_the_vault_has_it, reopen, subject


def in_step(desks: Desks) -> None:
    for vault in (desks.writing, desks.reading, desks.writing):
        vault.register.fetch()


def to_compare(vault: Vault) -> dict[str, set[str]]:
    """Numbers of those who are to be compared, each with those of whom they are compared with."""
    numbers = {person.subject_id: person.number for person in vault.directory()}
    asked = vault.register.newcomers.to_compare()
    return {numbers[person]: {numbers[other] for other in others} for person, others in asked}


def both_enrol(desks: Desks) -> None:
    """The desk that leads enrols a, then the other b, without having heard of a before its act."""
    desks.writing.save(enrolment("a", "At the first desk"))
    desks.reading.save(enrolment("b", "At the second desk"))
    in_step(desks)


def test_of_two_desks_the_one_that_was_first_compares(desks: Desks) -> None:
    both_enrol(desks)
    assert to_compare(desks.writing) == {"b": {"a"}}
    assert to_compare(desks.reading) == {}
    desks.reading.save(enrolment("c", "Later"))
    desks.writing.save(enrolment("d", "Later still"))
    in_step(desks)
    assert to_compare(desks.writing) == {"b": {"a"}, "c": {"a"}}
    assert to_compare(desks.reading) == {"d": {"b", "c"}}


def test_who_arrives_is_compared_once_and_a_kill_forgets_nobody(desks: Desks) -> None:
    both_enrol(desks)
    reopen(desks, "writing")
    here = desks.writing.register.newcomers
    pair = (subject(desks.writing, "b"), subject(desks.writing, "a"))
    here.note_compared({pair[0]}, [pair])
    here.note_compared({pair[0]}, [pair[::-1]])
    assert to_compare(desks.writing) == {}
    reopen(desks, "writing")
    assert [set(found) for found in desks.writing.register.newcomers.alike()] == [set(pair)]
    assert desks.reading.register.newcomers.alike() == ()


def test_two_people_tell_a_pair_apart(desks: Desks) -> None:
    both_enrol(desks)
    here = desks.writing.register.newcomers
    pair = (subject(desks.writing, "a"), subject(desks.writing, "b"))
    here.note_compared({pair[1]}, [pair])
    assert code_of(lambda: here.tell_apart(pair, None)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    assert len(here.alike()) == 1
    here.tell_apart(pair, witness(desks.writing))
    assert here.alike() == ()
    entries = [entry for entry in desks.writing.audit.entries(1, 10_000) if entry.event == "identification.decided"]
    assert {(entry.facts["subject"], entry.facts["outcome"], entry.facts["second"]) for entry in entries} == {
        (person, "different", "witness") for person in pair
    }


@pytest.mark.parametrize("name", ["writing", "reading"])
def test_a_pair_is_no_more_where_one_of_them_is_erased_at_either_desk(desks: Desks, name: str) -> None:
    both_enrol(desks)
    vault = getattr(desks, name)
    pair = (subject(desks.writing, "a"), subject(desks.writing, "b"))
    desks.writing.register.newcomers.note_compared({pair[1]}, [pair])
    assert bytes.fromhex(pair[0]) in facts(desks.writing)[newcomers.NEWCOMERS]
    vault.subject_rights.erase(pair[0], witness(vault), ErasureReason.REQUESTED)
    in_step(desks)
    assert desks.writing.register.newcomers.alike() == ()
    assert bytes.fromhex(pair[0]) not in facts(desks.writing)[newcomers.NEWCOMERS]


def facts(vault: Vault) -> dict[str, bytes]:
    """What stands in the vault's facts."""
    with vault._state.database.reading() as local:
        return read_facts(local)


def test_who_withdrew_is_not_compared(desks: Desks) -> None:
    both_enrol(desks)
    desks.reading.subject_rights.withdraw_consent(subject(desks.reading, "b"), Withdrawal(ENROLLED))
    in_step(desks)
    assert to_compare(desks.writing) == {}


def test_a_day_later_nobody_is_compared_any_more(desks: Desks) -> None:
    desks.writing.save(enrolment("a", "Yesterday"))
    desks.clock.advance(25 * 3600)
    desks.writing.register.fetch()
    desks.reading.register.fetch()
    desks.reading.save(enrolment("b", "Today"))
    in_step(desks)
    assert to_compare(desks.writing) == {}


def test_who_was_enrolled_in_an_act_that_was_cut_off_is_compared_too(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_before_the_vault_has_it(monkeypatch, lambda: desks.writing.save(enrolment("a", "Cut off")))
    desks.reading.save(enrolment("b", "At the second desk"))
    reopen(desks, "writing")
    in_step(desks)
    assert to_compare(desks.writing)["b"] == {"a"}
    desks.reading.save(enrolment("c", "Later"))
    in_step(desks)
    assert "a" in to_compare(desks.writing)["c"]


@pytest.mark.parametrize("damaged", [b"", b"{}", bind(b"", b"", b""), bind(b"", b"x", b"", b"")])
def test_what_is_no_note_is_named(damaged: bytes) -> None:
    with pytest.raises(VaultError) as raised:
        newcomers.Noted.read({newcomers.NEWCOMERS: damaged})
    assert raised.value.code is Code.VAULT_DAMAGED


def test_what_is_noted_stays_small(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newcomers, "MOST_OWN", 2)
    monkeypatch.setattr(newcomers, "MOST_ARRIVED", 2)
    desks.writing.save_all([enrolment(f"a{number}", "Here") for number in range(4)])
    desks.reading.save_all([enrolment(f"b{number}", "There") for number in range(4)])
    in_step(desks)
    assert to_compare(desks.writing) == {"b2": {"a2", "a3"}, "b3": {"a2", "a3"}}
