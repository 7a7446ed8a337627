"""The files that a list names, below the imported folder, however another system or program wrote their names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from mlid_desktop.domain.text import tidy
from mlid_desktop.station.services.importing.spoiled_cells import strip_quoting


def address_of(folder: Path, named: str) -> str:
    """The address of an image or a folder of images below the imported folder, never outside it. Raises ValueError with
    a word for what is wrong."""
    try:
        inside = folder.resolve()
        path = next(
            (path for name in _spellings(named, inside.name) if (path := _found(inside, name)) is not None), None
        )
        if path is None:
            path = (inside / named).resolve()
        outside, is_folder, is_file = inside not in path.parents, path.is_dir(), path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, no name that a file can have, links that go round
        raise ValueError("image_missing") from None
    if outside:
        raise ValueError("outside_the_folder")
    if is_folder:
        return f"dir:{path}"
    if not is_file:
        raise ValueError("image_missing")
    return f"image:{path}"


def _spellings(named: str, folder: str) -> list[str]:
    """A name as it is written, then without quotation marks around it, as a browser writes it, and without the name of
    the imported folder itself."""
    names = [named, strip_quoting(named)]
    if "%" in named or named.lower().startswith("file:"):
        names.append(unquote(named.removeprefix("file://")))
    parts = named.replace("\\", "/").removeprefix("./").split("/")
    if len(parts) > 1 and _spelled(parts[0]) == _spelled(folder):
        names.append("/".join(parts[1:]))
    return names


def _found(inside: Path, named: str) -> Path | None:
    path = (inside / named).resolve()
    if path.exists():
        return path
    alike = _found_as_written(inside, named)
    return None if alike is None else alike.resolve()


def _found_as_written(inside: Path, named: str) -> Path | None:
    """The file that a list of another system names: with backslashes, capitals, spaces or accents written otherwise.
    None where there is none, or more than one of its names. Raises OSError, ValueError."""
    path = inside
    for part in named.replace("\\", "/").split("/"):
        if part in ("", "."):
            continue
        if not path.is_dir() or part == "..":
            return None
        if (path / part).exists():
            path = path / part
            continue
        alike = [there for there in path.iterdir() if _spelled(there.name) == _spelled(part)]
        if len(alike) != 1:
            return None
        path = alike[0]
    return path


def _spelled(name: str) -> str:
    return tidy(name).casefold()
