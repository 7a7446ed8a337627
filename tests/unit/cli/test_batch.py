"""Many commands with one unlock: each line is answered as the command alone would answer, and nothing else opens the
vault."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.cli import shell
from mlid_desktop.cli.batch_requests import MAX_LINE_BYTES, checked_request, parse_line, read_lines
from mlid_desktop.cli.shared_desk import shared_desk
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.assemble import Station
from tests.command_line import ADA, BEN, SECOND, AtVault, Ran, RecordedFingers, mlid, new_vault


@pytest.fixture
def desk(tmp_path: Path) -> AtVault:
    return new_vault(tmp_path / "vault", demo=True)


def run(desk: AtVault, lines: Iterable[Any]) -> tuple[Ran, list[Any]]:
    """The batch of these lines, and its answers."""
    file = desk.folder.parent / "batch.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    done = desk.mlid("batch", file)
    return done, [json.loads(line) for line in done.out.splitlines()]


def enrolling(number: str, presented: tuple[str, str]) -> dict[str, Any]:
    options = {"number": number, "name": "Ann Example", "consent": "accepted", "finger": [presented[1]], "attest": True}
    return {"id": f"enrol {number}", "command": "enrol", "options": options}


def checking(number: str, presented: tuple[str, str]) -> dict[str, Any]:
    options = {"number": number, "finger": [presented[1]], "attest": True, "instead": "device_fault"}
    return {"command": "verify", "options": options}


def test_each_line_is_answered_as_the_command_alone_and_the_vault_is_unlocked_once(
    desk: AtVault, finger: RecordedFingers, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked: list[Path] = []
    unlock = Station.unlock_vault

    def counted(station: Station, folder: Path, operator: str | None, passphrase: str) -> Any:
        unlocked.append(folder)
        return unlock(station, folder, operator, passphrase)

    monkeypatch.setattr(Station, "unlock_vault", counted)
    done, answers = run(
        desk,
        [
            enrolling("1001", finger(ADA, 1)),
            "",
            checking("1001", finger(ADA, 2)),
            checking("1001", finger(BEN, 2)),
            {"id": 7, "command": "records list"},
            {"command": ["records", "show"], "arguments": ["1001"]},
        ],
    )
    assert done.code == 0, done.err
    assert unlocked == [desk.folder]
    assert [(answer["line"], answer["exit"]) for answer in answers] == [(1, 0), (3, 0), (4, 1), (5, 0), (6, 0)]
    assert answers[0]["id"] == "enrol 1001"
    assert answers[1]["result"]["verdict"] == "accepted"
    assert answers[2]["result"]["verdict"] == "rejected"
    assert answers[3]["id"] == 7
    assert [row["number"] for row in answers[3]["result"]["subjects"]] == ["1001"]
    alone = desk.mlid("records", "list", "--json")
    assert alone.json == answers[3]["result"]
    assert shared_desk() is None


def test_what_a_line_may_not_ask_is_named_and_the_others_are_answered(desk: AtVault, tmp_path: Path) -> None:
    done, answers = run(
        desk,
        [
            "nonsense",
            {"command": "batch"},
            {"command": "shell"},
            {"command": "nothing"},
            {"command": "audit"},
            {"command": "verify", "options": {"vault": str(tmp_path), "number": "1"}},
            {"command": "verify", "options": {"operator": SECOND, "number": "1"}},
            {"command": "verify", "options": {"nummer": "1"}},
            {"command": "verify", "options": {"number": {"is": "1"}}},
            {"command": "verify", "option": {}},
            {"command": "verify"},
            {"command": "verify", "options": {"number": "1", "finger": "right-index=simulated:finger?seed=1"}},
            {"command": "records list"},
        ],
    )
    assert done.code == 2
    assert [answer["exit"] for answer in answers] == [2] * 12 + [0]
    assert {answer["fault"] for answer in answers[:10]} == {Code.USAGE_BAD_ARGUMENT.value}
    assert any("--number" in note for note in answers[10]["notes"])
    assert answers[11]["fault"] == Code.USAGE_UNKNOWN_SUBJECT.value
    assert answers[12]["result"] == {"subjects": []} | answers[12]["result"]


def test_nobody_is_asked_for_a_passphrase_in_a_batch(desk: AtVault, finger: RecordedFingers) -> None:
    done, answers = run(
        desk,
        [
            enrolling("1001", finger(ADA, 1)),
            {
                "command": "records erase",
                "options": {"reason": "requested", "second": SECOND},
                "arguments": ["1001"],
            },
            {"command": "records list"},
        ],
    )
    assert answers[1]["exit"] == 2, answers[1]
    assert "--passphrase-file" in " ".join(answers[1]["notes"])
    assert len(answers[2]["result"]["subjects"]) == 1
    assert done.code == 2


def test_a_fault_of_one_line_is_its_own_and_the_batch_says_so_at_the_end(desk: AtVault) -> None:
    done, answers = run(desk, [{"command": "models verify"}, {"command": "records list"}])
    assert (done.code, [answer["exit"] for answer in answers]) == (4, [4, 0])


def test_a_wrong_passphrase_or_file_runs_nothing(desk: AtVault, tmp_path: Path) -> None:
    missing = desk.mlid("batch", tmp_path / "none.jsonl")
    assert (missing.code, missing.out) == (2, "")
    (tmp_path / "wrong.pass").write_text("not the passphrase at all\n", encoding="utf-8")
    (tmp_path / "batch.jsonl").write_text('{"command": "records list"}\n', encoding="utf-8")
    refused = mlid(
        "batch", tmp_path / "batch.jsonl", "--vault", desk.folder, "--passphrase-file", tmp_path / "wrong.pass",
        "--operator", desk.operator,
    )  # fmt: skip
    assert (refused.code, refused.out) == (4, "")


def test_a_shell_runs_what_is_typed_and_ends_by_its_word(
    desk: AtVault, finger: RecordedFingers, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.enrol("1001", "Ann Example", finger(ADA, 1), "--attest")
    typed = iter(["records list", "", 'records "x', "shell", "help", "verify --number 9", "exit", "records list"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    done = desk.mlid("shell")
    assert done.code == 0
    assert done.out.count("Ann Example") == 1
    assert done.err.count(Code.USAGE_BAD_ARGUMENT.value) == 3
    assert "identify: " in done.err


def test_a_shell_that_nobody_types_in_locks_the_vault(desk: AtVault, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody(shell.TypedLines):
        def read(self, patience_s: float) -> str | None:
            assert patience_s >= 180
            return super().read(0.05)

    waiting, written = _pipe()
    monkeypatch.setattr(sys, "stdin", waiting)
    monkeypatch.setattr(shell, "TypedLines", Nobody)
    done = desk.mlid("shell")
    written.close()  # by which the thread that waits for a line ends
    for thread in threading.enumerate():
        if thread.name == shell.THREAD:
            thread.join(60)
    waiting.close()
    assert done.code == 0
    assert "nothing was typed" in done.err
    assert desk.mlid("records", "list").code == 0


def _pipe() -> tuple[Any, Any]:
    read, write = os.pipe()
    return os.fdopen(read, encoding="utf-8"), os.fdopen(write, "w", encoding="utf-8")


def test_a_line_without_end_is_one_line_and_the_next_is_read() -> None:
    stream = io.BytesIO(b"x" * (3 * MAX_LINE_BYTES) + b"\n" + b'{"command": "records list"}\n')
    found = list(read_lines(stream))
    assert [number for number, _ in found] == [1, 2]
    with pytest.raises(UsageError):
        parse_line(found[0][1])
    assert parse_line(found[1][1])[1] == {"command": "records list"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
LINES = st.binary(max_size=200) | st.fixed_dictionaries(
    {}, optional={"command": JSON, "options": JSON, "arguments": JSON, "id": JSON, "other": JSON}
).map(lambda found: json.dumps(found).encode())


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(LINES)
def test_whatever_a_line_holds_it_is_a_request_or_a_usage_fault(untrusted: bytes) -> None:
    try:
        identifier, found = parse_line(untrusted)
        request = checked_request(found)
    except UsageError:
        return
    assert identifier is None or isinstance(identifier, str | int)
    assert request.words
    assert all(isinstance(argument, str) for argument in request.arguments)
