"""Earlier images of fingers in a vault: under the person's key, and the newest alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.templates import MOST_TOUCHES, Touch
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import RECORDS, TOUCHES
from mlid_desktop.vault.subjects.records.touch_codec import read_touches, touches_bytes
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, replacing

INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)


def touch(number: int) -> Touch:
    return Touch(INDEX, number.to_bytes(32), bytes([number % 256]) * 40)


def test_accepted_images_are_kept_the_newest_alone(vault: Vault, folder: Path, clock: FixedClock) -> None:
    person, other = vault.save_all([enrolment("1"), enrolment("2")])
    assert vault.touches(person.subject_id) == ()
    for number in range(MOST_TOUCHES + 5):
        vault.count_attempt(person.subject_id)
        vault.record_outcome(person.subject_id, accepted=True, touches=[touch(number)])
    vault.record_outcome(person.subject_id, accepted=False, touches=[touch(999)])
    expected = tuple(touch(number) for number in range(5, MOST_TOUCHES + 5))
    assert vault.touches(person.subject_id) == expected
    assert vault.touches(other.subject_id) == ()
    assert len(vault.references(person.subject_id)) == len(vault.references(other.subject_id))
    vault.verify()
    vault.lock()
    again = reopened(folder, clock, "sup", PASSPHRASE)
    try:
        assert again.touches(person.subject_id) == expected
        again.verify()
    finally:
        again.lock()


def test_nothing_of_a_search_is_kept(vault: Vault) -> None:
    (person,) = vault.save_all([enrolment("1")])
    vault.record_outcome(None, accepted=True, touches=[touch(1)])
    assert vault.touches(person.subject_id) == ()
    assert RECORDS[TOUCHES].name == "records_touches"


@given(st.lists(st.integers(0, 10_000), max_size=MOST_TOUCHES, unique=True))
def test_touches_come_back_as_they_were_written(numbers: list[int]) -> None:
    touches = tuple(touch(number) for number in numbers)
    assert read_touches(touches_bytes(touches)) == touches


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"{}x",
        b"[[1]]",
        b'[["face","",""]]',
        b'[["finger","AA==","AA=="]]',
        touches_bytes([touch(n) for n in range(21)]),
    ],
)
def test_what_is_no_record_of_touches_is_damage(untrusted: bytes) -> None:
    with pytest.raises(VaultError) as fault:
        read_touches(untrusted)
    assert fault.value.code is Code.VAULT_DAMAGED


def test_images_of_before_are_known_after_an_enrolment_anew(vault: Vault) -> None:
    (person,) = vault.save_all([enrolment("1")])
    vault.count_attempt(person.subject_id)
    vault.record_outcome(person.subject_id, accepted=True, touches=[touch(1), touch(2)])
    second = vault.operators.confirm_second(*WITNESS)
    anew = replace(enrolment("1"), subject_id=person.subject_id, touches=(touch(3),), not_compared=4)
    vault.subject_rights.enrol_anew(replacing(vault, anew), second)
    assert vault.touches(person.subject_id) == (touch(1), touch(2), touch(3))
    assert vault.audit.entries()[-1].facts["not_compared"] == 4
    vault.verify()


def test_who_was_not_compared_is_counted_in_the_audit(vault: Vault) -> None:
    vault.save_all([replace(enrolment("1"), not_compared=7)])
    assert vault.audit.entries()[-1].facts["not_compared"] == 7
