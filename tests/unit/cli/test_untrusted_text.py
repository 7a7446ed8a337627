"""What is typed, or stands in files, and is no text that anybody writes: refused by name, with nothing saved."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.cli import asking
from mlid_desktop.cli.batch_requests import MAX_LINE_BYTES, MOST_PASSED_OVER, read_lines
from mlid_desktop.cli.command_table import COMMANDS, load_command
from mlid_desktop.client import DeskAnswer
from mlid_desktop.client.desk_client import RequestStatus
from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.policy import read_policy
from mlid_desktop.domain.errors import Code, MlidError, UsageError
from mlid_desktop.domain.text import toml_content
from mlid_desktop.station.text.consent_texts import read_text
from tests.command_line import AtVault, finger, mlid

NO_TEXT = "\udcff"  # as a shell hands over a byte that is no UTF-8
DEEP = '{"a":' * 20_000
KEY = "A" * 43
PAIRING = {"private": KEY, "caller": "c" * 32, "trusted": KEY, "vault_id": "v", "port": 9}
TABLES: dict[str, bytes] = {
    "nested without end": b"a=" + b"[" * 20_000,
    "inline tables without end": b"a=" + b"{b=" * 20_000,
    "a number of thousands of digits": b"a=" + b"9" * 5000,
    "a key of thousands of parts": b"a" + b".a" * 20_000 + b"=1",
    "a quoted key of thousands of parts": b'"a"' + b'."a"' * 15_000 + b"=1",
    "a table of thousands of parts": b"[a" + b".a" * 20_000 + b"]",
    "another encoding": "name = 'å'".encode("cp1252"),
    "nothing but zeros": bytes(100),
}


def text_parameters(command: Any) -> Iterator[Any]:
    """The options and arguments of a command, and of those below it, that take text."""
    yield from (param for param in command.params if param.bare_type() == "str")
    for inner in getattr(command, "commands", {}).values():
        yield from text_parameters(inner)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_no_command_takes_bytes_for_text(row: Any) -> None:
    for param in text_parameters(load_command(row)):
        for given in (NO_TEXT, ["a", NO_TEXT]):
            with pytest.raises(UsageError) as fault:
                param.callback(None, param, given)
            assert fault.value.code is Code.USAGE_BAD_ARGUMENT
        assert param.callback(None, param, "é\U0001f600") == "é\U0001f600"


@pytest.mark.parametrize("said", [NO_TEXT, "\x1b[31mred", "x" * 501, "\ue000"])
@pytest.mark.parametrize("option", ["--guardian", "--consent-reason"])
def test_what_somebody_said_can_be_shown_and_has_an_end(vault: AtVault, said: str, option: str) -> None:
    done = vault.mlid(
        "enrol", "--number", "77", "--name", "A B", "--consent", "accepted", option, said, *finger(9)
    )  # fmt: skip
    assert (done.code, done.err.partition(":")[0]) == (2, Code.USAGE_BAD_ARGUMENT.value)
    assert option in done.err
    assert vault.mlid("records", "show", "77").code == 2
    assert vault.mlid("subject", "withdraw", "1001", "--reason", said).code == 2
    assert vault.mlid("records", "show", "1001", "--json").json["standing"] == "held"


def test_a_line_of_a_batch_that_is_no_text_is_answered(vault: AtVault, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text(
        '{"id": "\\ud800", "command": "records show", "arguments": ["\\udfff"]}\n{"command": "records list"}\n'
    )
    done = vault.mlid("batch", lines)
    first, second = map(json.loads, done.out.splitlines())
    assert (first["exit"], first["fault"], second["exit"]) == (2, Code.USAGE_BAD_ARGUMENT.value, 0)


def test_a_batch_that_is_one_line_without_end_ends() -> None:
    class Device(io.RawIOBase):
        def readline(self, size: int | None = -1, /) -> bytes:
            return bytes(size or 0)

    with pytest.raises(UsageError):
        list(read_lines(Device()))  # type: ignore[arg-type] # as far as it is read
    long = b"x" * (MAX_LINE_BYTES * (MOST_PASSED_OVER - 1))
    assert [number for number, _ in read_lines(io.BytesIO(long + b"\n{}\n"))] == [1, 2]


@pytest.mark.parametrize("kind", TABLES)
def test_tables_that_nobody_writes_are_refused_at_once(kind: str) -> None:
    began = time.process_time()
    for read in (read_policy, read_calibration, read_text):
        with pytest.raises(MlidError):
            read(TABLES[kind])
    assert time.process_time() - began < 5


def test_tables_that_people_write_are_read() -> None:
    written = 'a.b.c = 1\ntext = """One. Two. Three. Four... and 1.2.3.4.5.6.7.8.9.10"""\n[d."e.f".g]\nh = [0.5, 1.5]\n'
    assert toml_content(written.encode())["a"]["b"]["c"] == 1


@pytest.mark.parametrize(
    "said",
    [
        DEEP,
        "[1]",
        *(json.dumps(PAIRING | bent) for bent in (
            {"port": 10**30}, {"port": -1}, {"port": "x"}, {"caller": "c\r\nX: y"}, {"caller": "\ud800"},
            {"caller": ""}, {"private": "é"}, {"private": "A"},
        )),
    ],
)  # fmt: skip
def test_a_pairing_that_is_none_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "pairing").write_text(said)
    done = mlid("ask", "desk", "--pairing", tmp_path / "pairing")
    assert (done.code, done.err.partition(":")[0]) == (2, Code.USAGE_BAD_ARGUMENT.value)


def test_a_port_that_is_none_has_no_desk(tmp_path: Path) -> None:
    done = mlid("ask", "pair", "ABCDE-FGHIJ", "--out", tmp_path / "pairing", "--port", str(10**30))
    assert (done.code, done.err.partition(":")[0]) == (4, Code.STATION_DESK_SILENT.value)
    assert not (tmp_path / "pairing").exists()


def test_an_answer_that_is_nested_without_end_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(DEEP)
    done = mlid("answer", "verify", tmp_path / "answer", "--key", KEY)
    assert (done.code, done.err.partition(":")[0]) == (2, Code.USAGE_ANSWER_INVALID.value)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_no_command_takes_nothing_for_a_path(row: Any) -> None:
    """A variable of a script that nobody set would be the folder in which the command happens to run."""

    def path_parameters(command: Any) -> Iterator[Any]:
        yield from (param for param in command.params if param.bare_type() == "Path")
        for inner in getattr(command, "commands", {}).values():
            yield from path_parameters(inner)

    for param in path_parameters(load_command(row)):
        for given in ("", ["a", ""]):
            with pytest.raises(UsageError) as fault:
                param.process_value(None, given)
            assert fault.value.code is Code.USAGE_BAD_ARGUMENT


def test_a_vault_is_made_in_no_folder_that_was_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "passphrase").write_text("a passphrase that is long enough\n")
    monkeypatch.chdir(tmp_path)
    made = mlid("vault", "create", "", "--demo", "--passphrase-file", tmp_path / "passphrase")
    assert (made.code, made.err.partition(":")[0]) == (2, Code.USAGE_BAD_ARGUMENT.value)
    assert [path.name for path in tmp_path.iterdir()] == ["passphrase"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that takes nothing")
def test_an_answer_is_told_though_its_file_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person was checked: whoever asked hears it, and that the file is missing."""

    class Answering:
        def ask(self, _: object) -> None: ...

        def wait(self, _: object, _seconds: float) -> RequestStatus:
            return RequestStatus("decided", "answer")

        def answer(self, _: object, _status: object) -> DeskAnswer:
            return DeskAnswer("accepted", "verify", demo=False, again=False, claims={"verdict": "accepted"})

    monkeypatch.setattr(asking, "_desk", lambda *_, **__: Answering())
    monkeypatch.setattr(asking, "verified_patient", lambda *_: {"resourceType": "Patient"})
    asked = ("ask", "send", "verify", "1001", "--pairing", tmp_path / "pairing", "--system", "s", "--json")
    done = mlid(*asked, "--patient-out", "/dev/full")
    assert (done.code, done.err.partition(":")[0]) == (5, Code.USAGE_OUTPUT_UNWRITABLE.value)
    assert done.json["verdict"] == "accepted"
    assert mlid(*asked, "--patient-out", tmp_path / "patient").code == 0
    assert json.loads((tmp_path / "patient").read_text()) == {"resourceType": "Patient"}
