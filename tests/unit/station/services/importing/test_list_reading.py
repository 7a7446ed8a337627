"""Lists as spreadsheets of any language write them are read; what cannot be read spoils its row alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.services.importing import list_reading
from mlid_desktop.station.services.importing.list_reading import ListTable, read_table

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
    "heads",
    [
        "NUMBER,Name,RIGHT INDEX",
        "[Number],Name,RightIndex",
        " number , name ,right_index",
        "\ufeffNumber,NAME,Right–Index",
    ],
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


@pytest.mark.parametrize("encoding", ["cp1251", "cp1253", "cp1255", "cp1256", "koi8-r", "gbk", "shift_jis", "big5"])
def test_an_encoding_of_another_script_is_asked_for_and_never_guessed(tmp_path: Path, encoding: str) -> None:
    names = {
        "cp1251": "Иван Петров",
        "koi8-r": "Иван Петров",
        "cp1253": "Μαρία Παππά",
        "cp1255": "משה כהן",
        "cp1256": "محمد علي",
    }
    name = names.get(encoding, "山田太郎")
    content = f"number,name\n7,{name}\n8,Ann\n".encode(encoding)
    with pytest.raises(UsageError) as fault:
        table(tmp_path, content)
    assert fault.value.facts["why"] == "encoding"
    read = read_table(tmp_path / "list.csv", KNOWN, NEEDED, encoding)
    assert read.rows[0].cells == {"number": "7", "name": name}


def test_western_names_need_no_word_about_their_encoding(tmp_path: Path) -> None:
    names = ["Þjóðólfur Ægisson", "Françoise Müller", "José Ángel Núñez", "ÅSE ØRSTED", "Ó Briain"]
    content = "number,name\n" + "".join(f"{at},{name}\n" for at, name in enumerate(names))
    read = table(tmp_path, content.encode("cp1252"))
    assert [row.cells and row.cells["name"] for row in read.rows] == names
    with pytest.raises(UsageError):
        table(tmp_path, "number,name\n7,Zoë Müller\n".encode("mac_roman"))
    with pytest.raises(UsageError):
        table(tmp_path, "number,name\n7,Jürgen Größe\n".encode("mac_roman"))


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1254", ["Şule Işık", "Ayşe Yıldız"]),
        ("cp1250", ["Jiří Dvořák", "Hana Černá", "Petr Růžička"]),
        ("cp1250", ["Pál Erdős", "Éva Szűcs"]),
        ("cp1250", ["Łukasz Żółć", "Michał Wiśniewski"]),
        ("cp1250", ["Ivan Kovačević", "Ana Babić"]),
        ("cp1250", ["Ioana Băsescu", "Ana Vlăduțu".replace("ț", "ţ")]),
        ("cp1257", ["Jānis Bērziņš", "Rūta Šimkienė"]),
        ("cp850", ["Günther Müßig", "Zoé Léger"]),
        ("mac_roman", ["José Müller", "Zoë"]),
        ("iso8859_15", ["Zoë Œuvré"]),
    ],
)
def test_names_of_neighbouring_code_pages_are_not_kept_as_other_names(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    content = "number,name\n" + "".join(f"{at},{name}\n" for at, name in enumerate(names))
    with pytest.raises(UsageError) as fault:
        table(tmp_path, content.encode(encoding))
    assert fault.value.facts["why"] == "encoding"
    read = read_table(tmp_path / "list.csv", KNOWN, NEEDED, encoding)
    assert [row.cells and row.cells["name"] for row in read.rows] == names


def test_a_separator_that_is_stated_and_not_used_is_passed_over(tmp_path: Path) -> None:
    assert table(tmp_path, "sep=;\nnumber,name\n7,Ann\n").rows[0].cells == {"number": "7", "name": "Ann"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ODS"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "XLS"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b'[{"number": "7"}]', "JSON"),
        (b"{\\rtf1 number,name}", "RTF"),
        (b"\x1f\x8b\x08" + bytes(20), "GZIP"),
        (b"\n<table><tr><td>number</td><td>name</td></tr></table>", "HTML"),
    ],
)
def test_a_workbook_is_called_by_its_name(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(UsageError) as fault:
        table(tmp_path, content)
    assert (fault.value.code, fault.value.facts["why"]) == (Code.USAGE_LIST_UNREADABLE, kind)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a system without endless devices")
def test_a_device_without_an_end_is_too_large_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_reading, "MAXIMUM_LIST_BYTES", 4096)
    with pytest.raises(UsageError) as fault:
        read_table(Path("/dev/zero"), KNOWN, NEEDED)
    assert fault.value.facts["why"] == "size"


def test_an_encoding_that_there_is_not_is_a_slip(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(ROWS, encoding="utf-8")
    with pytest.raises(UsageError) as fault:
        read_table(tmp_path / "list.csv", KNOWN, NEEDED, "klingon")
    assert fault.value.code is Code.USAGE_BAD_ARGUMENT


@pytest.mark.parametrize(
    "content",
    [
        "Our people,,\n\nnumber,name,right-index\n7,Ann,a.png\n",
        "# exported by another program\n# number,name,right-index\n7,Ann,a.png\n",
        "Number *,Name:,Right Index *\n7,Ann,a.png\n",
        'number, name, right-index\n7, "Ann", a.png\n',
        "number,name,right-index\n7,Ann,a.png\n\x1a",
        "right-index,number,name\na.png,7,Ann\n\0\0",
    ],
)
def test_what_people_and_programs_put_around_a_list_is_passed_by(tmp_path: Path, content: str) -> None:
    assert [row.cells for row in table(tmp_path, content).rows] == [
        {"number": "7", "name": "Ann", "right-index": "a.png"}
    ]


def test_empty_cells_that_were_left_out_at_the_end_of_a_row_are_empty(tmp_path: Path) -> None:
    read = table(tmp_path, "number,name,right-index\n7,Ann\n8\n")
    assert [row.cells for row in read.rows] == [
        {"number": "7", "name": "Ann", "right-index": ""},
        {"number": "8", "name": "", "right-index": ""},
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: ROWS + text)))
def test_any_bytes_are_a_list_or_a_typed_fault(tmp_path: Path, content: bytes | str) -> None:
    try:
        read = table(tmp_path, content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    except UsageError:
        return
    assert all(row.cells is None or set(row.cells) <= set(KNOWN) for row in read.rows)
