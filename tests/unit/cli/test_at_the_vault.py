"""Commands at a vault, on simulated fingers: exit codes, documents, roles, second persons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.vault.lifecycle import unlock_vault
from tests.command_line import ADA, BEN, PASSPHRASE, SECOND, AtVault, RecordedFingers, mlid, new_vault
from tests.makers import policy

STRANGER, CLEO, GONE = 9, 3, 14
FREE = policy().attempts.free


@pytest.fixture
def operator(vault: AtVault) -> AtVault:
    return vault.by(SECOND)


def test_the_same_person_is_accepted_with_0(vault: AtVault, finger: RecordedFingers) -> None:
    done = vault.mlid("verify", "--number", "1001", *finger(ADA, 5), "--json")
    assert done.code == 0
    assert done.json["verdict"] == "accepted"
    assert done.json.keys() >= {"verdict", "reasons", "evidence", "policy", "attempts_left", "retry_after"}
    (row,) = done.json["evidence"]
    assert row["passed"]
    assert row["meaning"]["one_in"] >= 1000
    assert row["source"] == "recorded"


def test_another_person_is_rejected_with_1_and_told_how_often_more(vault: AtVault, finger: RecordedFingers) -> None:
    done = vault.mlid("verify", "--number", "1002", *finger(STRANGER, 1), "--json")
    assert done.code == 1
    assert done.json["verdict"] == "rejected"
    assert done.json["reasons"] == ["different_person"]
    assert done.json["attempts_left"] == FREE - 1
    (row,) = done.json["evidence"]
    told = [row[name] for name in ("meaning", "band", "score", "quality", "lips")]
    assert [*told, row["attack"]["liveness"], row["attack"]["signs"]] == [None] * 6 + [[]], "not even a supervisor"
    again = vault.mlid("verify", "--number", "1002", *finger(BEN, 5), "--json")
    assert again.code == 0
    assert again.json["attempts_left"] == FREE


def test_after_the_free_failures_there_is_a_delay_and_nothing_is_compared(
    vault: AtVault, finger: RecordedFingers
) -> None:
    """All but the last failure are counted on the vault itself, to be quick."""
    vault.enrol("1003", "Cleo", finger(CLEO, 1, 2, 3))
    opened = unlock_vault(vault.folder, operator_name="supervisor", passphrase=PASSPHRASE, clock=SystemClock())
    subject = opened.find("1003")
    assert subject is not None
    for _ in range(FREE - 1):
        opened.count_attempt(subject.subject_id)
        opened.record_outcome(subject.subject_id, accepted=False)
    opened.lock()
    last = vault.mlid("verify", "--number", "1003", *finger(STRANGER, 1), "--json")
    assert last.code == 1
    assert last.json["attempts_left"] == 0
    delayed = vault.mlid("verify", "--number", "1003", *finger(CLEO, 4), "--json")
    assert delayed.code == 3
    assert delayed.json["verdict"] == "inconclusive"
    assert delayed.json["reasons"] == ["delayed"]
    assert 0 < delayed.json["retry_after"] <= policy().attempts.delay_s
    assert "score" not in str(delayed.json["evidence"])
    assert "Next try in" in vault.mlid("verify", "--number", "1003", *finger(CLEO, 4)).out


def test_raw_scores_are_for_those_who_answer_for_them(
    vault: AtVault, finger: RecordedFingers, operator: AtVault
) -> None:
    for who, shown, touches in ((vault, True, (6, 7)), (operator, False, (8, 9))):  # the same image twice is a copy
        for done in (
            who.mlid("verify", "--number", "1001", *finger(ADA, touches[0]), "--json"),
            who.mlid("identify", *finger(BEN, touches[0]), "--json"),
        ):
            assert done.code == 0
            assert ('"score"' in done.out) is shown
            assert ('"liveness"' in done.out) is (shown and "evidence" in done.json)
        assert "score" not in who.mlid("verify", "--number", "1001", *finger(ADA, touches[1])).out


def test_identification_proposes_people_for_review(vault: AtVault, finger: RecordedFingers) -> None:
    done = vault.mlid("identify", *finger(BEN, 5), "--json")
    assert done.code == 0
    assert done.json["candidates"][0]["number"] == "1002"
    assert done.json["candidates"][0]["tier"] in {"strong", "possible"}
    assert done.json["verdict"] is None
    assert "Ben Ho" in vault.mlid("identify", *finger(BEN, 5)).out
    nobody = vault.mlid("identify", *finger(STRANGER, 1), "--json")
    assert nobody.code == 0
    assert nobody.json["candidates"] == []


def test_the_same_finger_under_another_number_waits_for_review_with_3(vault: AtVault, finger: RecordedFingers) -> None:
    arguments = (
        "enrol",
        "--number",
        "1009",
        "--name",
        "Ada Again",
        "--consent",
        "accepted",
        *finger(ADA, 11, 12, 13),
        "--json",
    )
    done = vault.mlid(*arguments)
    assert done.code == 3
    assert done.json["reasons"] == ["duplicate_to_review"]
    assert done.json["candidates"][0]["number"] == "1001"
    assert "1009" not in vault.mlid("records", "--json").out
    unexplained = vault.mlid(*arguments, "--duplicate", "different_people")
    assert unexplained.code == 2


def test_who_does_not_consent_is_not_captured(vault: AtVault, finger: RecordedFingers) -> None:
    done = vault.mlid("enrol", "--number", "1010", "--name", "D", "--consent", "declined", *finger(ADA, 5), "--json")
    assert done.code == 1
    assert done.json["reasons"] == ["consent_declined"]
    assert done.json["captures"] == []


def test_a_number_belongs_to_one_person(vault: AtVault, finger: RecordedFingers) -> None:
    done = vault.mlid("enrol", "--number", "1001", "--name", "E", "--consent", "accepted", *finger(ADA, 5))
    assert done.code == 2
    assert done.err.startswith(f"{Code.USAGE_NUMBER_TAKEN.value}: ")


def test_a_number_nobody_has_and_sources_that_are_not_there(
    vault: AtVault, finger: RecordedFingers, tmp_path: Path
) -> None:
    for arguments, exit_code, code in (
        (("--number", "9999", *finger(ADA, 5)), 2, Code.USAGE_UNKNOWN_SUBJECT),
        (("--number", "1001", "--finger", f"right-index=image:{tmp_path}/none.png"), 4, Code.DEVICE_NOT_FOUND),
        (("--number", "1001", "--finger", "right-index=teleport:7"), 2, Code.DEVICE_BAD_ADDRESS),
    ):
        done = vault.mlid("verify", *arguments, "--json")
        assert (done.code, done.err.partition(":")[0]) == (exit_code, code.value)
        assert done.out == ""


def test_an_empty_reader_is_inconclusive_with_3(vault: AtVault, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((300, 300), 255, np.uint8))
    done = vault.mlid("verify", "--number", "1001", "--finger", f"right-index=image:{tmp_path}/blank.png", "--json")
    assert done.code == 3
    assert done.json["attempts_left"] == FREE


def test_records_are_listed_shown_and_erased_by_two(vault: AtVault, finger: RecordedFingers, operator: AtVault) -> None:
    vault.enrol("1020", "Gone Soon", finger(GONE, 1, 2, 3))
    listed = vault.mlid("records", "--json")
    assert {"1001", "1002", "1020"} <= {person["number"] for person in listed.json["subjects"]}
    shown = vault.mlid("records", "show", "1020", "--json")
    assert shown.json["consent"]["outcome"] == "accepted"
    assert shown.json["references"][0]["characteristic"] == "fingerprint:right-index"
    assert "payload" not in shown.out
    assert vault.mlid("records", "show").code == 2
    alone = vault.mlid("records", "erase", "1020")
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    oneself = vault.mlid(
        "records", "erase", "1020", "--second", "supervisor", "--second-passphrase-file", vault.passphrase_file
    )
    assert oneself.code == 4
    wrong = vault.mlid(
        "records", "erase", "1020", "--second", SECOND, "--second-passphrase-file", vault.passphrase_file
    )
    assert (wrong.code, wrong.err.partition(":")[0]) == (4, Code.VAULT_WRONG_PASSPHRASE.value)
    erased = vault.mlid("records", "erase", "1020", *vault.with_second, "--json")
    assert erased.code == 0
    assert erased.json["erased"] == "1020"
    assert vault.mlid("records", "show", "1020").code == 2


def test_a_wrong_passphrase_and_an_unknown_operator_are_4(vault: AtVault, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not the passphrase at all\n")
    wrong = replace(vault, passphrase_file=tmp_path / "wrong").mlid("records")
    assert (wrong.code, wrong.err.partition(":")[0]) == (4, Code.VAULT_WRONG_PASSPHRASE.value)
    unknown = replace(vault, operator="mallory").mlid("records")
    assert unknown.code == 4
    assert PASSPHRASE not in wrong.err + unknown.err


def test_a_whole_vault_says_so(vault: AtVault) -> None:
    done = mlid(
        "vault",
        "verify",
        vault.folder,
        "--passphrase-file",
        vault.passphrase_file,
        "--operator",
        "supervisor",
        "--json",
    )
    assert done.code == 0
    assert done.json["whole"]


def test_outside_a_demo_vault_nothing_recorded_is_accepted(tmp_path: Path, finger: RecordedFingers) -> None:
    real = new_vault(tmp_path / "real", demo=False)
    done = real.mlid(
        "enrol", "--number", "1", "--name", "A", "--consent", "accepted", *finger(ADA, 5), "--attest", "--json"
    )
    assert done.code in {1, 3}
    assert done.json["reasons"] == ["source_not_live"]
    assert real.mlid("records", "--json").json == {"subjects": []}


@pytest.mark.parametrize("name", ["touch.png", "a=b.png", "a?b.png"])
def test_no_receipt_is_written_over_the_picture_that_is_enrolled(vault: AtVault, tmp_path: Path, name: str) -> None:
    picture = tmp_path / name
    picture.write_bytes(cv2.imencode(".png", np.full((300, 300), 255, np.uint8))[1].tobytes())
    before = picture.read_bytes()
    asked = ("enrol", "--number", "1030", "--name", "Ann", "--consent", "accepted")
    done = vault.mlid(*asked, "--finger", f"right-index=image:{picture}?dpi=500", "--receipt", picture, "--force")
    assert (done.code, done.err.partition(":")[0]) == (2, Code.USAGE_OUTPUT_IS_INPUT.value)
    assert picture.read_bytes() == before
