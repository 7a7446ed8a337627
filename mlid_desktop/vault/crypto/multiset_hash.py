"""Multiset hashes of tables (tallies), by which a missing row, or an old page put back, is noticed.

A row's mark is an HMAC over its content; a table's tally is how many rows there are and the sum of their marks modulo
2^256, which follows every insertion and removal without reading the rest. With a secret key such sums are collision
resistant (Clarke, Devadas, van Dijk, Gassend, Suh, "Incremental multiset hash functions and their application to memory
integrity checking", ASIACRYPT 2003, MSet-Add-Hash).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mlid_desktop.vault.crypto.envelope import LENGTH_BYTES, bind

MODULUS = 2**256
LAYOUT = ">Q32s"
BLOCK_BYTES = 64  # of SHA-256
INNER, OUTER = (
    bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C)
)  # what HMAC puts for each byte of a key

Cell = str | int | bytes


@dataclass(frozen=True, slots=True)
class Tally:
    """The tally of a table: number of rows and sum of their marks."""

    rows: int = 0
    total: int = 0

    @classmethod
    def of(cls, marks: Iterable[int]) -> Tally:
        """Computes the tally of rows with these marks."""
        rows = total = 0
        for mark in marks:
            rows, total = rows + 1, total + mark
        return cls(rows, total % MODULUS)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.rows + other.rows, (self.total + other.total) % MODULUS)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.rows - other.rows, (self.total - other.total) % MODULUS)

    def written(self) -> bytes:
        """The tally as 40 bytes: rows (u64) and total, big-endian."""
        return struct.pack(LAYOUT, self.rows, self.total.to_bytes(32, "big"))

    @classmethod
    def read(cls, stored: bytes) -> Tally:
        """Parses a tally as :meth:`written` wrote it; an empty value is an empty table."""
        if not stored:
            return cls()
        rows, total = struct.unpack(LAYOUT, stored)
        return cls(rows, int.from_bytes(total, "big"))


class Marker:
    """Computes the marks of rows under the vault's tally key. What HMAC makes of the key alone is made once: for a row
    it would take as long as the row."""

    def __init__(self, key: bytearray) -> None:
        if len(key) > BLOCK_BYTES:
            raise ValueError("no key of a vault")
        padded = bytes(key).ljust(BLOCK_BYTES, b"\0")  # as RFC 2104 has it of a key that is no longer than a block
        self._inner = hashlib.sha256(padded.translate(INNER))
        self._outer = hashlib.sha256(padded.translate(OUTER))

    def mark(self, table: str, cells: Sequence[Cell]) -> int:
        """The mark of one row: HMAC-SHA-256 over the table's name and every cell, as a number."""
        return int.from_bytes(self.written(table, cells), "big")

    def written(self, table: str, cells: Sequence[Cell]) -> bytes:
        """The mark of one row as 32 bytes, big-endian."""
        pieces = [_name(table)]
        for cell in cells:
            part = cell if type(cell) is bytes else cell.encode() if type(cell) is str else _cell(cell)
            pieces += (len(part).to_bytes(LENGTH_BYTES, "big"), part)
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"".join(pieces))
        outer.update(inner.digest())
        return outer.digest()


@lru_cache(maxsize=64)
def _name(table: str) -> bytes:
    return bind(table.encode())


def _cell(cell: Cell) -> bytes:
    if isinstance(cell, str):
        return cell.encode()
    return cell.to_bytes(8, "big") if isinstance(cell, int) else bytes(cell)
