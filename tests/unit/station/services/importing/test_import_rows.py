"""The rows of a list become people, or say what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlid_desktop.station.services.importing.bulk_import import RowOutcome, read_list
from mlid_desktop.station.text.consent_texts import consent_texts
from tests.consent import first_text
from tests.site_schemas import clinic

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_letter_that_cannot_be_read_spoils_its_row_alone(tmp_path: Path) -> None:
    rows = [("7", "Zoé".encode()), ("8", b"Zo\xe9"), ("9", "José".encode()), ("10", "JosÃ©".encode()), ("11", b"???")]
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = b"number,name,consent_text,consent_language,consent_given_at,face\n"
    end = f",{text.version},en-GB,2026-01-05,a.png\n".encode()
    (tmp_path / "list.csv").write_bytes(heads + b"".join(number.encode() + b"," + name + end for number, name in rows))
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [row.details.number for row in read.rows] == ["7", "9"]
    assert [(row.line, row.why) for row in read.faulty] == [(at, "number_or_name") for at in (3, 5, 6)]


@pytest.mark.parametrize(
    ("cell", "number", "why"),
    [
        ('"=""007"""', "007", ""),
        ("'007", "007", ""),
        ("1.00E+05", "", "number_rounded"),
        ('"1,23457E+12"', "", "number_rounded"),
        ("#N/A", "", "number_or_name"),
        ("#REF!", "", "number_or_name"),
        ("########", "", "number_or_name"),
        ('"=HYPERLINK(""x"")"', "", "number_or_name"),
        ("12E", "12E", ""),
        ("1012.0", "", "number_rounded"),
        ("10.0.1", "10.0.1", ""),
        ("'-12", "-12", ""),
        ("\x1f00123", "00123", ""),
        ("“00123”", "00123", ""),
        ("1-Dec", "", "number_rounded"),
        ("01. Dez", "", "number_rounded"),
        ("déc-12", "", "number_rounded"),
        ("SET-15", "SET-15", ""),
        ("NULL", "", "number_or_name"),
        ("WAHR", "", "number_or_name"),
        ("#¡DIV/0!", "", "number_or_name"),
        ("#ИМЯ?", "", "number_or_name"),
        ("Err:502", "", "number_or_name"),
        ("#12", "#12", ""),
    ],
)
def test_what_spreadsheets_make_of_a_number_is_undone_or_refused(
    tmp_path: Path, cell: str, number: str, why: str
) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n{cell},Ann,{text.version},en,2026-01-05,a.png\n", encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [row.details.number for row in read.rows] == ([number] if number else [])
    assert [row.why for row in read.faulty] == ([why] if why else [])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("J&uuml;rgen", ""), ("J%C3%BCrgen", ""), ("J\\u00fcrgen", ""), ("J+APw-rgen", ""), ("M?ller", ""),
        ("undefined", ""),
        ("#NOMBRE?", ""), ("=1+1", ""), ("“Ann Example”", "Ann Example"), ("Null", "Null"), ("Col·lell", "Col·lell"),
        ("Smith & Sons; Ann", "Smith & Sons; Ann"), ("John 3rd", "John 3rd"),
    ],
)  # fmt: skip
def test_a_name_that_lost_its_letters_spoils_its_row(tmp_path: Path, written: str, kept: str) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n7,{written},{text.version},en,2026-01-05,a.png\n", encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [row.details.name for row in read.rows] == ([kept] if kept else [])


