"""``mlid calibrate``: measured on the people of one vault, stored by two, in force after the next unlock, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from tests.alike_people import PEOPLE, VISITS, enrol_alike_people
from tests.command_line import PASSPHRASE, SECOND, AtVault, new_vault

FACE = ("--modality", "face")


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> AtVault:
    """Sixty people who resemble one another."""
    made = new_vault(tmp_path_factory.mktemp("people") / "desk", demo=True)
    enrol_alike_people(made.folder, made.operator, PASSPHRASE)
    return made


def test_it_is_measured_stored_by_two_and_taken_back(peopled: AtVault, tmp_path: Path) -> None:
    desk = peopled.copied(tmp_path / "copy")
    measured = desk.mlid("calibrate", "measure", *FACE, "--json").json
    assert (measured["people"], measured["pairs"]) == (PEOPLE, PEOPLE * (PEOPLE - 1) // 2)
    assert measured["raised"] > 1
    assert measured["storable"]
    change = measured["policies"][0]
    assert change["policy"] == "evaluation"
    assert change["threshold"]["after"] > change["threshold"]["before"]
    assert change["false_accepts"]["after"]["matches"] <= change["false_accepts"]["before"]["matches"]
    assert change["visits"]["accepted"] == VISITS
    alone = desk.mlid("calibrate", "adopt", *FACE)
    assert alone.code != 0
    assert Code.VAULT_SECOND_PERSON_NEEDED.value in alone.err
    stored = desk.mlid("calibrate", "adopt", *FACE, *desk.with_second, "--json")
    assert stored.json["stored"], stored.err
    told = desk.mlid("calibrate", "show", "--json")
    assert "calibrated Face" in told.err  # everybody who opens the vault is told
    (face,) = [row for row in told.json["calibrations"] if row["modality"] == "face"]
    assert face["site"]["applied"]
    assert (face["site"]["made_by"], face["site"]["confirmed_by"]) == (desk.operator, SECOND)
    again = desk.mlid("calibrate", "measure", *FACE, "--json").json
    assert again["policies"][0]["threshold"]["before"] == change["threshold"]["after"]  # in force now
    entries = desk.mlid("audit", "show", "--json").out
    assert "blob/calibration/face" in entries
    desk.mlid("calibrate", "revert", *FACE, *desk.with_second)
    reverted = desk.mlid("calibrate", "measure", *FACE, "--json").json
    assert reverted["policies"][0]["threshold"] == change["threshold"]


def test_too_few_people_carry_nothing_and_operators_are_refused(peopled: AtVault) -> None:
    few = peopled.mlid("calibrate", "measure", "--modality", "fingerprint")
    assert Code.MODEL_TOO_FEW_PEOPLE.value in few.err
    operator = peopled.by(SECOND)
    assert Code.VAULT_NOT_PERMITTED.value in operator.mlid("calibrate", "measure", *FACE).err
    shown = operator.mlid("calibrate", "show", "--json").json["calibrations"]
    assert all(row["months"] == [] for row in shown)  # no scores for who may not see them


def test_people_read_it_in_sentences(peopled: AtVault) -> None:
    lines = peopled.mlid("calibrate", "measure", *FACE).out
    assert f"{PEOPLE} people" in lines
    assert "people here taken for one another: " in lines
    assert f"Of {VISITS} past visits that were accepted" in lines
    assert "Face: the program's own calibration" in peopled.mlid("calibrate", "show").out
