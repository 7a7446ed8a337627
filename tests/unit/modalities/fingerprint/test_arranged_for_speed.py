"""What is arranged for speed says what is written down plainly: cylinders, their likeness, and how fingers lie."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.modalities.fingerprint import alignment, cylinders
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
        assert np.allclose(made.distances, wanted.distance, atol=2e-3)
        for angle, other in zip(np.moveaxis(made.angles, 2, 0), (wanted.turn, wanted.bearing), strict=True):
            assert np.abs(cylinders.wrap_angles(angle - other)).max(initial=0.0) < 1e-4


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
