"""Decodes the Huffman code of WSQ files to coefficients (specification version 3.1, section 3).

Where each code would lead is looked up for every bit at once; following them is then one short loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.formats.wsq_segments import MAX_CODE_BITS, Block, Code16, bad_wsq

Integers = NDArray[np.int64]
LONGEST_RUN = 100  # symbols 1..100 are that many zeros (table 4 of the specification, as are the others)
VALUE_8, MINUS_8, VALUE_16, MINUS_16, RUN_8, RUN_16 = range(101, 107)
FIRST_VALUE, LAST_VALUE, NOUGHT = 107, 254, 180  # 107..254 are the values -73..74
EXTRA_BITS = {VALUE_8: 8, MINUS_8: 8, VALUE_16: 16, MINUS_16: 16, RUN_8: 8, RUN_16: 16}
CHUNK_BYTES = 1 << 16  # at a time: half a million bits, some 20 MB
WINDOWS = 1 << MAX_CODE_BITS
KEPT_TABLES = 4  # of some 700 KB
NO_CODE = 1 << 40  # a step out of every chunk
MARGIN = b"\xff" * 8  # padding is ones, which begin no code


@dataclass(frozen=True, slots=True, eq=False)
class _Lookup:
    """Lookup table of a Huffman code: for each 16 bits that may stand in the file, the symbol they begin with (0:
    none), the bits its code takes, and those of code and following number."""

    symbol: NDArray[np.uint8] = field(repr=False)
    bits: NDArray[np.uint8] = field(repr=False)
    step: Integers = field(repr=False)


def decode_blocks(blocks: Iterable[Block], wanted: int) -> NDArray[np.int32]:
    """Decodes blocks to ``wanted`` coefficients, in the file's order. Raises DeviceError where there are more or
    fewer."""
    coefficients = np.zeros(wanted, np.int32)
    filled = 0
    for block in blocks:
        lookup = _lookup(block.table)
        for stretch in block.stretches:
            filled = _decode(stretch, lookup, coefficients, filled)
    if filled != wanted:
        raise bad_wsq("coefficients")
    return coefficients


def _decode(stretch: bytes, lookup: _Lookup, coefficients: NDArray[np.int32], filled: int) -> int:
    code = np.frombuffer(stretch + MARGIN, np.uint8)
    begin, end = 0, 8 * len(stretch)
    while begin < end and filled <= len(coefficients):
        first = begin // 8
        last = min(first + CHUNK_BYTES, len(stretch))
        offsets, begin = _code_offsets(
            lookup.step[_windows(code[first : last + 2])], begin, 8 * first, min(end, 8 * last)
        )
        filled = _write_values(code, offsets, lookup, coefficients, filled)
        if begin >= NO_CODE:
            break
    return filled


def _code_offsets(steps: Integers, begin: int, origin: int, end: int) -> tuple[Integers, int]:
    """The bit offsets of the codes from ``begin`` to ``end``, and where the next chunk begins."""
    lengths = steps.tolist()
    offsets: list[int] = []
    here, stop = begin - origin, end - origin
    while here < stop:
        offsets.append(here)
        here += lengths[here]
    if here >= NO_CODE:
        offsets.pop()
    return np.array(offsets, np.int64) + origin, here + origin


def _write_values(
    code: NDArray[np.uint8], offsets: Integers, lookup: _Lookup, coefficients: NDArray[np.int32], filled: int
) -> int:
    """Writes the coefficients whose codes lie at ``offsets``, and steps over runs of zeros."""
    if not len(offsets):
        return filled
    window = _window_at(code, offsets)
    symbol = lookup.symbol[window].astype(np.int64)
    bits = lookup.bits[window]
    number = _window_at(code, offsets + bits)
    number = np.where((symbol == VALUE_8) | (symbol == MINUS_8) | (symbol == RUN_8), number >> 8, number)
    run = symbol <= LONGEST_RUN
    length = np.where(run, symbol, np.where((symbol == RUN_8) | (symbol == RUN_16), number, 1))
    value = np.where((symbol == MINUS_8) | (symbol == MINUS_16), -number, number)
    value = np.where(symbol >= FIRST_VALUE, symbol - NOUGHT, value)
    written = ~run & (symbol != RUN_8) & (symbol != RUN_16)
    after = filled + np.cumsum(length)
    if int(after[-1]) > len(coefficients):
        raise bad_wsq("coefficients")
    coefficients[(after - length)[written]] = value[written]
    return int(after[-1])


def _windows(code: NDArray[np.uint8]) -> Integers:
    """The 16 bits that start at each bit of the code, but for its last two bytes."""
    wide = code.astype(np.int64)
    three = wide[:-2] << 16 | wide[1:-1] << 8 | wide[2:]
    return np.asarray((three[:, None] >> np.arange(8, 0, -1)) & 0xFFFF, np.int64).reshape(-1)


def _window_at(code: NDArray[np.uint8], offsets: Integers) -> Integers:
    first = np.minimum(offsets >> 3, len(code) - 3)
    three = code[first].astype(np.int64) << 16 | code[first + 1].astype(np.int64) << 8 | code[first + 2]
    return np.asarray(three >> (8 - (offsets & 7)) & 0xFFFF, np.int64)


@lru_cache(maxsize=KEPT_TABLES)
def _lookup(table: Code16) -> _Lookup:
    """Builds the lookup table of a Huffman table, whose codes are counted up within a length and doubled from one to
    the next, as in ITU-T T.81, annex C."""
    lengths = np.repeat(np.arange(1, MAX_CODE_BITS + 1), table.counts)
    ends = np.cumsum(1 << (MAX_CODE_BITS - lengths))
    symbols = np.frombuffer(table.symbols, np.uint8)
    if int(ends[-1]) > WINDOWS or not symbols.all() or symbols.max() > LAST_VALUE:
        raise bad_wsq("Huffman table")
    begins = np.zeros(WINDOWS + 1, np.int16)
    begins[ends] = 1
    entry = np.cumsum(begins[:WINDOWS], dtype=np.int16)
    extra = np.array([EXTRA_BITS.get(symbol, 0) for symbol in table.symbols])
    return _Lookup(
        np.append(symbols, np.uint8(0))[entry],
        np.append(lengths, 0).astype(np.uint8)[entry],
        np.append(lengths + extra, NO_CODE)[entry],
    )
