"""Imports every module of the package but the views, and says which could not be: a program of
``test_without_qt.py``, which runs it where there is no Qt."""

from __future__ import annotations

import importlib

from tests.architecture.sources import PACKAGE, is_view, module_of

if __name__ == "__main__":
    for path in sorted(PACKAGE.rglob("*.py")):
        if is_view(path):
            continue
        try:
            importlib.import_module(module_of(path))
        except ImportError as fault:
            print(f"{module_of(path)}: {fault}")  # noqa: T201 - what it is for
