"""Decoding, suppression, mirroring: the arithmetic of the detector, without its model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.detect import (
    Face,
    decode_detections,
    faces_of_candidates,
    mirror_candidates,
    overlap,
    suppress,
)
from mlid_desktop.modalities.face.pipeline import most_central
from tests.unit.modalities.face.oracle import plain_candidates


def random_outputs(seed: int, height: int, width: int, faces: int) -> list[NDArray[np.float32]]:
    """Twelve outputs of the network, (1, cells, k): low scores everywhere but in a few cells."""
    rng = np.random.default_rng(seed)
    cells = [(height // stride) * (width // stride) for stride in p.DETECTION_STRIDES]
    scores = [rng.uniform(0, 0.3, (1, count, 1)) for count in cells + cells]
    for level, count in enumerate(cells):
        for cell in rng.integers(0, count, faces):
            scores[level][0, cell] = scores[3 + level][0, cell] = rng.uniform(0.7, 1.0)
    boxes = [rng.normal(0.5, 0.5, (1, count, 4)) for count in cells]
    points = [rng.normal(0, 1, (1, count, 10)) for count in cells]
    return [output.astype(np.float32) for output in (*scores, *boxes, *points)]


def face(left: float, top: float, side: float, score: float = 0.9) -> Face:
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * side + (left, top)
    return Face((left, top, side, side), points, score)


@pytest.mark.parametrize("seed", range(8))
def test_decoding_at_once_gives_what_decoding_cell_by_cell_gives(seed: int) -> None:
    outputs = random_outputs(seed, 128, 192, 3)
    plain = plain_candidates(tuple(output[0] for output in outputs), 128, 192, p.DETECTION_SCORE)
    plain_rows = np.array([[*candidate[1:], candidate[0]] for candidate in plain]).reshape(-1, 15)
    expected = suppress(plain_rows)
    np.testing.assert_allclose(suppress(decode_detections(outputs, (128, 192))[0]), expected, rtol=1e-4, atol=1e-3)


def test_a_frame_without_a_face_decodes_to_nothing() -> None:
    assert decode_detections(random_outputs(1, 64, 64, 0), (64, 64))[0].shape == (0, 15)


def test_monstrous_sizes_from_the_network_stay_finite() -> None:
    outputs = random_outputs(2, 64, 64, 2)
    for output in (6, 7, 8):
        outputs[output][:] = 1e6
    assert np.isfinite(decode_detections(outputs, (64, 64))[0]).all()


def test_of_overlapping_candidates_the_best_is_kept_and_distant_ones_stay() -> None:
    rows = np.zeros((3, 15))
    rows[:, :4] = [(10, 10, 50, 50), (12, 11, 50, 50), (200, 10, 50, 50)]
    rows[:, 14] = [0.7, 0.9, 0.8]
    assert suppress(rows)[:, 14].tolist() == [0.9, 0.8]


@given(st.integers(0, 1000), st.integers(16, 400))
def test_mirroring_twice_changes_nothing(seed: int, width: int) -> None:
    rows = np.random.default_rng(seed).uniform(0, width, (4, 15))
    np.testing.assert_allclose(mirror_candidates(mirror_candidates(rows, width), width), rows, atol=1e-9)


def test_mirroring_swaps_left_and_right_points() -> None:
    row = np.zeros((1, 15))
    row[0, :4] = (10, 20, 30, 40)
    row[0, 4:14] = (15, 30, 35, 30, 25, 40, 18, 50, 32, 50)
    turned = mirror_candidates(row, 100)[0]
    assert turned[:4].tolist() == [59, 20, 30, 40]
    assert turned[4:8].tolist() == [64, 30, 84, 30]


def test_candidates_are_placed_in_the_frame_they_were_cut_from() -> None:
    row = np.zeros((1, 15))
    row[0, :6] = (10, 20, 30, 40, 15, 30)
    found = faces_of_candidates(row, 2.0, 100.0, 50.0)[0]
    assert found.box == (120.0, 90.0, 60.0, 80.0)
    assert found.points[0].tolist() == [130.0, 110.0]


@given(st.floats(0, 500), st.floats(0, 500), st.floats(1, 300))
def test_overlap_is_symmetric_and_within_one(left: float, top: float, side: float) -> None:
    first, second = face(left, top, side), face(100, 100, 80)
    assert overlap(first, second) == pytest.approx(overlap(second, first))
    assert 0 <= overlap(first, second) <= 1
    assert overlap(first, first) == pytest.approx(1)


def test_the_face_in_the_middle_is_meant_unless_it_is_tiny() -> None:
    middle, side = face(560, 260, 160), face(60, 260, 200)
    assert most_central((side, middle), (720, 1280)) is middle
    tiny, near = face(630, 350, 20), face(480, 200, 250)
    assert most_central((tiny, near), (720, 1280)) is near
