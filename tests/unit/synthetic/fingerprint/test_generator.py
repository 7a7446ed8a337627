"""Synthetic fingers: each seed a finger of its own, the same everywhere, with the truth about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from math import pi

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.synthetic.fingerprint import (
    CLASS_SHARES,
    HEIGHT,
    OPTICAL,
    SENSORS,
    WIDTH,
    MasterFinger,
    Masters,
    Pattern,
    SensorKind,
    SyntheticImpression,
    TouchParameters,
    choose_touch,
    generate_minutiae_sets,
    impress,
    make_master,
    take_impression,
)
from mlid_desktop.synthetic.fingerprint.impression import reach
from mlid_desktop.synthetic.fingerprint.master import PAD, PIXEL
from mlid_desktop.synthetic.fingerprint.patterns import HALF_HEIGHT, HALF_WIDTH, RidgeCourse, draw_flow
from mlid_desktop.synthetic.fingerprint.ridges import STEP
from mlid_desktop.synthetic.fingerprint.skin import draw_placement
from mlid_desktop.synthetic.fingerprint.spacing import adapt_period
from tests.worked_out_once import touch_image

STILL = TouchParameters(0.0, (0.0, 0.0), 0.0, 0.0, (0.0, 0.0), 0.0, 0.1)
SEEDS = range(6)


@cache
def finger(seed: int) -> MasterFinger:
    return make_master(seed)


@cache
def touched(seed: int, number: int = 0) -> SyntheticImpression:
    return take_impression(finger(seed), choose_touch(seed, number), number)


def test_a_seed_is_one_finger_and_an_impression_of_it_one_image() -> None:
    again = make_master(3)
    assert np.array_equal(again.ridges, finger(3).ridges)
    assert np.array_equal(impress(again, choose_touch(3, 1), 1), touched(3, 1).image)
    assert not np.array_equal(finger(3).ridges, finger(4).ridges)
    assert not np.array_equal(touched(3, 0).image, touched(3, 1).image)


def test_what_tests_are_given_for_a_touch_is_what_the_generator_makes() -> None:
    for _ in range(2):
        kept = touch_image(3, 1)
        assert np.array_equal(kept, touched(3, 1).image)
        kept[:] = 0  # the caller's own


def test_how_many_threads_there_are_changes_nothing() -> None:
    before = cv2.getNumThreads()
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            assert np.array_equal(impress(make_master(3), choose_touch(3, 1), 1), touched(3, 1).image)
    finally:
        cv2.setNumThreads(before)


def test_a_master_is_a_pad_of_skin_with_ridges_of_full_depth() -> None:
    master = finger(0)
    assert master.ridges.shape == master.gaps.shape == (HEIGHT, WIDTH)
    assert pytest.approx(2 * HALF_HEIGHT, abs=2 * STEP) == HEIGHT * PIXEL
    assert pytest.approx(2 * HALF_WIDTH, abs=2 * STEP) == WIDTH * PIXEL
    assert np.abs(master.ridges).max() <= 1.0
    assert 0.45 < float((master.ridges < 0).mean()) < 0.55


def test_classes_come_in_peoples_proportions() -> None:
    assert sum(CLASS_SHARES) == pytest.approx(1.0)
    drawn = Counter(list(Pattern)[int(np.random.default_rng(seed).choice(5, p=CLASS_SHARES))] for seed in range(2000))
    for pattern, share in zip(Pattern, CLASS_SHARES, strict=True):
        assert drawn[pattern] / 2000 == pytest.approx(share, abs=0.03)
    assert {make_master(1, pattern).pattern for pattern in Pattern} == set(Pattern)


CORES_AND_DELTAS = {
    Pattern.ARCH: (0, 0),
    Pattern.TENTED_ARCH: (1, 1),
    Pattern.LEFT_LOOP: (1, 1),
    Pattern.RIGHT_LOOP: (1, 1),
    Pattern.WHORL: (2, 2),
}


def turns_round(flow: RidgeCourse, x: float, y: float) -> float:
    """Half turns of the ridges' direction along a small circle, counter-clockwise."""
    angle = np.linspace(0, 2 * pi, 721)
    circle = x + 0.3 * np.cos(angle), y - 0.3 * np.sin(angle)
    direction = -flow.direction(*(part.astype(np.float32) for part in circle)).astype(np.float64)
    change = np.mod(np.diff(direction) + pi / 2, pi) - pi / 2
    return float(change.sum() / pi)


@pytest.mark.parametrize("pattern", list(Pattern))
@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_ridges_turn_half_round_each_core_and_back_round_each_delta(pattern: Pattern, seed: int) -> None:
    flow = draw_flow(pattern, np.random.default_rng(seed))
    assert (len(flow.cores), len(flow.deltas)) == CORES_AND_DELTAS[pattern]
    for delta in flow.deltas:
        assert turns_round(flow, *delta) == pytest.approx(-1.0, abs=0.01)
    apart = np.hypot(*(np.subtract(*flow.cores))) if len(flow.cores) == 2 else 9.0
    for core in flow.cores if apart > 0.7 else ():
        assert turns_round(flow, *core) == pytest.approx(1.0, abs=0.01)


@given(seed=st.integers(0, 10_000))
def test_a_left_loops_delta_lies_on_the_right_and_below_the_core(seed: int) -> None:
    for pattern, side in ((Pattern.LEFT_LOOP, 1), (Pattern.RIGHT_LOOP, -1)):
        flow = draw_flow(pattern, np.random.default_rng(seed))
        (core,), (delta,) = flow.cores, flow.deltas
        assert (delta[0] - core[0]) * side > 0
        assert delta[1] > core[1]


