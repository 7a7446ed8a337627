"""The nearest binary cylinder of each of many fingers: the innermost loop of a 1:N fingerprint search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint.search_table import MOST_CYLINDERS, WORDS, Words

Matches = NDArray[np.int32]
"""The nearest cylinders (n, fingers) of fingers for each of n: the bits of the share in which they differ, as a
float32, of which the last LOCAL_BITS are the place of the cylinder in its finger. Of two, the smaller number is the
nearer."""

LOCAL_BITS = 6
LOCAL = np.int32(2**LOCAL_BITS - 1)
assert MOST_CYLINDERS <= LOCAL + 1, "the place of a cylinder in its finger has LOCAL_BITS"
EXACT_WORDS = 3  # whose counted bits, 64 each, fit into a byte


def nearest_cylinders(probe: Words, words: Words, set_bits: NDArray[np.float32], starts: NDArray[np.intp]) -> Matches:
    """Of each finger of a table the cylinder that is nearest to each of a probe's (n, WORDS): the smallest share of set
    bits in which they differ. ``words`` (WORDS, k) and ``set_bits`` (k,) are of the table's k cylinders, one finger
    after another, which begin at ``starts`` (fingers,)."""
    size = words.shape[1]
    local = np.arange(size, dtype=np.int32) - np.repeat(starts, np.diff(starts, append=size)).astype(np.int32)
    unlike, counted = np.empty(size, np.uint64), np.empty(size, np.uint8)
    byte_sums, share, total = np.empty(size, np.uint8), np.empty(size, np.float32), np.empty(size, np.float32)
    keys = share.view(np.int32)
    best = np.empty((len(probe), len(starts)), np.int32)
    for row, cylinder in enumerate(probe):
        for first in range(0, WORDS, EXACT_WORDS):
            byte_sums.fill(0)
            for word in range(first, min(first + EXACT_WORDS, WORDS)):
                np.bitwise_xor(words[word], cylinder[word], out=unlike)
                np.bitwise_count(unlike, out=counted)
                np.add(byte_sums, counted, out=byte_sums)
            if first:
                np.copyto(total, byte_sums)
                np.add(share, total, out=share)
            else:
                np.copyto(share, byte_sums)
        np.add(set_bits, np.float32(np.bitwise_count(cylinder).sum() + 1), out=total)
        np.divide(share, total, out=share)
        np.bitwise_and(keys, ~LOCAL, out=keys)
        np.bitwise_or(keys, local, out=keys)
        np.minimum.reduceat(keys, starts, out=best[row])
    return best


def dissimilarity(matches: Matches) -> NDArray[np.float32]:
    """The share of set bits, as matches have it, in which the cylinders differ, to five digits."""
    return np.bitwise_and(matches, ~LOCAL).view(np.float32)
