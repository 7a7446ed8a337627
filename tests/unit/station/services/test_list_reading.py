"""Lists as spreadsheets of any language write them are read; what cannot be read spoils its row alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.services.bulk_import import RowOutcome, read_list
from mlid_desktop.station.services.list_reading import ListTable, read_table
from tests.consent import first_text

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KNOWN, NEEDED = ("number", "name", "right-index"), ("number", "name")
ROWS = "number,name,right-index\n7,Ann,a.png\n8,Zoé,b.png\n"


def table(tmp_path: Path, content: bytes | str) -> ListTable:
    path = tmp_path / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, KNOWN, NEEDED)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_ends_are_found_out(
    tmp_path: Path, separator: str, encoding: str, end: str
) -> None:
    read = table(tmp_path, ROWS.replace(",", separator).replace("\n", end).encode(encoding))
    assert read.separator == separator
    assert [(row.line, row.cells and row.cells["name"]) for row in read.rows] == [(2, "Ann"), (3, "Zoé")]
    assert (read.encoding == "windows-1252") == (encoding == "cp1252")


@pytest.mark.parametrize(
    "heads", ["NUMBER,Name,RIGHT INDEX", " number , name ,right_index", "\ufeffNumber,NAME,Right–Index"]
)
def test_heads_are_known_whatever_their_case(tmp_path: Path, heads: str) -> None:
    read = table(tmp_path, heads + "\n7,Ann,a.png\n")
    assert read.rows[0].cells == {"number": "7", "name": "Ann", "right-index": "a.png"}


def test_unknown_columns_are_told_and_empty_rows_skipped(tmp_path: Path) -> None:
    read = table(tmp_path, "number,Remark,name\n7,x,Ann\n,,\n\n   \n8,y,Bob\n,,\n")
    assert read.unknown == ("Remark",)
    assert [row.line for row in read.rows] == [2, 6]


def test_the_separator_that_excel_states_is_taken(tmp_path: Path) -> None:
    assert table(tmp_path, "sep=|\nnumber|name\n7|Ann, B\n").rows[0].cells == {"number": "7", "name": "Ann, B"}


def test_a_quoted_line_break_stays_in_its_row_and_lines_are_an_editors(tmp_path: Path) -> None:
    read = table(tmp_path, 'number,name\n7,"Ann\nExample"\n8,"Bob\u2028Other"\n9,Cid\n')
    assert [(row.line, row.cells and row.cells["name"]) for row in read.rows] == [
        (2, "Ann\nExample"),
        (4, "Bob\u2028Other"),
        (5, "Cid"),
    ]


def test_a_quotation_mark_that_is_not_closed_spoils_its_line_alone(tmp_path: Path) -> None:
    read = table(tmp_path, 'number,name\n7,"Ann\n8,Bob\n9,"Cid"x\n10,Dee\n')
    assert [(row.line, row.cells is None) for row in read.rows] == [(2, True), (3, False), (4, True), (5, False)]


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "number"), ("name\nAnn\n", "number"), ("number,Number,name\n", "number"), (b"\x81\x8d,\xff\n", "encoding")],
)
def test_a_list_that_cannot_be_used_says_what_is_missing(tmp_path: Path, content: bytes | str, why: str) -> None:
    with pytest.raises(UsageError) as fault:
        table(tmp_path, content)
    assert fault.value.code is Code.USAGE_LIST_UNREADABLE
    assert why in str(fault.value.facts["why"]) or fault.value.facts["why"] == "heads"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: ROWS + text)))
def test_any_bytes_are_a_list_or_a_typed_fault(tmp_path: Path, content: bytes | str) -> None:
    try:
        read = table(tmp_path, content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    except UsageError:
        return
    assert all(row.cells is None or set(row.cells) <= set(KNOWN) for row in read.rows)


@pytest.mark.parametrize(
    ("given_at", "taken"),
    [
        ("2026-01-05T10:00:00+00:00", True),
        ("2026-01-05T10:00:00Z", True),
        ("٢٠٢٦-٠١-٠٥T10:00:00+00:00", True),
        ("2099-01-05T10:00:00+00:00", False),
        ("0001-01-05T10:00:00+00:00", False),
        ("2026-01-05T10:00:00", False),
        ("05/01/2026", False),
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