def test_straight_ridges_have_no_reason_to_give_way() -> None:
    level = np.zeros((30, 20), np.float32)
    period = np.full((30, 20), 0.45, np.float32)
    assert adapt_period(level, period, STEP) == pytest.approx(period)


def test_ridges_that_fan_out_move_apart() -> None:
    x, y = np.meshgrid(np.linspace(2, 6, 30), np.linspace(-2, 2, 30))
    away = np.arctan2(y, x).astype(np.float32)
    given_way = adapt_period(away, np.full(away.shape, 0.45, np.float32), 4 / 29)
    assert given_way[:, 24:].mean() > 1.1 * given_way[:, :6].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_minutiae_are_as_many_as_people_have(seed: int) -> None:
    position = finger(seed).minutiae.position
    within = (position[:, 0] / PAD[0]) ** 2 + (position[:, 1] / PAD[1]) ** 2 < 1
    assert 0.10 < float(within.sum()) / (pi * PAD[0] * PAD[1]) < 0.36


@settings(max_examples=30)
@given(
    turn=st.floats(-0.6, 0.6),
    right=st.floats(-3, 3),
    drag=st.floats(-0.8, 0.8),
    twist=st.floats(-0.15, 0.15),
    seed=st.integers(0, 1000),
)
def test_skin_and_window_are_mapped_onto_one_another_both_ways(
    turn: float, right: float, drag: float, twist: float, seed: int
) -> None:
    touch = TouchParameters(turn, (right, 0.5), 0.0, 0.0, (drag, -drag), twist, 0.1)
    placement = draw_placement(touch, OPTICAL, np.random.default_rng(seed))
    points = np.random.default_rng(seed).uniform([-6, -9], [6, 9], (40, 2))
    pixels = placement.to_sensor(points)
    again = np.stack(placement.to_skin(pixels[:, 0], pixels[:, 1]), axis=1)
    assert again == pytest.approx(points, abs=0.005)


def test_a_turned_finger_turns_its_minutiae() -> None:
    still, turned = (
        draw_placement(replace(STILL, turn=turn), OPTICAL, np.random.default_rng(1)) for turn in (0.0, 0.3)
    )
    middle, along = np.zeros((1, 2)), np.array([0.2])
    change = turned.direction_on_sensor(middle, along) - still.direction_on_sensor(middle, along)
    assert change == pytest.approx([0.3], abs=0.001)


def test_the_truth_of_an_impression_lies_within_what_touches() -> None:
    made = touched(0)
    assert made.mask.shape == made.image.shape == (OPTICAL.height, OPTICAL.width)
    column, row = np.rint(made.minutiae.position).astype(int).T
    assert made.mask[row, column].all()
    assert len(made.minutiae) >= 15
    assert float(made.image[made.mask].mean()) + 30 < float(made.image[~made.mask].mean())


def test_a_harder_press_shows_more_skin() -> None:
    shown = [take_impression(finger(1), replace(STILL, pressure=press), 0).mask.sum() for press in (-1.0, 0.0, 1.0)]
    assert shown[0] < shown[1] < shown[2]


def test_pressed_or_wet_ridges_are_broader_and_darker() -> None:
    inside = take_impression(finger(1), STILL, 0).mask
    pressed = [replace(STILL, pressure=value) for value in (-0.7, 0.0, 0.7)]
    wet = [replace(STILL, moisture=value) for value in (-0.7, 0.0, 0.7)]
    for touches in (pressed, wet):
        light, usual, dark = (impress(finger(1), touch, 0)[inside].mean() for touch in touches)
        assert light > usual > dark


@pytest.mark.parametrize("kind", list(SensorKind))
@pytest.mark.parametrize("dpi", [250.0, 500.0, 1000.0])
def test_a_reader_has_its_window_at_any_resolution(kind: SensorKind, dpi: float) -> None:
    sensor = SENSORS[kind].at(dpi)
    made = take_impression(finger(2), choose_touch(2, 0), 0, sensor)
    assert made.dpi == dpi
    assert made.image.shape == (sensor.height, sensor.width)
    assert sensor.width / dpi == pytest.approx(SENSORS[kind].width / SENSORS[kind].dpi, rel=0.01)
    assert made.image.std() > 25


def test_another_resolution_shows_the_same_minutiae() -> None:
    touch = choose_touch(2, 0)
    usual, fine = (take_impression(finger(2), touch, 0, sensor).minutiae for sensor in (OPTICAL, OPTICAL.at(1000.0)))
    assert len(usual) == len(fine)
    assert fine.position / 2 == pytest.approx(usual.position, abs=0.6)


def test_masters_are_kept_within_bounds() -> None:
    masters = Masters(most=2)
    first = masters.get(0)
    assert masters.get(0) is first
    for seed in (1, 2):
        masters.get(seed)
    assert masters.get(0) is not first


def test_many_fingers_are_found_without_drawing_them_and_wherever_they_are_asked_for() -> None:
    both = list(generate_minutiae_sets([5, 6], (0, 1)))
    alone = next(generate_minutiae_sets([6], (0, 1)))
    for minutiae, other in zip(both[1], alone, strict=True):
        assert np.array_equal(minutiae.position, other.position)
        assert np.array_equal(minutiae.direction, other.direction)
    found, true = both[0][0].position, touched(5, 0).minutiae.position
    nearest = np.hypot(*(found[:, None] - true[None]).transpose(2, 0, 1)).min(axis=1)
    assert float((nearest < 6).mean()) > 0.8


def test_the_pad_ends() -> None:
    edge = np.array([0.0, 6.0, 0.0]), np.array([0.0, 0.0, -9.2])
    assert reach(*edge, STILL) == pytest.approx([1.0, 0.0, 0.0])
