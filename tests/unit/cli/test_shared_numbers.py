"""People whose numbers became one by a migration, at the command line: named by identifier, then told apart."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests.command_line import AtVault, mlid
from tests.consent import first_text
from tests.makers import ROOT

KEPT = ROOT / "tests" / "vectors" / "vault" / "format_2_shared_numbers" / "vault"


@pytest.fixture
def desk(tmp_path: Path) -> AtVault:
    """The migrated vault, with seven people of whom three and two share a number, and passphrase files."""
    shutil.copytree(KEPT, tmp_path / "vault")
    (tmp_path / "sup").write_text("correct horse battery\n", encoding="utf-8")
    (tmp_path / "clerk").write_text("clerk's passphrase\n", encoding="utf-8")
    made = AtVault(tmp_path / "vault", tmp_path / "sup", "sup")
    by = ("--operator", "sup", "--passphrase-file", made.passphrase_file)
    assert mlid("vault", "migrate", made.folder, "--without-backup", *by).code == 0
    return made


def listed(folder: Path, number: str) -> Path:
    """An import list of one row."""
    text = first_text()
    path = folder / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["number", "name", "consent_text", "consent_language", "consent_given_at", "face"])
        table.writerow([number, "New One", text.version, "en", "2026-01-05T00:00:00+00:00", "a.png"])
    (folder / "a.png").write_bytes(b"no picture")
    return path


def test_they_are_told_apart_by_two(desk: AtVault, tmp_path: Path) -> None:
    second = ("--second", "clerk", "--second-passphrase-file", tmp_path / "clerk")
    shared = desk.mlid("records", "shared", "--json").json["shared"]
    assert sorted(len(people) for people in shared) == [2, 3]
    refused = desk.mlid("records", "show", "1012")
    assert refused.code == 2
    assert "Several people have this number" in refused.err
    three = next(people for people in shared if len(people) == 3)
    assert {person["name"] for person in three} == {"Amara Okoye", "Bahar Amini", "Chi Oda"}
    for subject in three:
        assert desk.mlid("records", "show", subject["subject"], "--json").json["name"] == subject["name"]
    first, other, last = (person["subject"] for person in three)
    assert desk.mlid("subject", "number", first, "2000").code != 0
    assert desk.mlid("subject", "number", first, "۱۰۱۲", *second).code == 2
    assert desk.mlid("subject", "number", "1012", "2000", *second).code == 2
    done = desk.mlid("subject", "number", first, "۲۰۰۰", *second, "--json")
    assert (done.code, done.json) == (0, {"subject": first, "number": "2000"})
    assert desk.mlid("subject", "number", other, "2001", *second).code == 0
    assert desk.mlid("records", "show", "١٠١٢", "--json").code == 0
    assert desk.mlid("subject", "number", last, "2002", *second).code == 2
    assert [len(people) for people in desk.mlid("records", "shared", "--json").json["shared"]] == [2]


def test_an_import_says_that_the_number_is_ambiguous(desk: AtVault, tmp_path: Path) -> None:
    done = desk.mlid("import", tmp_path, "--csv", listed(tmp_path, "۱۰۱۲"), "--json")
    assert [(row["outcome"], row["why"]) for row in done.json["rows"]] == [("refused", "usage.number_ambiguous")]


def test_nobody_new_gets_a_shared_number_and_a_check_asks_who(desk: AtVault, tmp_path: Path) -> None:
    picture = ("--finger", "right-index=simulated:finger?seed=1")
    assert desk.mlid("verify", "--number", "1012", *picture).code == 2
    taken = desk.mlid("enrol", "--number", "1012", "--name", "Somebody", "--consent", "accepted", *picture)
    assert taken.code == 2
    assert "already enrolled" in taken.err
    three = next(people for people in desk.mlid("records", "shared", "--json").json["shared"] if len(people) == 3)
    named = desk.mlid("verify", "--number", three[0]["subject"], *picture, "--json")
    assert named.code in {1, 3, 4}
    assert "several" not in named.err.lower()
