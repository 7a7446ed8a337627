"""At the real command line: somebody asks for no movements, and is checked by a finger and two people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import ADA, BEN, SECOND, AtVault, RecordedFingers, new_vault


@pytest.fixture(scope="module")
def made_vault(tmp_path_factory: pytest.TempPathFactory, finger: RecordedFingers) -> AtVault:
    made = new_vault(tmp_path_factory.mktemp("vaults") / "desk", demo=True)
    made.enrol("1001", "Ada Low", finger(ADA, 1, 2, 3), "--without-movements")
    return made


def test_one_person_does_not_accept_and_two_do(vault: AtVault, finger: RecordedFingers) -> None:
    asked = ("verify", "--number", "1001", "--without-movements", "--json")
    alone = vault.mlid(*asked, *finger(ADA, 4))
    assert alone.code == 3
    assert alone.json["reasons"] == ["confirmation_missing"]
    done = vault.mlid(*asked, *finger(ADA, 5), *vault.with_second)
    assert done.code == 0, done.err
    assert done.json["without_movements"]
    stranger = vault.mlid(*asked, *finger(BEN, 1), *vault.with_second)
    assert stranger.code == 1
    decided = [entry for entry in vault.mlid("audit", "show", "--json").json["entries"]
               if entry["event"] == "verification.decided"]  # fmt: skip
    assert [(entry["facts"]["how"], entry["facts"].get("second")) for entry in decided[-3:]] == [
        ("without_movements", None), ("without_movements", SECOND), ("without_movements", None)
    ]  # fmt: skip


def test_the_wish_is_shown_handed_out_and_changed(vault: AtVault, tmp_path: Path) -> None:
    assert vault.mlid("records", "show", "1001", "--json").json["without_movements"]
    sheet = tmp_path / "kept.json"
    assert vault.mlid("subject", "export", "1001", "--out", sheet, *vault.with_second).code == 0
    assert json.loads(sheet.read_text("utf-8"))["without_movements"]
    paper = vault.mlid("subject", "export", "1001", "--out", tmp_path / "kept.pdf", *vault.with_second)
    assert paper.code == 0, paper.err
    changed = vault.mlid("subject", "wish", "1001", "--with-movements", "--json")
    assert changed.json == {"number": "1001", "without_movements": False}
    assert not vault.mlid("records", "show", "1001", "--json").json["without_movements"]
    assert vault.mlid("subject", "wish", "1001", "--without-movements").code == 0


def test_a_face_is_not_opened_for_somebody_who_wishes_no_movements(vault: AtVault) -> None:
    """Nobody asks them to stand before the camera first, and nothing is counted."""
    before = vault.mlid("records", "show", "1001", "--json").json
    done = vault.mlid("verify", "--number", "1001", "--face", "simulated:face?seed=7", "--json")
    assert done.code == 3, done.err
    assert done.json["reasons"] == ["no_alternative"]
    assert vault.mlid("records", "show", "1001", "--json").json == before
