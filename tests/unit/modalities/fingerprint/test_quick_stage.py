"""The innermost loop of a finger search agrees with the plain reading of it."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.domain.templates import SearchTable
from mlid_desktop.modalities.fingerprint.nearest_cylinders import LOCAL, dissimilarity, nearest_cylinders
from mlid_desktop.modalities.fingerprint.search_table import MOST_CYLINDERS, WORDS, CylinderTable, Words, read_content


def drawn(count: int, seed: int) -> Words:
    return np.random.default_rng(seed).integers(0, 2**63, (count, WORDS), dtype=np.uint64)


@pytest.mark.parametrize("sizes", [[1], [64], [1, 64, 7, 32], [3] * 200])
def test_the_likest_cylinder_of_each_finger_is_the_one_with_the_smallest_share(sizes: list[int]) -> None:
    probe, table = drawn(5, 1), drawn(sum(sizes), 2)
    set_bits = np.bitwise_count(table).sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    matches = nearest_cylinders(probe, np.ascontiguousarray(table.T), set_bits.astype(np.float32), starts)
    for row, cylinder in enumerate(probe):
        for finger, (start, size) in enumerate(zip(starts, sizes, strict=True)):
            shares = [
                int(np.bitwise_count(table[at] ^ cylinder).sum())
                / (int(set_bits[at]) + int(np.bitwise_count(cylinder).sum()) + 1)
                for at in range(start, start + size)
            ]
            assert shares[int(matches[row, finger] & LOCAL)] == pytest.approx(min(shares), rel=1e-4)
            assert float(dissimilarity(matches)[row, finger]) == pytest.approx(min(shares), rel=1e-4)


def test_tables_joined_and_selected_hold_what_each_finger_had() -> None:
    source = np.random.default_rng(3)
    contents = []
    for size in (0, 3, 64, 1):
        poses = source.integers(0, 2**16, (size, 3), dtype=np.uint16)
        contents.append(bytes([size]) + poses.astype("<u2").tobytes() + drawn(size, size).tobytes())
    whole = CylinderTable.of(contents)
    joined = CylinderTable.joined([CylinderTable.of(contents[:1]), CylinderTable.of(contents[1:])])
    chosen = whole.selected(np.array([True, False, True, True]))
    for found, wanted in ((joined, contents), (chosen, [contents[0], contents[2], contents[3]])):
        same = CylinderTable.of(wanted)
        assert np.array_equal(found.words, same.words)
        assert np.array_equal(found.poses, same.poses)
        assert np.array_equal(found.set_bits, same.set_bits)
        assert np.array_equal(found.sizes, same.sizes)


def test_what_is_no_content_is_no_table() -> None:
    good = bytes([1]) + bytes(6) + bytes(8 * WORDS)
    assert read_content(SearchTable(1, good)) == good
    too_many = bytes([MOST_CYLINDERS + 1]) + bytes((MOST_CYLINDERS + 1) * (6 + 8 * WORDS))
    for content in (b"", good + b"x", good[:-1], too_many):
        assert read_content(SearchTable(1, content)) is None
    assert read_content(SearchTable(2, good)) is None
    assert read_content(None) is None
