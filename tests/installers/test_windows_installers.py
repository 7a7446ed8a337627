"""The two Windows installers, installed, used and removed under wine, with a program that stands in for the real."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from installers.windows import make_msi, make_nsis

HERE = Path(__file__).resolve().parent
FOLDER = "drive_c/Program Files/MLID Desktop"
VAULT = "drive_c/users/somebody/AppData/Local/mlid-desktop/vaults/desk/records.db"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\MLID Desktop"
REFUSED = 2
NEEDED = ("wine", "makensis", "wixl")

pytestmark = pytest.mark.skipif(any(shutil.which(tool) is None for tool in NEEDED), reason=f"needs {', '.join(NEEDED)}")


@dataclass(frozen=True, slots=True)
class Windows:
    """A Windows of wine's making, and the installers of two versions."""

    prefix: Path
    made: Path

    @property
    def environment(self) -> dict[str, str]:
        """Without a display: nothing may ask anything."""
        return os.environ | {"WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all", "WINEARCH": "win64", "DISPLAY": ""}

    def run(self, *command: str | Path, **said: str) -> subprocess.CompletedProcess[str]:
        """One Windows program, to its end."""
        environment = self.environment | said
        return subprocess.run(
            ["wine", *map(str, command)], env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    def begin(self, *command: str | Path, **said: str) -> subprocess.Popen[bytes]:
        """One that goes on."""
        return subprocess.Popen(["wine", *map(str, command)], env=self.environment | said, stdout=subprocess.DEVNULL)

    @property
    def program(self) -> Path:
        """Where the program is installed."""
        return self.prefix / FOLDER / "program"

    def installed(self) -> set[str]:
        """Names below the folder of the installation."""
        folder = self.prefix / FOLDER
        return (
            {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
            if folder.exists()
            else set()
        )

    def until_gone(self) -> set[str]:
        """What is left once the uninstaller, which goes on by itself, is through."""
        end = time.monotonic() + 60
        while self.installed() and time.monotonic() < end:
            time.sleep(0.2)
        return self.installed()


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    folder = tmp_path_factory.mktemp("windows")
    payload = folder / "payload"
    (payload / "_internal").mkdir(parents=True)
    (payload / "_internal" / "part.bin").write_bytes(b"part")
    built = ["makensis", "-V2", f"-DOUTPUT={payload / 'mlid.exe'}", str(HERE / "stand_in" / "program.nsi")]
    subprocess.run(built, check=True, capture_output=True)
    shutil.copyfile(payload / "mlid.exe", payload / "mlid-desktop.exe")
    for version in ("0.1.0", "0.2.0"):
        (payload / "_internal" / "version.txt").write_text(version)
        make_nsis(payload, version, folder, 0)
        make_msi(payload, version, folder, folder / f"work-{version}")
    made = Windows(folder / "prefix", folder)
    subprocess.run(["wineboot", "-i"], env=made.environment, capture_output=True, timeout=240, check=True)
    vault = made.prefix / VAULT
    vault.parent.mkdir(parents=True)
    vault.write_bytes(b"a vault")
    try:
        yield made
    finally:
        subprocess.run(["wineserver", "-k"], env=made.environment, check=False)


def ran_from(windows: Windows) -> str:
    said = windows.prefix / "drive_c" / "ran.txt"
    said.unlink(missing_ok=True)
    windows.run(windows.program / "mlid.exe", MLID_STAND_IN=r"C:\ran.txt")
    return said.read_text(encoding="utf-8", errors="replace").strip("\0 ")


def version(windows: Windows) -> str:
    return (windows.program / "_internal" / "version.txt").read_text()


def test_the_setup_program_installs_upgrades_and_removes_all_but_vaults(windows: Windows) -> None:
    assert windows.run(windows.made / "MLID-Desktop-0.1.0-setup.exe", "/S").returncode == 0
    assert r"Program Files\MLID Desktop\program\mlid.exe" in ran_from(windows)
    assert "MLID Desktop maintainers" in windows.run("reg", "query", UNINSTALL).stdout
    assert windows.run(windows.made / "MLID-Desktop-0.2.0-setup.exe", "/S").returncode == 0
    assert version(windows) == "0.2.0"
    windows.run(windows.prefix / FOLDER / "uninstall.exe", "/S")
    assert windows.until_gone() == set()
    assert windows.run("reg", "query", UNINSTALL).returncode != 0
    assert (windows.prefix / VAULT).read_bytes() == b"a vault"


def test_a_running_program_is_not_replaced(windows: Windows) -> None:
    assert windows.run(windows.made / "MLID-Desktop-0.1.0-setup.exe", "/S").returncode == 0
    said = windows.prefix / "drive_c" / "ran.txt"
    said.unlink(missing_ok=True)
    stays = {"MLID_STAND_IN": r"C:\ran.txt", "MLID_STAND_IN_STAYS_MS": "20000"}
    with windows.begin(windows.program / "mlid-desktop.exe", **stays) as running:
        end = time.monotonic() + 30
        while not said.exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert windows.run(windows.made / "MLID-Desktop-0.2.0-setup.exe", "/S").returncode == REFUSED
        assert version(windows) == "0.1.0"
        running.wait(60)
    windows.run(windows.prefix / FOLDER / "uninstall.exe", "/S")
    assert windows.until_gone() == set()


def test_the_msi_installs_upgrades_refuses_to_go_back_and_removes_all_but_vaults(windows: Windows) -> None:
    old, new = (windows.made / f"MLID-Desktop-{version}.msi" for version in ("0.1.0", "0.2.0"))
    assert windows.run("msiexec", "/i", old, "/qn").returncode == 0
    assert r"Program Files\MLID Desktop\program\mlid.exe" in ran_from(windows)
    assert windows.run("msiexec", "/i", new, "/qn").returncode == 0
    assert version(windows) == "0.2.0"
    assert windows.run("msiexec", "/i", old, "/qn").returncode != 0
    assert version(windows) == "0.2.0"
    assert windows.run("msiexec", "/x", new, "/qn").returncode == 0
    assert windows.until_gone() == set()
    assert (windows.prefix / VAULT).read_bytes() == b"a vault"
