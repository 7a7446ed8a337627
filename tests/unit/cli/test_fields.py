"""``mlid fields``: what a file of fields says, and what would be kept of a value."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import mlid
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
