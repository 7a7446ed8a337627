"""Locates the files that are shipped with the program: in the wheel, in the frozen program or in the checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]  # the one place that asks where the program lies


def resource_folder() -> Path:
    """Path of the ``resources`` folder: inside the installed package, else beside it in a checkout."""
    inside = PACKAGE / "resources"
    return inside if inside.is_dir() else PACKAGE.parent / "resources"
