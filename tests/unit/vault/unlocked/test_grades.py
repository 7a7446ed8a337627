"""Models for evaluation make templates for demo vaults alone: the vault itself refuses the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.domain.templates import Extractor, Grade
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment

FOR_EVALUATION = Extractor("face-builtin", 1, "00" * 32, Grade.EVALUATION)


def of_evaluation(made: Enrolment) -> Enrolment:
    """The same person, the face's template made by a model for evaluation."""
    first = made.captures[0]
    assert first.template is not None
    template = replace(first.template, extractor=FOR_EVALUATION)
    return replace(made, captures=(replace(first, template=template), *made.captures[1:]))


def test_a_demo_vault_keeps_them_with_their_grade(vault: Vault) -> None:
    saved = vault.save(of_evaluation(enrolment()))
    grades = {reference.template.extractor.grade for reference in vault.references(saved.subject_id)}
    assert grades == {Grade.EVALUATION, Grade.OPERATIONAL}


def test_an_operational_vault_refuses_the_whole_enrolment_and_names_the_way_out(
    tmp_path: Path, clock: FixedClock
) -> None:
    vault = create_vault(
        tmp_path / "vault", operator_name="sup", passphrase=PASSPHRASE, demo=False, clock=clock, cost=FLOOR
    )
    with pytest.raises(ModelError) as fault:
        vault.save(of_evaluation(enrolment()))
    assert fault.value.code is Code.MODEL_EVALUATION_ONLY
    assert vault.directory() == ()
    vault.save(enrolment())
    vault.lock()
