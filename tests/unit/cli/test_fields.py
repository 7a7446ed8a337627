"""``mlid fields``: what a file of fields says, and what would be kept of a value."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.command_line import AtVault, RecordedFingers, mlid
from tests.site_schemas import CLINIC


def file_of(folder: Path, content: str = CLINIC) -> Path:
    file = folder / "fields.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_a_file_is_checked_without_a_vault(tmp_path: Path) -> None:
    ran = mlid("fields", "check", file_of(tmp_path), "--field", "phone=06 12 34 56 78", "--json")
    assert ran.code == 0
    assert [field["name"] for field in ran.json["fields"]] == ["membership", "born", "plan", "phone"]
    assert ran.json["values"] == {"phone": "+33612345678"}
    assert "Membership" in mlid("fields", "check", file_of(tmp_path)).out


def test_what_is_wrong_is_said_with_its_place_and_exit_code(tmp_path: Path) -> None:
    ran = mlid("fields", "check", file_of(tmp_path, CLINIC.replace("days = 1095", "days = 3650")))
    assert (ran.code, "born: days: what the people agreed to ends after 1095 days" in ran.err) == (2, True)
    ran = mlid("fields", "check", file_of(tmp_path), "--field", "membership=79927398714")
    assert (ran.code, "check digit" in ran.err, "79927398714" in ran.err) == (2, True, False)
    assert mlid("fields", "check", file_of(tmp_path), "--field", "colour=red").code == 2
    assert mlid("fields", "check", tmp_path / "nothing.toml").code == 2


MEMBER, OTHER = "79927398713", "4111111111111111"


def test_a_person_has_what_the_site_records_from_enrolment_to_correction(
    vault: AtVault, finger: RecordedFingers, tmp_path: Path
) -> None:
    """One road: two people define the fields, a person gives values, they are listed masked, corrected, handed out, and
    destroyed when the site gives a field up."""
    assert vault.mlid("fields", "set", file_of(tmp_path)).code == 4
    done = vault.mlid("fields", "set", file_of(tmp_path), *vault.with_second, "--json")
    assert (done.code, done.json["version"]) == (0, 1), done.err
    cleo = ("--number", "77", "--name", "Cleo", "--consent", "accepted", *finger(3, 1, 2))
    assert "born" in vault.mlid("enrol", *cleo).err
    assert vault.mlid("enrol", *cleo, "--field", "born=1990-02-30").code == 2
    given = ("--field", "born=1990-02-28", "--field", f"membership={MEMBER}")
    enrolled = vault.mlid("enrol", *cleo, *given)
    assert enrolled.code == 0, enrolled.err + enrolled.out
    listed = vault.mlid("records", "list", "--json").json["subjects"]
    assert [person["fields"] for person in listed if person["number"] == "77"] == [{"membership": "••••13", "plan": ""}]
    shown = vault.mlid("records", "show", "77", "--json").json
    assert shown["fields"] == {"membership": MEMBER, "born": "1990-02-28"}
    asked = vault.mlid("records", "show", "1001", "--json").json["asked_at_next_visit"]
    assert asked == ["born"], "Ada was enrolled before the field was required, and agreed to a text that speaks of it"

    assert vault.mlid("subject", "correct", "77", "--field", f"membership={OTHER[:-1]}2").code == 2
    assert (
        vault.mlid("subject", "correct", "1001", "--field", f"membership={MEMBER}", "--field", "born=1980-01-01").code
        == 2
    )
    assert vault.mlid("subject", "correct", "77", "--name", "Cleo B").code == 4
    both = vault.mlid(
        "subject", "correct", "77", "--name", "Cleo B", "--field", "plan=gold", *vault.with_second, "--json"
    )
    assert both.json["changed"] == ["name", "field/plan"], both.err
    out = tmp_path / "cleo.json"
    assert vault.mlid("subject", "export", "77", "--out", out, *vault.with_second).code == 0
    held = json.loads(out.read_text(encoding="utf-8"))["fields"]
    assert {field["name"]: field["value"] for field in held} == {
        "membership": MEMBER, "born": "1990-02-28", "plan": "gold",
    }  # fmt: skip

    people = tmp_path / "people.csv"
    assert vault.mlid("records", "export", "--out", people).code == 4
    assert vault.mlid("records", "export", "--out", people, *vault.with_second).code == 0
    listed_in = list(csv.DictReader(people.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["membership"] for row in listed_in if row["number"] == "77"] == [MEMBER]
    assert "plan" not in listed_in[0], "it is marked for no export"

    first = CLINIC.index("[[field]]", 5)
    fewer = vault.mlid("fields", "set", file_of(tmp_path, CLINIC[first:]), *vault.with_second, "--json")
    assert (fewer.code, fewer.json["gone"]) == (0, ["membership"]), fewer.err
    assert vault.mlid("records", "show", "77", "--json").json["fields"] == {"born": "1990-02-28", "plan": "gold"}
    assert vault.mlid("fields", "due", "--json").json["due"] == {}
    assert vault.mlid("audit", "verify").code == 0
    audit = vault.mlid("audit", "show", "--json").out
    assert not any(value in audit for value in (MEMBER, OTHER, "1990-02-28", "gold", "Cleo"))
    kept = tmp_path / "kept.toml"
    assert vault.mlid("fields", "show", "--out", kept).code == 0
    assert 'name = "born"' in kept.read_text(encoding="utf-8")
