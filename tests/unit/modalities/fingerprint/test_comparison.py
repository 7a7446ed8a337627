"""Comparison: the same finger wherever and however it lies, in either order; small templates that refuse lies."""

from __future__ import annotations

import gc
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowGrid, flow_agreement, flow_field, flow_grid
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression
from mlid_desktop.modalities.fingerprint.templates import (
    MAX_PAYLOAD,
    Impression,
    decode,
    decode_impressions,
    encode,
    encode_impressions,
)
from tests.makers import INDEX

MIDDLE = 200.0


def scattered(count: int, seed: int) -> Minutiae:
    source = np.random.default_rng(seed)
    return Minutiae(
        source.uniform(60, 340, (count, 2)).astype(np.float32),
        source.uniform(0, 2 * pi, count).astype(np.float32),
        source.integers(1, 3, count).astype(np.uint8),
        np.ones(count, np.float32),
    )


def moved(minutiae: Minutiae, turn: float, shift: tuple[float, float]) -> Minutiae:
    """Turned counter-clockwise about the middle and shifted; image rows grow downwards."""
    cosine, sine = np.cos(turn), np.sin(turn)
    x, y = (minutiae.position - MIDDLE).T
    position = np.stack([cosine * x + sine * y, -sine * x + cosine * y], axis=1) + MIDDLE + np.array(shift)
    direction = np.mod(minutiae.direction + turn, 2 * pi)
    return Minutiae(position.astype(np.float32), direction.astype(np.float32), minutiae.kind, minutiae.quality)


def stretched(minutiae: Minutiae, depth: float) -> Minutiae:
    """As skin that is dragged: up to ``depth`` pixels, smoothly, more to one side."""
    x, y = (minutiae.position / 400 * pi).T
    drag = np.stack([np.sin(x) * np.cos(y), np.sin(y) * x / pi], axis=1) * depth
    return Minutiae((minutiae.position + drag).astype(np.float32), minutiae.direction, minutiae.kind, minutiae.quality)


def swirl(turn: float = 0.0) -> FlowGrid:
    """Ridges in circles about a point beside the middle, the finger turned by ``turn`` about the middle."""
    y, x = np.mgrid[0:400, 0:400].astype(np.float32)
    centre = MIDDLE + 40 * np.array([np.cos(turn), -np.sin(turn)])
    around = np.mod(np.arctan2(y - centre[1], x - centre[0]) + pi / 2, pi).astype(np.float32)
    return flow_grid(around, np.ones_like(around), np.hypot(x - MIDDLE, y - MIDDLE) < 150)


def ready_of(minutiae: Minutiae, flow: FlowGrid | None = None) -> ReadyFinger:
    return prepare((Impression(minutiae) if flow is None else Impression(minutiae, flow),))


@settings(max_examples=40, deadline=None)
@given(st.floats(-pi, pi), st.floats(-80, 80), st.floats(-80, 80), st.integers(0, 50))
def test_turning_and_shifting_changes_little(turn: float, right: float, down: float, seed: int) -> None:
    still = scattered(30, seed)
    first, second = ready_of(still), ready_of(moved(still, turn, (right, down)))
    assert compare_cylinders(first, second) == pytest.approx(compare_cylinders(first, first), rel=0.1)
    assert compare_cylinders(first, second) > 3 * compare_cylinders(first, ready_of(scattered(30, seed + 1000)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(6, 60), st.integers(6, 60))
def test_the_order_makes_no_difference_at_all(seed: int, other_seed: int, few: int, many: int) -> None:
    first, second = ready_of(scattered(few, seed), swirl(0.1)), ready_of(scattered(many, other_seed), swirl(0.7))
    assert compare_cylinders(first, second) == compare_cylinders(second, first)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200))
def test_a_finger_is_like_itself_even_where_the_skin_was_dragged(seed: int) -> None:
    still = scattered(40, seed)
    assert compare_cylinders(ready_of(still), ready_of(still)) > 0.75
    assert compare_cylinders(ready_of(still), ready_of(stretched(still, 12.0))) > 0.5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200))
def test_half_a_finger_is_known_again(seed: int) -> None:
    still = scattered(60, seed)
    half = still.select(still.position[:, 0] < MIDDLE)
    stranger = scattered(60, seed + 1000)
    assert compare_cylinders(ready_of(half), ready_of(still)) > 3 * compare_cylinders(
        ready_of(half), ready_of(stranger)
    )


@pytest.mark.parametrize("turn", [-2.0, -0.4, 0.0, 0.3, 1.5])
def test_flows_agree_when_laid_on_one_another_and_only_then(turn: float) -> None:
    still, turned = flow_field(swirl()), flow_field(swirl(turn))
    centre = complex(MIDDLE, -MIDDLE)
    back = complex(np.exp(-1j * turn))
    laid = flow_agreement(still, turned, back, centre - back * centre)
    crossed = flow_agreement(still, turned, back * 1j, centre - back * 1j * centre)
    assert laid is not None
    assert crossed is not None
    assert laid > 0.95
    assert crossed < 0.7


