"""Alignment and crops: where pixels of the frame come to lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.modalities.face.align import STANDARD, align, crop_portrait, fit_similarity
from mlid_desktop.modalities.face.crop import CropWindow, box_crop, continued_crop, greatest_growth, shrunk_warp


@given(st.floats(-3, 3), st.floats(0.05, 20), st.floats(-500, 500), st.floats(-500, 500))
def test_a_turned_scaled_and_shifted_face_is_brought_back_exactly(
    angle: float, scale: float, right: float, down: float
) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = STANDARD @ turn.T + (right, down)
    back = fit_similarity(moved, STANDARD)
    np.testing.assert_allclose(moved @ back[:, :2].T + back[:, 2], STANDARD, atol=1e-6)


def test_five_equal_points_do_no_harm() -> None:
    assert np.isfinite(fit_similarity(np.ones((5, 2)), STANDARD)).all()


def dots(points: np.ndarray, radius: int, shape: tuple[int, int]) -> np.ndarray:
    picture = np.zeros((*shape, 3), np.uint8)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for x, y in points:
        picture[(columns - x) ** 2 + (rows - y) ** 2 <= radius**2] = 255
    return picture


def test_the_points_lie_in_their_standard_places_at_every_size_of_face() -> None:
    for scale in (0.7, 1.0, 2.3, 5.0, 9.0):
        points = STANDARD * scale + (40, 30)
        shape = (int(128 * scale) + 80, int(128 * scale) + 80)
        aligned = align(dots(points, max(4, int(4 * scale)), shape), points)
        for x, y in STANDARD:
            around = aligned[int(y) - 8 : int(y) + 9, int(x) - 8 : int(x) + 9, 0].astype(float)
            rows, columns = np.mgrid[int(y) - 8 : int(y) + 9, int(x) - 8 : int(x) + 9]
            centre = (np.sum(columns * around) / around.sum(), np.sum(rows * around) / around.sum())
            np.testing.assert_allclose(centre, (x, y), atol=0.3)


def test_a_turned_face_is_not_cut_narrower_than_one_from_the_front() -> None:
    front = STANDARD * 3 + 400
    turned = front.copy()
    turned[:, 0] = front[:2, 0].mean() + 0.5 * (front[:, 0] - front[:2, 0].mean())
    rows = []
    for points in (front, turned):
        mouth = points[3:5].mean(axis=0)
        portrait = crop_portrait(dots(np.array([mouth]), 6, (1200, 1200)), points)
        assert portrait is not None
        rows.append(float(np.nonzero(portrait[:, :, 0] > 128)[0].mean()))
    assert rows[0] == pytest.approx(254, abs=2)  # by the eyes alone
    assert rows[0] < rows[1] < 280  # by the eyes alone it would lie at 327 of 400


def test_a_fine_pattern_is_averaged_and_not_sampled() -> None:
    checks = np.indices((512, 512)).sum(axis=0) % 2 * 255
    picture = np.repeat(checks[:, :, None], 3, axis=2).astype(np.uint8)
    shrunk = shrunk_warp(picture, np.array([[0.25, 0, 0], [0, 0.25, 0]]), 128)
    assert np.ptp(shrunk[4:-4, 4:-4].astype(int)) <= 2


boxes = st.tuples(st.floats(-900, 900), st.floats(-900, 900), st.floats(1e-3, 3000), st.floats(1e-3, 3000))


@given(boxes, st.floats(0.5, 5), st.integers(32, 300), st.integers(32, 300))
def test_any_box_gives_a_crop_of_the_asked_size(
    box: tuple[float, float, float, float], growth: float, height: int, width: int
) -> None:
    crop = box_crop(np.zeros((height, width, 3), np.uint8), box, growth, 80)
    assert crop.shape == (80, 80, 3)
    assert crop.dtype == np.uint8


@given(st.floats(1e-3, 50), st.floats(-3, 3), st.floats(-3000, 3000), st.floats(-3000, 3000), st.integers(32, 200))
def test_any_placement_gives_a_picture(scale: float, angle: float, right: float, down: float, side: int) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placement = np.column_stack([turn, (right, down)])
    assert shrunk_warp(np.zeros((side, side + 7, 3), np.uint8), placement, 96).shape == (96, 96, 3)


@given(st.floats(60, 240), st.floats(60, 240), st.floats(10, 400))
def test_a_close_up_says_where_its_pixels_lie_in_the_frame(x: float, y: float, side: float) -> None:
    frame = np.zeros((300, 300, 3), np.uint8)
    frame[:, :, 0] = np.linspace(0, 255, 300)[None, :]
    frame[:, :, 1] = np.linspace(0, 255, 300)[:, None]
    window = CropWindow(frame, (x, y), side * 1.5, 120).middle(1 / 1.5, 80)
    view = window.picture.astype(float)
    along = np.arange(80) * window.unit
    inside_x = (window.left + along > 12) & (window.left + along < 287)
    inside_y = (window.top + along > 12) & (window.top + along < 287)
    expected_x, expected_y = (window.left + along) * 255 / 299, (window.top + along) * 255 / 299
    inner = view[np.ix_(inside_y, inside_x)]
    np.testing.assert_allclose(inner[:, :, 0], np.broadcast_to(expected_x[inside_x], inner.shape[:2]), atol=2)
    np.testing.assert_allclose(inner[:, :, 1], np.broadcast_to(expected_y[inside_y, None], inner.shape[:2]), atol=2)


def test_a_crop_beyond_the_frame_is_continued_by_its_mirror_image() -> None:
    image = np.random.default_rng(5).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    inside = continued_crop(image, (30.0, 20.0, 20.0, 20.0), 2.0, 40)
    assert np.array_equal(inside, image[10:50, 20:60])
    beyond = continued_crop(image, (30.0, 20.0, 20.0, 20.0), 4.0, 80)
    assert np.array_equal(beyond[10:70], image[:, :])
    assert np.array_equal(beyond[9], image[1])
    assert greatest_growth(image, (30.0, 20.0, 20.0, 20.0)) == pytest.approx(59 / 20)
