"""Portraits at the command line: handed out by two, destroyed by one person at the desk, never in other exports."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.devices.formats.still_codec import encode_small
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import ConsentUse, Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Portrait
from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.vault.lifecycle import unlock_vault
from tests.command_line import PASSPHRASE, SECOND, AtVault, RecordedFingers
from tests.makers import INDEX, ROOT, observation
from tests.unit.vault.conftest import AGREED

FLAT = np.full((400, 300, 3), 90, np.uint8)
CHOSEN = replace(AGREED, uses=tuple(ConsentUse), portrait=True)


@pytest.fixture
def cleo(vault: AtVault) -> tuple[AtVault, bytes]:
    """Somebody with a portrait is enrolled as 1003, under a policy that keeps them."""
    picture = encode_small(FLAT, 4000)
    assert picture is not None
    portrait = Portrait(picture, AGREED.given_at, "live")
    opened = unlock_vault(vault.folder, operator_name=vault.operator, passphrase=PASSPHRASE, clock=SystemClock())
    details, captures = Details("1003", "Cleo Ray"), (observation(characteristic=INDEX),)
    person = Enrolment(new_identifier(), details, CHOSEN, captures, (), AGREED.given_at, portrait=portrait)
    opened.save(person)
    opened.lock()
    return vault, picture


def test_the_person_gets_the_portrait_and_has_it_destroyed_with_everything_else_kept(
    cleo: tuple[AtVault, bytes], tmp_path: Path
) -> None:
    vault, picture = cleo
    desk = vault.by(SECOND)
    alone = desk.mlid("subject", "portrait", "export", "1003", "--out", tmp_path / "a.jpg")
    assert (alone.code, (tmp_path / "a.jpg").exists()) == (4, False)
    both = vault.mlid("subject", "portrait", "export", "1003", "--out", tmp_path / "a.jpg", *vault.with_second)
    assert both.code == 0, both.err
    assert (tmp_path / "a.jpg").read_bytes() == picture
    held = vault.mlid("subject", "export", "1003", "--out", tmp_path / "held.json", *vault.with_second)
    assert held.code == 0, held.err
    document = json.loads((tmp_path / "held.json").read_text(encoding="utf-8"))
    assert base64.b64decode(document["portrait"]["jpeg"]) == picture
    sheet = vault.mlid("subject", "export", "1003", "--out", tmp_path / "held.pdf", *vault.with_second)
    assert sheet.code == 0, sheet.err
    certificate = tmp_path / "gone.pdf"
    gone = desk.mlid("subject", "portrait", "withdraw", "1003", "--certificate", certificate, "--json")
    assert gone.code == 0, gone.err
    assert gone.json == {"portrait_destroyed": "1003", "ledger_entry": 1, "backups_that_may_hold_it": []}
    assert certificate.read_bytes().startswith(b"%PDF-")
    again = desk.mlid("subject", "portrait", "withdraw", "1003")
    assert (again.code, again.err.partition(":")[0]) == (2, Code.USAGE_NO_PORTRAIT.value)
    assert vault.mlid("records", "show", "1003", "--json").json["references"]


def test_no_other_export_has_a_portrait(cleo: tuple[AtVault, bytes], tmp_path: Path) -> None:
    vault, picture = cleo
    inside = base64.b64encode(picture[20:200]).decode()[4:80]
    shown = [
        vault.mlid(*asked, "--json").out
        for asked in (("records",), ("records", "show", "1003"), ("audit", "show"), ("stats", "export"))
    ]
    vault.mlid("audit", "export", "--out", tmp_path / "audit.jsonl")
    assert all(inside not in text for text in (*shown, (tmp_path / "audit.jsonl").read_text(encoding="utf-8")))


def test_agreeing_again_without_a_portrait_destroys_it(cleo: tuple[AtVault, bytes], tmp_path: Path) -> None:
    vault, _picture = cleo
    kept = tmp_path / "kept.toml"
    standard = (ROOT / "resources" / "policy" / "standard.toml").read_text(encoding="utf-8")
    kept.write_text(standard.replace('name = "standard"', 'name = "own"\nportraits = "kept"'), encoding="utf-8")
    assert vault.mlid("policy", "set", kept, *vault.with_second).code == 0
    assert vault.mlid("subject", "renew", "1003", "--portrait", "--json").json["portrait_chosen"]
    assert vault.mlid("subject", "renew", "1003", "--json").json["portrait_chosen"] is False
    again = vault.mlid("subject", "portrait", "withdraw", "1003")
    assert (again.code, again.err.partition(":")[0]) == (2, Code.USAGE_NO_PORTRAIT.value)
    covers = vault.mlid("records", "show", "1003", "--json").json["consent"]["covers"]
    assert covers == ["answers", "site_fields"]


def test_a_choice_is_not_noted_where_the_policy_keeps_none(vault: AtVault, finger: RecordedFingers) -> None:
    asked = ("enrol", "--number", "1009", "--name", "Dan Fox", "--consent", "accepted", "--portrait")
    done = vault.mlid(*asked, *finger(9, 1, 2, 3))
    assert done.code == 0, done.err
    assert "keeps no portraits" in done.err
    shown = vault.mlid("records", "show", "1009", "--json").json
    assert "portrait" not in shown["consent"]["covers"]


def test_who_has_a_portrait_is_listed_also_where_the_policy_keeps_none(cleo: tuple[AtVault, bytes]) -> None:
    vault, _ = cleo
    told = vault.mlid("subject", "portrait", "list", "--json")
    assert told.json == {"policy_keeps_portraits": False, "people": [{"number": "1003", "name": "Cleo Ray"}]}
    said = vault.mlid("subject", "portrait", "list")
    assert "Cleo Ray" in said.out
    assert "keeps no portraits" in said.err
    assert vault.mlid("subject", "portrait", "withdraw", "1003").code == 0
    assert "Nobody has a portrait here." in vault.mlid("subject", "portrait", "list").out
