"""Recorded people of the shared data, as addresses of sources."""

from __future__ import annotations

from pathlib import Path

import pytest


def people_at_a_webcam(shared: Path) -> Path:
    """NUAA: ``live`` and ``print``, and in each a folder of frames for each person. Skips where it is absent."""
    folder = shared / "data" / "pad" / "nuaa_dev"
    if not folder.is_dir():
        pytest.skip(f"no frames at {folder}")
    return folder


def half_of(source: Path, frames: Path, kind: str, person: str, *, first: bool) -> str:
    """The address of the first or second half of somebody's frames; ``frames`` is filled with links to them."""
    folder = frames / kind / person / ("first" if first else "second")
    if not folder.is_dir():
        folder.mkdir(parents=True)
        everything = sorted((source / kind / person).iterdir())
        middle = len(everything) // 2
        for path in everything[:middle] if first else everything[middle:]:
            (folder / path.name).symlink_to(path)
    return f"dir:{folder}"
