"""Reads what pg_dump wrote of a register, without a server: plain SQL, also compressed, and through pg_restore
its other formats. Everything in it is untrusted."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast
from uuid import UUID

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.changes.change import MARK_BYTES, Change, Point
from mlid_desktop.vault.store.register.attempts import SignedAttempts
from mlid_desktop.vault.store.register.installation import DeskRow
from mlid_desktop.vault.store.register.items import Item, SeenHead
from mlid_desktop.vault.store.register.schema import SCHEMA

LONGEST_LINE: Final = 16 * 1024 * 1024  # bytes; the largest body is 4 MiB in hexadecimal digits
BEGINNING: Final = re.compile(rb'COPY %b\."?(\w+)"? \(([^)]*)\) FROM stdin;' % SCHEMA.encode())
END: Final = b"\\."
GZIP: Final = b"\x1f\x8b"
CUSTOM: Final = b"PGDMP"
TAR: Final = b"toc.dat"
RESTORE: Final = "pg_restore"
ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
LETTERS: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

Cell = bytes | None
Cells = dict[str, Cell]


def read_dump(untrusted_file: Path) -> Iterator[tuple[str, Cells]]:
    """Each row of the register's tables in a dump, with the table's name; of a partition the name of the whole.

    Raises RegisterError: REGISTER_DUMP_UNREADABLE where there is no register in the file, or it is cut off;
    REGISTER_DUMP_PROGRAM where its format takes pg_restore and that is not there.
    """
    has_any = False
    with _opened(untrusted_file) as stream:
        while line := _line(stream):
            found = BEGINNING.fullmatch(line.rstrip(b"\r\n"))
            if found is None:
                continue
            has_any = True
            table, columns = found[1].decode(), [name.strip().strip(b'"').decode() for name in found[2].split(b",")]
            name = "item" if table.startswith("item_") else table
            for cells in _rows(stream, table, len(columns)):
                yield name, dict(zip(columns, cells, strict=True))
    if not has_any:
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=untrusted_file.name)


def desk_of(cells: Cells) -> DeskRow:
    """A row of the table of desks. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("desk"):
        return DeskRow(
            _uuid(cells["desk"]),
            _bytes(cells["sign_pk"]),
            _bytes(cells["box_pk"]),
            _number(cells["epoch"]),
            _bytes(cells["certificate"]),
            cells["supervises"] == b"t",
            cells["removed_n"] is not None,
        )


def change_of(cells: Cells) -> Change:
    """A row of the table of changes. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("change"):
        subject = cells["subject"]
        return Change(
            _number(cells["n"]),
            _uuid(cells["desk"]),
            _text(cells["act"]),
            "" if subject is None else _uuid(subject),
            *(_bytes(cells[name]) for name in ("digest", "tallies", "audit_link", "link", "signature")),
        )


def item_of(cells: Cells) -> Item:
    """A row of the table of items. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("item"):
        key, mark, body = (_bytes(cells[name]) for name in ("key", "mark", "body"))
        if not key or len(mark) != MARK_BYTES:
            raise ValueError("no item")
        return Item(_text(cells["kind"]), key, mark, body, _text(cells["extractor"]))


def head_of(cells: Cells) -> SeenHead:
    """A desk's word. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("seen_head"):
        point = Point(_number(cells["n"]), _bytes(cells["link"]))
        return SeenHead(_uuid(cells["desk"]), point, _bytes(cells["sealed"]), _bytes(cells["signature"]))


def attempt_of(cells: Cells) -> SignedAttempts:
    """What a desk says of a person's failed attempts. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("attempt"):
        person, sealed, signature = (_bytes(cells[name]) for name in ("person", "sealed", "signature"))
        return SignedAttempts(person, _uuid(cells["desk"]), _number(cells["number"]), sealed, signature)


def point_of(cells: Cells) -> Point:
    """How far the register had come, by its own account. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("state"):
        return Point(_number(cells["n"]), _bytes(cells["link"]))


def version_of(cells: Cells) -> tuple[int, bytes]:
    """The version of the register, and its vault's header. Raises RegisterError(REGISTER_DUMP_UNREADABLE)."""
    with _readable("register"):
        return _number(cells["version"]), _bytes(cells["header"])


def _rows(stream: IO[bytes], table: str, columns: int) -> Iterator[Sequence[Cell]]:
    while True:
        line = _line(stream)
        if not line.endswith(b"\n"):
            raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=table)  # cut off
        line = line.rstrip(b"\r\n")
        if line == END:
            return
        cells = [None if part == b"\\N" else _unescaped(part) for part in line.split(b"\t")]
        if len(cells) != columns:
            raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=table)
        yield cells


def _line(stream: IO[bytes]) -> bytes:
    try:
        line = stream.readline(LONGEST_LINE)
    except (OSError, EOFError, zlib.error):  # what is compressed ends too early, or is nothing of the kind
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what="") from None
    if len(line) >= LONGEST_LINE:
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what="")
    return line


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        with contextmanager(_way_of(file))(file) as stream:
            yield stream
    except OSError:
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=file.name) from None


def _way_of(file: Path) -> Callable[[Path], Iterator[IO[bytes]]]:
    if file.is_dir():
        return _restored
    with file.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(GZIP):
        return _unzipped
    return _restored if start.startswith((CUSTOM, TAR)) else _plain


def _plain(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as stream:
        yield stream


def _unzipped(file: Path) -> Iterator[IO[bytes]]:
    with gzip.open(file, "rb") as stream:
        yield cast("IO[bytes]", stream)


def _restored(file: Path) -> Iterator[IO[bytes]]:
    """What pg_restore makes of another format; it connects to nothing."""
    program = shutil.which(RESTORE)
    if program is None:
        raise RegisterError(Code.REGISTER_DUMP_PROGRAM)
    command = [program, "--data-only", f"--schema={SCHEMA}", "--file=-", str(file.resolve())]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet) as run:  # noqa: S603 - no shell
        assert run.stdout is not None  # asked for
        try:
            yield run.stdout
            if run.wait():
                raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=file.name)
        finally:
            run.kill()


def _unescaped(part: bytes) -> bytes:
    return ESCAPED.sub(lambda found: LETTERS.get(found[1], found[1]), part) if b"\\" in part else part


@contextmanager
def _readable(table: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, ValueError, TypeError):
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=table) from None


def _bytes(cell: Cell) -> bytes:
    if cell is None or not cell.startswith(b"\\x"):
        raise ValueError("no bytes")
    return bytes.fromhex(cell[2:].decode("ascii"))


def _text(cell: Cell) -> str:
    if cell is None:
        raise ValueError("no text")
    return cell.decode("utf-8")


def _number(cell: Cell) -> int:
    return int(_text(cell))


def _uuid(cell: Cell) -> str:
    return UUID(_text(cell)).hex