def test_ridges_that_run_across_speak_against_like_minutiae() -> None:
    still = scattered(30, 3)
    same, across = ready_of(still, swirl()), ready_of(still, swirl(pi))
    assert compare_cylinders(same, across) < compare_cylinders(same, same) - 0.1


def test_flows_that_share_little_say_nothing() -> None:
    flow = flow_field(swirl())
    assert flow_agreement(flow, flow, 1.0 + 0j, 5000 + 0j) is None
    assert flow_agreement(flow, flow_field(FlowGrid(np.zeros((0, 0), np.uint8))), 1.0 + 0j, 0j) is None


@settings(max_examples=25)
@given(st.integers(p.MIN_MINUTIAE, p.MAX_MINUTIAE), st.integers(0, 1000))
def test_a_template_keeps_what_it_holds(count: int, seed: int) -> None:
    minutiae, flow = scattered(count, seed), swirl(seed / 100)
    payload = encode(minutiae, flow)
    again = decode_impressions(payload)[0]
    assert np.abs(again.minutiae.position - minutiae.position).max() <= 0.5
    assert np.abs(np.angle(np.exp(1j * (again.minutiae.direction - minutiae.direction)))).max() < 0.001
    assert np.array_equal(again.flow.blocks, flow.blocks)
    assert encode_impressions((again,)) == payload
    assert np.array_equal(decode(payload).position, again.minutiae.position)


def test_the_largest_template_there_can_be_keeps_to_4_kilobytes() -> None:
    whole = FlowGrid(np.full((p.FLOW_SIDE, p.FLOW_SIDE), 9, np.uint8))
    largest = Impression(scattered(p.MAX_MINUTIAE, 0), whole)
    payload = encode_impressions((largest,) * p.MAX_IMPRESSIONS)
    assert len(payload) <= MAX_PAYLOAD <= 4096
    assert len(decode_impressions(payload)) == p.MAX_IMPRESSIONS


def test_a_finger_too_large_for_the_grid_keeps_its_middle() -> None:
    _, x = np.mgrid[0:900, 0:1000].astype(np.float32)
    grid = flow_grid(np.zeros_like(x), np.ones_like(x), np.ones(x.shape, np.bool_))
    assert grid.blocks.shape == (p.FLOW_SIDE, p.FLOW_SIDE)
    assert abs(grid.left + p.FLOW_SIDE * p.FLOW_BLOCK / 2 - 500) <= p.FLOW_BLOCK
    assert abs(grid.top + p.FLOW_SIDE * p.FLOW_BLOCK / 2 - 450) <= p.FLOW_BLOCK


SOUND = encode(scattered(20, 1), swirl())


@given(st.binary(max_size=300))
def test_bytes_that_are_no_template_are_refused(untrusted: bytes) -> None:
    refused_or_sound(untrusted)
    refused_or_sound(bytes([p.PAYLOAD_VERSION, 1]) + untrusted)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_template_with_bent_bytes_is_refused_or_still_sound(bent: list[tuple[int, int]]) -> None:
    untrusted = bytearray(SOUND)
    for offset, value in bent:
        untrusted[offset] = value
    refused_or_sound(bytes(untrusted))


def refused_or_sound(untrusted: bytes) -> None:
    try:
        impressions = decode_impressions(untrusted)
    except ModelError:
        return
    ready_finger = prepare(impressions)
    assert 0.0 <= compare_cylinders(ready_finger, ready_finger) <= 1.0


@pytest.mark.parametrize("cut", [*range(12), 40, len(SOUND) - 1])
def test_a_template_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ModelError):
        decode(SOUND[:cut])


@pytest.mark.parametrize("more", [b"\0", bytes(5000)])
def test_a_template_with_more_behind_it_is_refused(more: bytes) -> None:
    with pytest.raises(ModelError):
        decode(SOUND + more)


def test_minutiae_all_in_one_spot_or_on_one_line_compare_without_fault() -> None:
    count = 10
    for position in (np.full((count, 2), 50.0), np.stack([np.arange(count) * 9.0, np.full(count, 7.0)], axis=1)):
        odd = Minutiae(
            position.astype(np.float32),
            *(getattr(scattered(count, 0), name) for name in ("direction", "kind", "quality")),
        )
        score = compare_cylinders(ready_of(odd), ready_of(scattered(30, 1)))
        assert 0.0 <= score <= 1.0


def prepared_anywhere() -> int:
    gc.collect()
    return sum(isinstance(held, ReadyImpression) for held in gc.get_objects())


def test_what_a_pipeline_prepared_goes_with_it() -> None:
    """A pipeline is of one unlocked vault: after it is locked nobody's finger is left in the process."""
    before = prepared_anywhere()
    pipeline = open_fingerprint_pipeline()
    kept = Template(INDEX, pipeline.extractor, encode_impressions((Impression(scattered(20, 4)),)))
    assert pipeline.similarity(kept, kept) > 0.5
    assert prepared_anywhere() > before
    del pipeline
    assert prepared_anywhere() == before
