"""A dump is checked without a server: what is whole, how far it goes, and whatever was done to it."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.store.register import dump
from tests.unit.vault.conftest import enrolment, new_vault, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of

HEX = rb"\\\\x[0-9a-f]+"  # bytes as COPY writes them


def dumped(desks: Desks, out: Path, *options: str) -> Path:
    """A dump as the server's administrator makes it."""
    given = ["--host=127.0.0.1", f"--port={desks.server.port}", "--username=postgres", f"--file={out}", *options]
    subprocess.run([str(desks.server.bin / "pg_dump"), *given, desks.database], check=True, capture_output=True)
    return out


@pytest.fixture
def whole(desks: Desks, tmp_path: Path) -> Path:
    """A dump of the register as it is; somebody failed once."""
    person = desks.reading.find("3")
    assert person is not None
    desks.reading.count_attempt(person.subject_id)
    return dumped(desks, tmp_path / "whole.sql")


@pytest.mark.parametrize("options", [(), ("--format=custom",), ("--format=tar",), ("--format=directory",)])
def test_a_whole_dump_is_told_at_either_desk(desks: Desks, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = dumped(desks, tmp_path / "dump", *options)
    for vault in (desks.writing, desks.reading):
        found = vault.register.check_dump(file)
        assert (found.items, found.unopened, found.behind) == (4 * len(PEOPLE), 0, 0)
        assert found.point.number == found.changes


def test_a_compressed_dump_is_read(desks: Desks, whole: Path, tmp_path: Path) -> None:
    file = tmp_path / "whole.sql.gz"
    file.write_bytes(gzip.compress(whole.read_bytes()))
    assert desks.writing.register.check_dump(file).items == 4 * len(PEOPLE)
    file.write_bytes(gzip.compress(whole.read_bytes())[:-200])
    assert code_of(partial(desks.writing.register.check_dump, file)) == Code.REGISTER_DUMP_UNREADABLE.value


def test_an_older_dump_says_what_it_lacks(desks: Desks, whole: Path) -> None:
    before = desks.writing.register.check_dump(whole).point.number
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    person = desks.writing.find("1")
    assert person is not None
    desks.writing.subject_rights.erase(person.subject_id, witness(desks.writing), ErasureReason.REQUESTED)
    sent = desks.writing.register.send().point.number
    found = desks.writing.register.check_dump(whole)
    bucket = person.subject_id[:2]
    erased_with = [other for other in desks.writing.directory() if other.subject_id[:2] == bucket]
    assert (found.behind, found.unopened) == (
        sent - before,
        1 + len([each for each in erased_with if each.number != "9"]),
    )


def without_first(table: bytes) -> Callable[[bytes], bytes]:
    return lambda content: re.sub(rb"(COPY mlid\." + table + rb" [^\n]*\n)[^\n]*\n", rb"\1", content, count=1)


def last_bit(table: bytes) -> Callable[[bytes], bytes]:
    """The last bytes of the first row of a table are others."""

    def bent(content: bytes) -> bytes:
        found = re.search(rb"COPY mlid\." + table + rb" [^\n]*\n([^\n]*)\n", content)
        assert found is not None
        digits = list(re.finditer(HEX, found[1]))[-1]
        at = found.start(1) + digits.end() - 1
        return content[:at] + (b"0" if content[at : at + 1] != b"0" else b"1") + content[at + 1 :]

    return bent


def other_first_row(table: bytes) -> Callable[[bytes], bytes]:
    """The first row of a table stands twice."""
    return lambda content: re.sub(rb"(COPY mlid\." + table + rb" [^\n]*\n)([^\n]*\n)", rb"\1\2\2", content, count=1)


def first_cell(table: bytes, column: bytes, value: bytes) -> Callable[[bytes], bytes]:
    """A cell of the first row of a table is another."""

    def bent(content: bytes) -> bytes:
        found = re.search(rb"COPY mlid\." + table + rb" \(([^)]*)\)[^\n]*\n([^\n]*)\n", content)
        assert found is not None
        cells = found[2].split(b"\t")
        cells[found[1].split(b", ").index(column)] = value
        return content[: found.start(2)] + b"\t".join(cells) + content[found.end(2) :]

    return bent


NUMBERS = ((b"change", b"n"), (b"desk", b"epoch"), (b"seen_head", b"n"), (b"attempt", b"number"))


@pytest.mark.parametrize("value", [b"-1", b"9" * 30], ids=["below nothing", "too large"])
@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_that_nobody_signs_is_named(
    desks: Desks, whole: Path, table: bytes, column: bytes, value: bytes
) -> None:
    whole.write_bytes(first_cell(table, column, value)(whole.read_bytes()))
    assert code_of(partial(desks.writing.register.check_dump, whole)) == Code.REGISTER_DAMAGED.value


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (last_bit(b"item_subjects"), Code.REGISTER_DAMAGED),
        (last_bit(rb"item_records_\w+"), Code.REGISTER_DAMAGED),
        (last_bit(b"change"), Code.REGISTER_DAMAGED),
        (last_bit(b"desk"), Code.REGISTER_DAMAGED),
        (last_bit(b"seen_head"), Code.REGISTER_DAMAGED),
        (last_bit(b"attempt"), Code.REGISTER_DAMAGED),
        (without_first(b"item_subjects"), Code.REGISTER_DAMAGED),
        (without_first(b"change"), Code.REGISTER_DAMAGED),
        (other_first_row(b"item_subjects"), Code.REGISTER_DAMAGED),
        (other_first_row(b"change"), Code.REGISTER_DAMAGED),
        (without_first(b"register"), Code.REGISTER_DUMP_UNREADABLE),
        (without_first(b"state"), Code.REGISTER_DUMP_UNREADABLE),
        (lambda content: content[: len(content) * 2 // 3], Code.REGISTER_DUMP_UNREADABLE),
        (lambda content: content.replace(b"COPY mlid", b"COPY other"), Code.REGISTER_DUMP_UNREADABLE),
        (lambda content: content.replace(b"\t", b" ", 400), Code.REGISTER_DUMP_UNREADABLE),
        (lambda _: b"", Code.REGISTER_DUMP_UNREADABLE),
    ],
)
def test_what_was_done_to_a_dump_is_named(
    desks: Desks, whole: Path, bend: Callable[[bytes], bytes], code: Code
) -> None:
    content = whole.read_bytes()
    bent = bend(content)
    assert bent != content
    whole.write_bytes(bent)
    assert code_of(partial(desks.writing.register.check_dump, whole)) == code.value
    assert desks.writing.verify().subjects == len(PEOPLE)


def test_a_dump_of_another_register_is_none_of_this(desks: Desks, tmp_path: Path, whole: Path) -> None:
    other = new_vault(tmp_path / "other", desks.clock)
    assert code_of(partial(other.register.check_dump, whole)) == Code.REGISTER_NONE.value
    other.lock()
    desks.sql("UPDATE mlid.register SET header = '\\x00'::bytea")
    assert code_of(partial(desks.writing.register.check_dump, dumped(desks, whole))) == Code.REGISTER_ANOTHER.value
    desks.sql("UPDATE mlid.register SET version = 99")
    assert code_of(partial(desks.writing.register.check_dump, dumped(desks, whole))) == Code.REGISTER_VERSION.value


def test_a_format_that_takes_another_program_says_which(
    desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dumped(desks, tmp_path / "dump", "--format=custom")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert code_of(partial(desks.writing.register.check_dump, file)) == Code.REGISTER_DUMP_PROGRAM.value


def test_a_line_without_end_is_read_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "LONGEST_LINE", 1000)
    file = tmp_path / "long.sql"
    file.write_bytes(b"x" * 5000)
    with pytest.raises(RegisterError) as raised:
        list(dump.read_dump(file))
    assert raised.value.code is Code.REGISTER_DUMP_UNREADABLE
