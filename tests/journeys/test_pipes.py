"""The real command at the end of pipes that leave, disks that are full and streams of other encodings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import AtVault, finger, new_vault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes of a POSIX shell")
PROGRAM = (sys.executable, "-m", "mlid_desktop.cli.main")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")
LOST = "station.output_lost"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> AtVault:
    made = new_vault(tmp_path_factory.mktemp("pipes") / "vault", demo=True)
    done = made.mlid("enrol", "--number", "1", "--name", "محمد", "--consent", "accepted", *finger(7))
    assert done.code == 0, done.err
    return made


def ran(desk: AtVault, *arguments: str, stdout: int | None, **environment: str) -> tuple[int, str]:
    command = [*PROGRAM, *arguments, *map(str, desk.options)]
    done = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, env={**os.environ, **environment}, check=False, timeout=120
    )
    return done.returncode, done.stderr.decode()


def broken() -> int:
    """The end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_an_accepted_person_is_not_rejected_because_the_reader_left(desk: AtVault) -> None:
    code, said = ran(desk, "verify", "--number", "1", *finger(7, 2), "--json", stdout=broken())
    assert (code, LOST in said, "Traceback" in said) == (4, True, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux'")
def test_a_full_disk_is_a_fault_with_a_sentence(desk: AtVault) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = ran(desk, "records", "list", "--json", stdout=full.fileno())
    assert (code, LOST in said, "Traceback" in said) == (4, True, False)


def test_a_closed_output_is_a_fault_with_a_sentence(desk: AtVault) -> None:
    arguments = " ".join(map(str, desk.options))
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(PROGRAM)} records list {arguments} >&-"], capture_output=True, check=False, timeout=120
    )
    assert (done.returncode, LOST.encode() in done.stderr, b"Traceback" in done.stderr) == (4, True, False)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_results_are_utf_8_whatever_the_system_says(desk: AtVault, encoding: str, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        code, _ = ran(desk, "records", "list", "--json", stdout=out.fileno(), PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert code == 0
    assert "محمد" in (tmp_path / "out").read_text(encoding="utf-8")


def test_help_into_a_pipe_that_left_is_no_rejection(desk: AtVault) -> None:
    done = subprocess.run([*PROGRAM, "--help"], stdout=broken(), stderr=subprocess.PIPE, check=False, timeout=120)
    assert done.returncode == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_a_window_without_a_display_is_one_sentence() -> None:
    displays = {"WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM"}
    bare = {name: value for name, value in os.environ.items() if name not in displays} | {"MLID_LANGUAGE": "en"}
    command = [sys.executable, "-c", "from mlid_desktop.gui.window.app import main; raise SystemExit(main([]))"]
    done = subprocess.run(command, capture_output=True, env=bare, check=False, timeout=120)
    assert done.returncode == 4
    assert done.stderr.startswith(b"station.no_display: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="displays by name are Linux'")
@pytest.mark.parametrize(
    "named",
    [
        {"DISPLAY": ":397"},
        {"DISPLAY": "nonsense:display"},
        {"WAYLAND_DISPLAY": "wayland-397"},
        {"QT_QPA_PLATFORM": "nonsense"},
        {},
    ],
    ids=str,
)
def test_a_display_that_cannot_be_reached_is_said_in_one_sentence(named: dict[str, str], tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from mlid_desktop.gui.window.app import main; sys.exit(main([]))"],
        capture_output=True,
        text=True,
        env={**kept, **named, "XDG_RUNTIME_DIR": str(tmp_path), "LANGUAGE": "en"},
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("station.no_display: There is no display")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("over", ["passphrase", "keys", "database"])
def test_no_receipt_is_written_over_what_the_command_reads(desk: AtVault, over: str) -> None:
    there = {
        "passphrase": desk.passphrase_file,
        "keys": desk.folder / "vault.keys",
        "database": desk.folder / "records.db",
    }[over]
    before = there.read_bytes()
    asked = ("enrol", "--number", "77", "--name", "Ann", "--consent", "accepted", *finger(77))
    done = desk.mlid(*asked, "--receipt", there, "--force")
    assert done.code == 2, done.err
    assert there.read_bytes() == before
    assert desk.mlid("records", "show", "77").code == 2  # nobody was saved