def test_nothing_as_a_database_writes_it_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face,left-thumb,guardian"
    rows = [f"{at},Ann,{text.version},en,2026-01-05,a.png,NULL,{who}" for at, who in enumerate(("NULL", "Mum", "M?m"))]
    (tmp_path / "list.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [(row.consent.guardian, len(row.addresses)) for row in read.rows] == [("", 1), ("Mum", 1)]
    assert [row.why for row in read.faulty] == ["guardian"]


def test_minutes_behind_a_full_stop_are_minutes(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    given = ("2026-01-05 14.30", "5.1.2026 14.30.00", "2026-01-05T14.30Z")
    rows = [f"{number},Ann,{text.version},en,{at},a.png" for number, at in enumerate(given)]
    (tmp_path / "list.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [f"{row.consent.given_at:%H:%M:%S}" for row in read.rows] == ["14:30:00"] * 3


@pytest.mark.parametrize(
    "named",
    [
        "sub\\B.PNG",
        "sub/b.png",
        "SUB/B.png",
        "Zo\u00eb.png",
        "Zoe\u0308.png",
        "zo\u00eb.PNG",
        "Zo%C3%AB.png",
        '"""sub\\B.PNG"""',
        "scans/sub/b.png",
        "a\u00a0b.png",
    ],
)
def test_names_of_files_are_found_as_other_systems_spell_them(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "scans"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "B.PNG").touch()
    (folder / "Zoe\u0308.png").touch()
    (folder / "a b.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n7,Ann,{text.version},en,2026-01-05,{named}\n", encoding="utf-8")
    assert len(read_list(folder, tmp_path / "list.csv", NOW).rows) == 1
    address = (folder / "sub" / "B.PNG").as_uri()
    (tmp_path / "list.csv").write_text(f"{heads}\n7,Ann,{text.version},en,2026-01-05,{address}\n", encoding="utf-8")
    assert len(read_list(folder, tmp_path / "list.csv", NOW).rows) == 1


@pytest.mark.parametrize("named", ["../a.png", "address", "%2e%2e/a.png", "scans/../../a.png", "link.png"])
def test_no_spelling_of_a_name_leads_out_of_the_folder(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (tmp_path / "a.png").touch()
    (folder / "link.png").symlink_to(tmp_path / "a.png")
    named = (tmp_path / "a.png").as_uri() if named == "address" else named
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n7,Ann,{text.version},en,2026-01-05,{named}\n", encoding="utf-8")
    read = read_list(folder, tmp_path / "list.csv", NOW)
    assert not read.rows
    assert read.faulty[0].why in {"image_missing", "outside_the_folder"}


def test_a_file_name_that_fits_two_files_is_neither(tmp_path: Path) -> None:
    for name in ("a.png", "A.png"):
        (tmp_path / name).touch()
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("a file system without capitals")
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n7,Ann,{text.version},en,2026-01-05,A.PNG\n", encoding="utf-8")
    assert [row.why for row in read_list(tmp_path, tmp_path / "list.csv", NOW).faulty] == ["image_missing"]


@pytest.mark.parametrize(
    ("given_at", "taken"),
    [
        ("2026-01-05T10:00:00+00:00", True),
        ("2026-01-05T10:00:00Z", True),
        ("٢٠٢٦-٠١-٠٥T10:00:00+00:00", True),
        ("2099-01-05T10:00:00+00:00", False),
        ("0001-01-05T10:00:00+00:00", False),
        ("2026-01-05T10:00:00", True),
        ("2026-01-05", True),
        ("2026/01/05 10:00", True),
        ("2026-01-05 10:00:00 UTC", True),
        ("05.01.2026", True),
        ("5.1.2026 10:00", True),
        ("05/01/2026", False),
        ("05/01/2026 10:00", False),
        ("2026‑01‑05", True),
        ("2026–01–05T10:00:00−05:00", True),
        ("5 Jan 2026", False),
        ("46027", False),
        ("31.02.2026", False),
    ],
)
def test_consent_lies_between_its_text_and_today(tmp_path: Path, given_at: str, taken: bool) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    (tmp_path / "list.csv").write_text(f"{heads}\n7,Ann,{text.version},en,{given_at},a.png\n", encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert len(read.rows) == taken
    assert [row.why for row in read.faulty] == ([] if taken else ["consent_given_at"])


@pytest.mark.parametrize("named", ["f" * 300 + ".png", "a\0.png", "none.png"])
def test_a_path_that_no_file_can_have_spoils_its_row(tmp_path: Path, named: str) -> None:
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    rows = [f"{number},Ann,{text.version},en,2026-01-05T10:00:00Z,{named}" for number in ("A1", "a1")]
    (tmp_path / "list.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [(row.outcome, row.why) for row in read.faulty] == [(RowOutcome.FAULTY, "image_missing")] * 2


def test_numbers_that_differ_in_case_or_digits_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    text = first_text()
    heads = "number,name,consent_text,consent_language,consent_given_at,face"
    numbers = ("A1", "a1", "12", "١٢", "012")
    rows = [f"{number},Ann,{text.version},en,2026-01-05T10:00:00Z,a.png" for number in numbers]
    (tmp_path / "list.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", NOW)
    assert [row.details.number for row in read.rows] == ["A1", "12", "012"]
    assert [(row.line, row.why) for row in read.faulty] == [(3, "number_twice"), (5, "number_twice")]


@pytest.mark.parametrize(
    ("cells", "version", "why"),
    [
        ("79927398713,'+33 6 12 34 56 78,1990-01-31,gold", "4", ""),
        ('"=""79927398713""",,31.1.1990,', "4", ""),
        (",,1990-01-31,", "4", ""),
        ("79927398714,,1990-01-31,", "4", "field/membership"),
        ("=1+1,,1990-01-31,", "4", "field/membership"),
        (",,1990-02-30,", "4", "field/born"),
        (",,1990-01-31,", "1", "fields_not_agreed"),
        (",,,", "1", ""),
    ],
)
def test_the_sites_own_fields_are_columns_of_their_names(tmp_path: Path, cells: str, version: str, why: str) -> None:
    (tmp_path / "a.png").touch()
    later = datetime(2027, 1, 1, tzinfo=UTC)
    text = next(text for text in consent_texts() if text.language == "en") if version == "4" else first_text()
    assert (text.language, text.version[0]) == ("en", version)
    heads = "number,name,consent_text,consent_language,consent_given_at,face,Membership,PHONE,born,plan"
    row = f"7,Ann,{text.version},en,{later.date()},a.png,{cells}"
    (tmp_path / "list.csv").write_text(f"{heads}\n{row}\n", encoding="utf-8")
    read = read_list(tmp_path, tmp_path / "list.csv", later, fields=clinic())
    assert [row.why for row in read.faulty] == ([why] if why else [])
    if not why and cells.strip(","):
        assert dict(read.rows[0].details.fields)["born.1"] == "1990-01-31"
    if "+33" in cells:
        assert dict(read.rows[0].details.fields)["phone.1"] == "+33612345678"
    assert read.unknown == ()
