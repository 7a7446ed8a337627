"""The checkout as these tests read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mlid_desktop"


def name_of(path: Path) -> str:
    """The path as the repository says it, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def python_files() -> list[Path]:
    """Every Python file that is ours."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "installers")
    return [ROOT / "dev.py", *sorted(path for folder in folders for path in folder.rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Modules that the file imports, wherever in it, late imports too."""
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
