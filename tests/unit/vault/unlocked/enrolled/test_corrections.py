"""What is recorded about a person is corrected without a new capture; number and name by two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Details, SubjectSummary, Withdrawal
from mlid_desktop.vault.lifecycle import Vault
from tests.makers import ENROLLED
from tests.site_schemas import clinic
from tests.unit.vault.conftest import enrolment, witness

MEMBER, OTHER = "79927398713", "4111111111111111"


@pytest.fixture
def known(vault: Vault) -> SubjectSummary:
    """Somebody who is enrolled beside somebody else, in a vault with fields."""
    vault.site_fields.store(clinic(), witness(vault))
    taken = replace(enrolment("2"), details=Details("2", "Bo", fields=(("membership.1", OTHER),)))
    return vault.save_all([enrolment("1", "Ann"), taken])[0]


def corrections(vault: Vault) -> list[object]:
    return [entry.facts["name"] for entry in vault.audit.entries() if entry.event == "subject.corrected"]


def test_fields_are_corrected_by_one_and_everything_else_stays(vault: Vault, known: SubjectSummary) -> None:
    before = vault.references(known.subject_id)
    vault.directory()
    changed = vault.corrections.correct(
        known.subject_id, Details("1", "Ann", fields=(("membership.1", MEMBER), ("plan.1", "gold"))), None
    )
    assert changed == ("field/membership", "field/plan")
    found = vault.find("1")
    assert found is not None
    assert found == next(person for person in vault.directory() if person.number == "1")
    assert dict(found.fields) == {"membership.1": MEMBER, "plan.1": "gold"}
    assert [reference.reference_id for reference in vault.references(known.subject_id)] == [
        reference.reference_id for reference in before
    ]
    assert corrections(vault) == ["field/membership", "field/plan"]
    assert MEMBER not in str([entry.facts for entry in vault.audit.entries()])
    vault.verify()


@pytest.mark.parametrize("details", [Details("3", "Ann"), Details("1", "Anna")])
def test_number_and_name_take_two(vault: Vault, known: SubjectSummary, details: Details) -> None:
    with pytest.raises(VaultError) as fault:
        vault.corrections.correct(known.subject_id, details, None)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    vault.corrections.correct(known.subject_id, details, witness(vault))
    found = vault.find(details.number)
    assert found is not None
    assert (found.subject_id, found.name) == (known.subject_id, details.name)
    vault.verify()


def test_the_number_of_before_is_free_and_nobody_gets_what_another_has(vault: Vault, known: SubjectSummary) -> None:
    with pytest.raises(UsageError) as fault:
        vault.corrections.correct(known.subject_id, Details("2", "Ann"), witness(vault))
    assert fault.value.code is Code.USAGE_NUMBER_TAKEN
    with pytest.raises(UsageError) as fault:
        vault.corrections.correct(known.subject_id, Details("1", "Ann", fields=(("membership.1", OTHER),)), None)
    assert fault.value.code is Code.USAGE_FIELD_TAKEN
    vault.corrections.correct(known.subject_id, Details("3", "Ann"), witness(vault))
    assert vault.find("1") is None
    vault.save(enrolment("1"))
    vault.verify()


def test_a_field_that_was_emptied_is_free_for_others(vault: Vault, known: SubjectSummary) -> None:
    vault.corrections.correct(known.subject_id, Details("1", "Ann", fields=(("membership.1", MEMBER),)), None)
    assert vault.corrections.correct(known.subject_id, Details("1", "Ann"), None) == ("field/membership",)
    assert vault.corrections.correct(known.subject_id, Details("1", "Ann"), None) == ()
    again = replace(enrolment("9"), details=Details("9", "Cy", fields=(("membership.1", MEMBER),)))
    vault.save(again)


def test_nothing_is_corrected_of_somebody_who_withdrew(vault: Vault, known: SubjectSummary) -> None:
    vault.subject_rights.withdraw_consent(known.subject_id, Withdrawal(ENROLLED))
    with pytest.raises(UsageError) as fault:
        vault.corrections.correct(known.subject_id, Details("1", "Anna"), witness(vault))
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
