"""References of earlier extractors give way to new ones, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import VaultError
from mlid_desktop.domain.subjects import RenewedReference
from mlid_desktop.domain.templates import SearchTable
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import FixedClock
from tests.makers import INDEX, observation
from tests.unit.vault.conftest import PASSPHRASE, enrolment, renewal_of, reopened
from tests.unit.vault.subjects.test_search_tables import TABLE, stored, table_of, tabulated


def test_the_new_reference_takes_the_place_of_the_old_one(vault: Vault, folder: Path, clock: FixedClock) -> None:
    person, other = vault.save_all([enrolment("1"), enrolment("2")])
    untouched = vault.references(other.subject_id)
    finger = [
        reference for reference in vault.references(person.subject_id) if reference.template.characteristic == INDEX
    ]
    for _ in range(2):
        _accept(vault, person.subject_id)
    renewed = _accept(vault, person.subject_id)
    vault.verify()
    vault.lock()
    again = reopened(folder, clock, "sup", PASSPHRASE)
    try:
        (face,) = (
            reference for reference in again.references(person.subject_id) if reference.template.characteristic == FACE
        )
        assert face.template == renewed.capture.template
        assert face.reference_id not in renewed.replaced
        assert [
            reference for reference in again.references(person.subject_id) if reference.template.characteristic == INDEX
        ] == finger
        assert again.references(other.subject_id) == untouched
        assert {reference.reference_id for reference in again.all_references(FACE.modality)} >= {face.reference_id}
        assert sum(entry.event == "reference.renewed" for entry in again.audit.entries()) == 3
        again.verify()
    finally:
        again.lock()


def _accept(vault: Vault, subject_id: str) -> RenewedReference:
    renewed = renewal_of(vault, subject_id)
    vault.count_attempt(subject_id)
    vault.record_outcome(subject_id, accepted=True, renewals=[renewed])
    return renewed


def test_a_refusal_renews_nothing(vault: Vault) -> None:
    (person,) = vault.save_all([enrolment("1")])
    before = vault.references(person.subject_id)
    vault.record_outcome(person.subject_id, accepted=False, renewals=[renewal_of(vault, person.subject_id)])
    assert vault.references(person.subject_id) == before


def test_only_references_of_this_person_of_this_characteristic_and_of_another_extractor_go(vault: Vault) -> None:
    person, other = vault.save_all([enrolment("1"), enrolment("2")])
    before = vault.references(person.subject_id)
    good = renewal_of(vault, person.subject_id)
    (finger,) = (reference for reference in before if reference.template.characteristic == INDEX)
    same = next(reference.template for reference in before if reference.template.characteristic == FACE)
    wrong = [
        renewal_of(vault, other.subject_id),
        RenewedReference((*good.replaced, finger.reference_id), good.capture),
        RenewedReference(good.replaced, replace(good.capture, template=same)),
        RenewedReference(("0" * 32,), good.capture),
    ]
    for renewed in wrong:
        with pytest.raises(VaultError):
            vault.record_outcome(person.subject_id, accepted=True, renewals=[renewed])
        assert vault.references(person.subject_id) == before
    for nothing in (RenewedReference((), good.capture), RenewedReference(good.replaced, observation(found=False))):
        with pytest.raises(ValueError, match="template"):
            vault.record_outcome(person.subject_id, accepted=True, renewals=[nothing])
    vault.verify()


def test_a_renewed_finger_has_the_search_table_of_the_new_reference_alone(vault: Vault) -> None:
    person, other = vault.save_all([tabulated("1"), tabulated("2")])
    (old,) = (kept for kept in vault.references(person.subject_id) if kept.template.characteristic == INDEX)
    extractor = replace(old.template.extractor, version=old.template.extractor.version + 1)
    for table in (SearchTable(2, b"made of the new one"), None):
        (old,) = (kept for kept in vault.references(person.subject_id) if kept.template.characteristic == INDEX)
        template = replace(old.template, extractor=extractor, payload=b"newly extracted", search_table=table)
        capture = replace(observation(characteristic=INDEX), template=template)
        renewed = RenewedReference((old.reference_id,), capture)
        vault.record_outcome(person.subject_id, accepted=True, renewals=[renewed])
        assert table_of(vault.references(person.subject_id)) == table
        assert stored(vault) == (1 if table is None else 2)
        assert table_of(vault.references(other.subject_id)) == TABLE
        vault.verify()
        extractor = replace(extractor, version=extractor.version + 1)
