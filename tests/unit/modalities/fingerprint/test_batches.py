"""Many comparisons in one call score as each alone, whatever stands beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from itertools import product
from math import pi
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.ports import ComparingMany
from mlid_desktop.domain.templates import Extractor, Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import align
from mlid_desktop.modalities.fingerprint.batches.movements import largest_of, stacked_similarities
from mlid_desktop.modalities.fingerprint.batches.overlaps import against_one_finger, overlaps_of
from mlid_desktop.modalities.fingerprint.batches.preparation import prepare_fingers
from mlid_desktop.modalities.fingerprint.batches.scores import BESIDE, BLOCK, compare_fingers, compare_pairs
from mlid_desktop.modalities.fingerprint.batches.stack import stack_of
from mlid_desktop.modalities.fingerprint.batches.stacked_alignment import each_others_nearest, stacked_alignment
from mlid_desktop.modalities.fingerprint.compare import (
    compare_cylinders,
    compare_impressions,
    prepare,
)
from mlid_desktop.modalities.fingerprint.cylinders import Cylinders, local_similarities
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowField, FlowGrid
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression
from mlid_desktop.modalities.fingerprint.sides import _elements, least_agreeing_side
from mlid_desktop.modalities.fingerprint.templates import Impression, encode
from tests.makers import INDEX
from tests.unit.modalities.fingerprint.test_comparison import moved, ready_of, scattered, stretched, swirl

SAME = 1e-5
SEEDS = 12


def touch(count: int, seed: int, *, again: bool, flow: bool = True) -> Minutiae:
    """A finger of so many minutiae of uneven quality; ``again`` as it lies another time: turned, bent, in part."""
    source = np.random.default_rng(seed)
    still = scattered(count, seed)
    still = Minutiae(still.position, still.direction, still.kind, source.uniform(0.2, 1.0, count).astype(np.float32))
    if not again:
        return still
    bent = moved(stretched(still, float(source.uniform(0, 9))), float(source.uniform(-pi, pi)), (11.0, -6.0))
    part = bent.select(source.random(count) < 0.85)
    return part if len(part) >= p.MIN_MINUTIAE else bent


def lone(count: int = p.MIN_MINUTIAE) -> Minutiae:
    """Minutiae too far from one another for a cylinder."""
    spread = scattered(count, 1)
    return Minutiae(spread.position * 6, spread.direction, spread.kind, spread.quality)


def finger(count: int, seed: int, *, again: bool = False, turn: float | None = 0.0) -> ReadyFinger:
    return ready_of(touch(count, seed, again=again), None if turn is None else swirl(turn))


def assert_as_alone(pairs: list[tuple[ReadyImpression, ReadyImpression]]) -> None:
    together, alone = compare_pairs(pairs), [compare_impressions(*pair) for pair in pairs]
    assert together == pytest.approx(alone, abs=SAME)


sizes = st.one_of(st.integers(p.MIN_MINUTIAE, 60), st.just(p.MAX_MINUTIAE), st.just(p.MIN_MINUTIAE))
flows = st.one_of(st.none(), st.floats(-pi, pi))
fingers = st.builds(
    finger, sizes, st.integers(0, 30), again=st.booleans(), turn=flows
)  # of 31 fingers: some pairs are of one


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(fingers, fingers), min_size=0, max_size=12), st.randoms(use_true_random=False))
def test_many_comparisons_score_as_each_alone_in_any_order(
    pairs: list[tuple[ReadyFinger, ReadyFinger]], source: Random
) -> None:
    together = compare_fingers(pairs)
    assert len(together) == len(pairs)
    assert together == pytest.approx([compare_cylinders(*pair) for pair in pairs], abs=SAME)
    order = source.sample(range(len(pairs)), len(pairs))
    assert compare_fingers([pairs[number] for number in order]) == pytest.approx(together[order], abs=SAME)
    assert compare_fingers([(second, first) for first, second in pairs]) == pytest.approx(together, abs=1e-12)


def test_more_than_a_block_of_the_least_and_the_largest_score_as_each_alone() -> None:
    made = [finger(count, count, turn=None if count % 3 else 0.1 * count)[0] for count in range(p.MIN_MINUTIAE, 28, 2)]
    made += [finger(count, count, again=True)[0] for count in (p.MIN_MINUTIAE, 40, p.MAX_MINUTIAE)]
    pairs = list(product(made, made))
    assert len(pairs) > 3 * BLOCK
    assert_as_alone(pairs)


def impression(count: int, seed: int, *, again: bool, turn: float | None) -> Impression:
    made = touch(count, seed, again=again)
    return Impression(made) if turn is None else Impression(made, swirl(turn))


impressions = st.builds(impression, sizes, st.integers(0, 30), again=st.booleans(), turn=flows)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(impressions, min_size=1, max_size=2).map(tuple), max_size=24))
def test_fingers_made_ready_together_are_what_each_is_alone(given_fingers: list[tuple[Impression, ...]]) -> None:
    together = prepare_fingers(given_fingers)
    assert [len(finger) for finger in together] == [len(finger) for finger in given_fingers]
    for made, given_finger in zip(together, given_fingers, strict=True):
        for beside, alone in zip(made, prepare(given_finger), strict=True):
            assert beside.order == alone.order
            assert_close(beside, alone)
            assert_close(beside.cylinders, alone.cylinders)
            assert_close(beside.flow, alone.flow)
            assert beside.flow.corner == alone.flow.corner


def assert_close(made: ReadyImpression | Cylinders | FlowField, alone: ReadyImpression | Cylinders | FlowField) -> None:
    """All arrays have the shape and the type of the others, and their numbers but for rounding."""
    arrays = [name for name in (entry.name for entry in fields(alone)) if isinstance(getattr(alone, name), np.ndarray)]
    assert len(arrays) > 2
    for name in arrays:
        left, right = getattr(made, name), getattr(alone, name)
        assert (left.shape, left.dtype) == (right.shape, right.dtype), name
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("few", [3, 10**6], ids=["many are as near as others", "hardly any are"])
def test_who_is_nearest_to_each_other_is_told_where_several_are_as_near(few: int) -> None:
    near = np.random.default_rng(few).integers(0, few, (6, 9, 7)).astype(np.float32)
    nearest = near.argmax(axis=2)
    told = each_others_nearest(near, nearest)
    wanted = [[near[b, :, nearest[b, n]].argmax() == n for n in range(9)] for b in range(6)]
    assert told.tolist() == wanted


@pytest.mark.parametrize(("size", "count"), [(1, 1), (5, 5), (9, 4), (400, 48), (1601, 48)])
def test_the_largest_of_a_row_are_found_among_the_largest_of_groups(size: int, count: int) -> None:
    source = np.random.default_rng(size)
    for values in (source.random((5, size), np.float32), source.integers(0, 3, (5, size)).astype(np.float32)):
        found = largest_of(values, count)
        assert all(len(set(row)) == count for row in found.tolist())
        largest = np.sort(values, axis=1)[:, size - count :]
        assert np.array_equal(np.sort(np.take_along_axis(values, found, axis=1), axis=1), largest)


def test_those_too_far_apart_for_a_cylinder_are_made_ready_beside_others() -> None:
    odd = [(Impression(lone()),), (Impression(touch(30, 3, again=False)),), (Impression(lone(p.MIN_MINUTIAE + 1)),)]
    assert [len(finger[0].cylinders) for finger in prepare_fingers(odd)] == [
        len(prepare(finger)[0].cylinders) for finger in odd
    ]
    assert prepare_fingers([odd[0]])[0][0].cylinders.cells.shape == prepare(odd[0])[0].cylinders.cells.shape
    assert prepare_fingers([]) == []


def test_those_without_cylinders_score_nothing_and_do_no_harm() -> None:
    empty, whole = ready_of(lone())[0], finger(30, 3)[0]
    assert len(empty.cylinders) < p.MIN_CYLINDERS
    assert_as_alone([(empty, whole), (whole, empty), (empty, empty), (whole, whole)])
    assert compare_pairs([(empty, empty)]) == pytest.approx([0.0])
    assert len(compare_pairs([])) == 0


def test_minutiae_all_in_one_spot_or_on_one_line_do_no_harm() -> None:
    count = 10
    other = [getattr(scattered(count, 0), name) for name in ("direction", "kind", "quality")]
    odd = [
        ready_of(Minutiae(position.astype(np.float32), *other))[0]
        for position in (np.full((count, 2), 50.0), np.stack([np.arange(count) * 9.0, np.full(count, 7.0)], axis=1))
    ]
    pairs = [*product(odd, [*odd, finger(30, 1)[0]]), (finger(30, 1)[0], finger(30, 1, again=True)[0])]
    assert_as_alone(pairs)
    scores = compare_pairs(pairs)
    assert np.isfinite(scores).all()
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0


def test_a_finger_of_two_impressions_scores_by_the_better() -> None:
    both = prepare((Impression(touch(30, 1, again=False)), Impression(touch(40, 2, again=False))))
    left, right = finger(30, 1, again=True, turn=None), finger(40, 2, again=True, turn=None)
    pairs = [(both, left), (right, both), (both, both)]
    scores = compare_fingers(pairs)
    assert scores == pytest.approx([compare_cylinders(*pair) for pair in pairs], abs=SAME)
    assert min(scores) > 0.4


def joined(seed: int) -> tuple[ReadyImpression, ReadyImpression]:
    """A finger, and an image whose left is of this finger and whose right is of another."""
    whole, other = touch(60, seed, again=False), touch(60, seed + 500, again=False)
    left, right = whole.position[:, 0] < 190, other.position[:, 0] >= 190
    parts = [np.concatenate([getattr(whole, name)[left], getattr(other, name)[right]]) for name in FIELDS]
    return ready_of(whole, swirl())[0], ready_of(Minutiae(*parts), swirl())[0]


FIELDS = ("position", "direction", "kind", "quality")


def pairs_of_every_kind(seed: int) -> dict[str, tuple[ReadyImpression, ReadyImpression]]:
    """In the order in which they are compared."""
    whole, plain = finger(40, seed)[0], finger(40, seed, turn=None)[0]
    pairs = {
        "joined": joined(seed),
        "again": (whole, finger(40, seed, again=True)[0]),
        "the same": (whole, whole),
        "again, without flow": (plain, finger(40, seed, again=True, turn=None)[0]),
        "another, without flow": (plain, finger(40, seed + 500, turn=None)[0]),
    }
    return {kind: pair if pair[0].order <= pair[1].order else (pair[1], pair[0]) for kind, pair in pairs.items()}


def test_what_speaks_for_two_fingers_is_asked_as_strictly_as_alone() -> None:
    """A pair may pass without its sides being looked at only where no side could be held against it."""
    passed: Counter[str] = Counter()
    for seed in range(SEEDS):
        kinds = pairs_of_every_kind(seed)
        pairs = list(kinds.values())
        first, second = stack_of([left for left, _ in pairs]), stack_of([right for _, right in pairs])
        similarity = stacked_similarities(pairs)
        laid = stacked_alignment(first, second, similarity)
        against = against_one_finger(first, second, similarity, laid, overlaps_of(first, second, similarity, laid))
        for number, (kind, (left, right)) in enumerate(kinds.items()):
            alike = local_similarities(left.cylinders, right.cylinders)
            alone = align(left.cylinders, right.cylinders, alike)
            ratios = _elements(left, right, alike, alone).ratio
            said_against = float(np.minimum(ratios, 0.0).sum())
            assert against[number] == pytest.approx(said_against, abs=0.5 * BESIDE), (seed, kind)
            if against[number] > p.SIDE_LEAST + BESIDE:
                passed[kind] += 1
                assert least_agreeing_side(left, right, alike, alone) >= p.SIDE_LEAST, (seed, kind)
        assert_as_alone(pairs)
    assert passed["the same"] == SEEDS
    assert 0 < passed["again, without flow"] < SEEDS, "some are below what may pass, and some above"
    assert passed.keys() == {"the same", "again, without flow"}


def test_some_of_the_joined_images_are_held_to_their_worse_side() -> None:
    pairs = [joined(seed) for seed in range(SEEDS)]
    assert (compare_pairs(pairs) == p.SIDE_SCORE).any()
    assert_as_alone(pairs)


def test_a_pipeline_says_the_same_of_many_pairs_as_of_each() -> None:
    pipeline = open_fingerprint_pipeline()
    made = [
        Template(INDEX, pipeline.extractor, encode(touch(count, 7, again=again), swirl()))
        for count, again in ((25, False), (25, True), (60, False), (p.MIN_MINUTIAE, False))
    ]
    pairs = list(product(made, made))
    assert isinstance(pipeline, ComparingMany)
    assert pipeline.similarities(pairs) == pytest.approx([pipeline.similarity(*pair) for pair in pairs], abs=SAME)
    assert pipeline.similarities([]) == []
    foreign = replace(made[0], extractor=Extractor("other", 1, ""))
    with pytest.raises(ModelError):
        pipeline.similarities([(made[0], made[1]), (made[0], foreign)])


def test_flows_that_share_little_say_as_little_as_alone() -> None:
    speck = FlowGrid(np.full((2, 2), 9, np.uint8), 180, 180)
    minutiae = touch(30, 5, again=False)
    made = [ready_of(minutiae, flow)[0] for flow in (None, speck, swirl())]
    assert_as_alone(list(product(made, made)))
