"""Qt is known to the views alone: everything else is imported, and does its job, where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import PACKAGE, ROOT, VIEW_FILES, imported, is_view, name_of
from tests.command_line import finger, new_vault
from tests.without_qt import QT_PACKAGES


def without_qt(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the module as a program of its own, in which Qt cannot be imported."""
    command = [sys.executable, "-m", "tests.without_qt", module, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def knows_qt(path: Path) -> bool:
    return bool({name.partition(".")[0] for name in imported(path)} & set(QT_PACKAGES))


def test_qt_is_imported_by_the_views_alone_and_by_each_of_them() -> None:
    files = list(PACKAGE.rglob("*.py"))
    assert {name_of(path) for path in files if knows_qt(path)} == {name_of(path) for path in files if is_view(path)}


def test_no_view_is_listed_that_is_not_there() -> None:
    listed = {f"mlid_desktop/gui/{folder}/{name}.py" for folder, names in VIEW_FILES.items() for name in names.split()}
    assert {name for name in listed if not (ROOT / name).is_file()} == set()


def test_every_module_but_the_views_is_imported_without_qt() -> None:
    ran = without_qt("tests.architecture.import_every_module")
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def test_a_view_cannot_be_imported_there() -> None:
    ran = without_qt("mlid_desktop.gui.window.app")
    assert ran.returncode != 0
    assert "is made unimportable in this process" in ran.stderr


def test_the_main_job_is_done_at_the_command_line_without_qt(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "vault", demo=True)

    def mlid(*arguments: str) -> int:
        ran = without_qt("mlid_desktop.cli.main", *arguments, *vault.options)
        assert "Traceback" not in ran.stderr
        return ran.returncode

    assert mlid("enrol", "--number", "1001", "--name", "Ada Low", "--consent", "accepted", *finger(7, 2)) == 0
    assert mlid("verify", "--number", "1001", *finger(7, 9)) == 0
    assert mlid("verify", "--number", "1001", *finger(9, 1)) == 1
