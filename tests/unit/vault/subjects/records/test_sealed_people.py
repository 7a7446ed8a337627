"""People who were sealed before the act count for the same enrolments under the same keys, and for no others."""

from __future__ import annotations

from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import RECORDS
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.subjects.records.sealed_people import SealedPeople
from tests.unit.vault.conftest import enrolment


def test_every_record_is_sealed_and_marked_under_the_keys(vault: Vault) -> None:
    keys, people = vault._state.keys.subjects, [enrolment("1", "One"), enrolment("2", "Two")]
    sealed = SealedPeople.of(people, keys)
    assert [person["subject"] for person in sealed.people] == [person.subject_id for person in people]
    for kind, records in sealed.records.items():
        assert records.marks == [keys.marker.mark(RECORDS[kind].name, row) for row in records.rows]
    assert sum(len(records.rows) for records in sealed.records.values()) == 6


def test_what_was_sealed_of_others_or_under_other_keys_is_sealed_anew(vault: Vault) -> None:
    state = vault._state
    people, same = [enrolment("1", "One")], state.keys.subjects
    renewed = state.keys.with_fresh_wraps(state.identity, range(256)).subjects
    sealed = SealedPeople.of(people, same)
    assert sealed.is_of(people, same)
    for others, keys in ((list(people), same), (people, renewed), ([enrolment("2", "Two")], same)):
        assert not sealed.is_of(others, keys)
    old = SealedPeople.of(people, renewed)
    with state.changing() as transaction:
        repository.insert(transaction, people, state.keys.subjects, state.fields(transaction.connection), old)
    state.forget_directory()
    vault.verify()
    found = vault.find("1")
    assert found is not None
    assert vault.record(found.subject_id).details.name == "One"
    assert len(vault.references(found.subject_id)) == 2
