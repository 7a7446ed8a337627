"""What is arranged for speed says what is written down plainly: cylinders, their likeness, and how fingers lie."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.modalities.fingerprint import alignment, cylinders
from mlid_desktop.modalities.fingerprint.cylinders import in_plane, unit_directions
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from tests.unit.modalities.fingerprint import plain_comparison as plain
from tests.unit.modalities.fingerprint.test_comparison import moved, scattered, stretched

SEEDS = range(24)


def fingers(seed: int) -> tuple[Minutiae, Minutiae]:
    """A finger and, for every second seed, a bent and turned touch of it; else of another."""
    source = np.random.default_rng(seed)
    count = int(source.integers(8, 60))
    other = scattered(count, seed if seed % 2 else seed + 1000)
    again = moved(stretched(other, 5.0), float(source.uniform(-3, 3)), (7.0, -3.0))
    return scattered(count, seed), again.select(source.random(count) < 0.8)


@pytest.mark.parametrize("seed", SEEDS)
def test_cylinders_are_those_of_the_plain_reading(seed: int) -> None:
    for minutiae in fingers(seed):
        made, wanted = cylinders.make_cylinders(minutiae), plain.make_cylinders(minutiae)
        assert np.array_equal(made.owner, wanted.owner)
        for name in ("cells", "energy", "border"):
            assert np.allclose(getattr(made, name), getattr(wanted, name), atol=2e-3), name
        assert np.array_equal(made.valid, wanted.valid)


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_of_cylinders_agree_as_in_the_plain_reading(seed: int) -> None:
    first, second = (plain.make_cylinders(minutiae) for minutiae in fingers(seed))
    source = np.random.default_rng(seed)
    rows, columns = (source.integers(0, max(len(finger), 1), 40) for finger in (first, second))
    if not min(len(first), len(second)):
        return
    mine, theirs = first.owner[rows], second.owner[columns]
    support = alignment.support_of(
        in_plane(first.minutiae.position)[mine],
        in_plane(second.minutiae.position)[theirs],
        unit_directions(first.minutiae.direction[mine] - second.minutiae.direction[theirs]),
    )
    assert np.allclose(support, plain._support(first, second, rows, columns), atol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_likeness_and_laying_are_those_of_the_plain_reading(seed: int) -> None:
    first, second = fingers(seed)
    made = cylinders.make_cylinders(first), cylinders.make_cylinders(second)
    wanted = plain.make_cylinders(first), plain.make_cylinders(second)
    if min(map(len, made)) < 2:
        return
    likeness, plainly = cylinders.local_similarities(*made), plain.local_similarities(*wanted)
    assert np.allclose(likeness, plainly, atol=2e-4)
    laid, lies = alignment.align(*made, plainly), plain.align(*wanted, plainly)
    assert abs(laid.turn - lies.turn) < 1e-3
    assert np.abs(laid.moved - lies.moved).max() < 0.05
    assert np.array_equal(laid.first, lies.first)
    assert np.array_equal(laid.second, lies.second)
    assert np.allclose(laid.closeness, lies.closeness, atol=2e-3)
