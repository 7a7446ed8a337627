"""The rooms of docs/architecture.md: one direction of import, files that can be read at a sitting, a quick start."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT, name_of, python_files

LINES_MAX = 300
LINES_MAX_GUI = 400
LONGER_FOR_A_REASON = {
    "dev.py": "runs before anything is installed, so it is one file that needs no other",
}
NO_NAMES = {"common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
# What takes long to import and is not needed to show a window or to answer --help.
IMPORTED_LATE = ("cv2", "httpx", "matplotlib", "onnx", "onnxruntime", "psycopg", "scipy", "sounddevice", "sqlcipher3")


def test_import_contracts_hold() -> None:
    run = "from importlinter.cli import lint_imports_command as run; run()"
    checked = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def longest(path: Path) -> int:
    """How many lines the file may have."""
    return LINES_MAX_GUI if "gui" in path.parts else LINES_MAX


def test_a_file_can_be_read_at_a_sitting() -> None:
    longer = {name_of(path): lines(path) for path in python_files() if lines(path) > longest(path)}
    assert {name: length for name, length in longer.items() if name not in LONGER_FOR_A_REASON} == {}


def test_the_dialect_of_the_database_is_in_its_store_file_alone() -> None:
    dialect = re.compile(r"\bPRAGMA\b|\bexec_driver_sql\b|\bsqlcipher3\b|\bsqlite_errorname\b|sa\.text\(")
    code = [path for path in PACKAGE.rglob("*.py") if path.name != "components.py"]  # names the package to people
    speaking = {name_of(path) for path in code if dialect.search(path.read_text(encoding="utf-8"))}
    assert speaking == {"mlid_desktop/vault/store/sqlcipher.py"}


def test_exceptions_to_the_limit_are_still_needed() -> None:
    assert {name for name in LONGER_FOR_A_REASON if lines(ROOT / name) <= longest(ROOT / name)} == set()


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {name_of(path): {path.stem, path.parent.name} for path in PACKAGE.rglob("*.py")}
    assert {path for path, parts in names.items() if parts & NO_NAMES} == set()


@pytest.mark.parametrize("face", ["mlid_desktop.cli.main", "mlid_desktop.gui.window.app"])
def test_a_face_starts_without_what_it_does_not_need_yet(face: str) -> None:
    script = f"import sys, {face}; print(*(name for name in {IMPORTED_LATE!r} if name in sys.modules))"
    started = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert started.stdout.split() == []
