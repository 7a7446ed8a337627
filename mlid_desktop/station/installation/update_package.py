"""Reads and writes update files: a signed description, and the package itself (docs/installing.md).

The file is a ZIP archive without compression of three members: ``update.json``, ``update.sig``, ``payload``. The
signature covers the description, and the description the payload's size and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.installation.signatures import SIGNATURE_BYTES, UPDATE_PREFIX, is_signed

MACHINES: Final = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


def system_name() -> str:
    """Name of this operating system and processor: ``linux-x86_64``, ``windows-x86_64``, ``macos-arm64`` …"""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{MACHINES.get(machine, machine)}"


FORMAT: Final = 1
DESCRIPTION, SIGNATURE, PAYLOAD = "update.json", "update.sig", "payload"
MAX_DESCRIPTION: Final = 4096
MAX_PAYLOAD: Final = 2 * 1024**3
READ_BYTES: Final = 1 << 20
# What the ZIP reader raises on bytes that are no archive, end early or are packed by a method it has or lacks.
UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    zipfile.BadZipFile,
    struct.error,
    zlib.error,
)
VERSION: Final = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")


class Packaging(StrEnum):
    """How a program was installed, which determines the updates it takes."""

    DEB = "deb"
    PORTABLE = "portable"


@dataclass(frozen=True, slots=True)
class Update:
    """Description of an update: ``size`` in bytes and ``sha256`` (hex) of the payload."""

    version: str
    system: str
    packaging: Packaging
    size: int
    sha256: str

    def to_bytes(self) -> bytes:
        """The description's canonical bytes, which are signed."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True) + "\n").encode("ascii")


def read_update(path: Path, public_key: bytes) -> Update:
    """Reads the description of an update file after verifying the publisher's signature. The payload is not read yet.

    Raises StationError(STATION_UPDATE_UNSIGNED).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            untrusted = _member(archive, DESCRIPTION, MAX_DESCRIPTION)
            signature = _member(archive, SIGNATURE, SIGNATURE_BYTES)
    except UNREADABLE:
        raise StationError(Code.STATION_UPDATE_UNSIGNED) from None
    if not is_signed(public_key, UPDATE_PREFIX, untrusted, signature):
        raise StationError(Code.STATION_UPDATE_UNSIGNED)
    return _parse(untrusted)


def unpack_payload(path: Path, update: Update, target: Path) -> None:
    """Writes the payload to ``target``, and deletes it again where it is not the one that was signed.

    Raises StationError(STATION_UPDATE_UNSIGNED), OSError where the disk refuses.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with target.open("wb") as copy:
            for block in _payload_blocks(path, update.size):
                digest.update(block)
                size += len(block)
                copy.write(block)
    except StationError:
        target.unlink(missing_ok=True)
        raise
    if size != update.size or digest.hexdigest() != update.sha256:
        target.unlink()
        raise StationError(Code.STATION_UPDATE_UNSIGNED)


def write_update(target: Path, update: Update, signature: bytes, payload: IO[bytes]) -> None:
    """Writes an update file; the same input gives the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(DESCRIPTION), update.to_bytes())
        archive.writestr(_entry(SIGNATURE), signature)
        with archive.open(_entry(PAYLOAD), "w", force_zip64=True) as copy:
            while block := payload.read(READ_BYTES):
                copy.write(block)


def is_newer(offered: str, installed: str) -> bool:
    """Whether one version comes after another; what is no plain version number is never newer."""
    if not (VERSION.fullmatch(offered) and VERSION.fullmatch(installed)):
        return False
    return _numbers(offered) > _numbers(installed)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *[0] * (4 - len(numbers)))


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name)  # dated 1980, the first date that ZIP can say


def _payload_blocks(path: Path, most: int) -> Iterator[bytes]:
    """The blocks of the payload in order, ended one block after ``most`` bytes. Raises
    StationError(STATION_UPDATE_UNSIGNED)."""
    try:
        with zipfile.ZipFile(path) as archive, _stored(archive, PAYLOAD) as source:
            size = 0
            while size <= most and (block := source.read(READ_BYTES)):
                size += len(block)
                yield block
    except UNREADABLE:
        raise StationError(Code.STATION_UPDATE_UNSIGNED) from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with _stored(archive, name) as member:
        return member.read(most + 1)


def _stored(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Opens the one archive member of this name, which must be uncompressed: nothing is inflated before a signature was
    checked. Raises zipfile.BadZipFile."""
    found = [member for member in archive.infolist() if member.filename == name]
    if len(found) != 1 or found[0].compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile
    return archive.open(found[0])


def _parse(signed: bytes) -> Update:
    """Parses a signed description; one that this program does not understand, as of a later version, is refused."""
    try:
        content: object = json.loads(signed)
        if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
            raise StationError(Code.STATION_UPDATE_UNFIT, why="format")
        untrusted_size = content.get("size")
        update = Update(**content)
        update = Update(update.version, update.system, Packaging(update.packaging), update.size, update.sha256)
    except (ValueError, TypeError, AttributeError):
        raise StationError(Code.STATION_UPDATE_UNFIT, why="format") from None
    if not isinstance(untrusted_size, int) or not 0 < untrusted_size <= MAX_PAYLOAD:
        raise StationError(Code.STATION_UPDATE_UNFIT, why="size")
    return update
