"""Error rates: against plain counting, with ties, at the edges; intervals that hold what they promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mlid_desktop.evaluation.metrics import (
    Trials,
    crossing,
    det_curve,
    error_rates,
    fmr,
    fnmr,
    operating_point_name,
    share_interval,
    threshold_at,
)
from tests.unit.evaluation.people import GENUINE_MEAN, spread_of_scores, trials

# Few distinct values, so that ties are the rule.
scores = st.lists(st.integers(-6, 6).map(lambda step: step / 4), min_size=1, max_size=40).map(np.array)
rates = st.sampled_from([1.0, 0.5, 0.25, 0.1, 0.01])


def counted(genuine: np.ndarray, impostor: np.ndarray) -> list[tuple[float, float]]:
    """(FMR, FNMR) at every threshold there is, by counting one score at a time."""
    thresholds = [*sorted({float(score) for score in (*genuine, *impostor)}), float("inf")]
    return [
        (
            sum(score >= threshold for score in impostor) / len(impostor),
            sum(score < threshold for score in genuine) / len(genuine),
        )
        for threshold in thresholds
    ]


def crossing_of(points: list[tuple[float, float]]) -> float:
    """Where the line through the counted points meets the diagonal."""
    for (above, below), (next_above, next_below) in pairwise(points):
        if next_below > next_above:
            share = (above - below) / ((above - below) + (next_below - next_above))
            return below + share * (next_below - below)
    raise AssertionError("the last threshold accepts nothing")


def as_trials(score: np.ndarray, *, same: bool) -> Trials:
    person = np.arange(len(score)) % 5
    return Trials(score.astype(np.float64), person, person if same else (person + 1) % 5)


def equal_error_rate(genuine: np.ndarray, impostor: np.ndarray) -> float:
    _, above, below = det_curve(genuine, impostor)
    return crossing(above, below)


@given(genuine=scores, impostor=scores)
def test_the_equal_error_rate_is_the_one_that_counting_gives(genuine: np.ndarray, impostor: np.ndarray) -> None:
    assert equal_error_rate(genuine, impostor) == pytest.approx(crossing_of(counted(genuine, impostor)), abs=1e-9)


@given(genuine=scores, impostor=scores, rate=rates)
def test_fnmr_at_an_fmr_is_the_least_that_any_threshold_gives(
    genuine: np.ndarray, impostor: np.ndarray, rate: float
) -> None:
    allowed = [below for above, below in counted(genuine, impostor) if above <= rate + 1e-12]
    assert fnmr(genuine, threshold_at(impostor, rate)) == pytest.approx(min(allowed))


@given(impostor=scores, rate=rates)
def test_the_threshold_is_the_lowest_that_keeps_the_fmr(impostor: np.ndarray, rate: float) -> None:
    threshold = threshold_at(impostor, rate)
    assert fmr(impostor, threshold) <= rate + 1e-12
    if rate < 1.0:
        assert fmr(impostor, np.nextafter(threshold, -np.inf)) > rate


def test_separated_scores_make_no_errors_and_swapped_ones_nothing_else() -> None:
    low, high = np.array([0.0, 0.1, 0.2]), np.array([0.8, 0.9])
    assert equal_error_rate(high, low) == 0.0
    assert equal_error_rate(low, high) == 1.0


def test_scores_that_say_nothing_err_half_the_time() -> None:
    assert equal_error_rate(np.full(7, 0.5), np.full(9, 0.5)) == pytest.approx(0.5)


@given(genuine=scores, impostor=scores)
def test_the_report_and_its_thresholds_agree(genuine: np.ndarray, impostor: np.ndarray) -> None:
    found = error_rates(as_trials(genuine, same=True), as_trials(impostor, same=False), 5, rounds=3)
    for point, value in found.fnmr_at_fmr.items():
        assert value == pytest.approx(fnmr(genuine, found.threshold_at_fmr[point]))


@pytest.mark.parametrize(
    ("trial_count", "carried"), [(9, []), (10, [1e-1]), (999, [1e-1, 1e-2]), (1000, [1e-1, 1e-2, 1e-3])]
)
def test_only_rates_that_the_number_of_trials_carries_are_reported(trial_count: int, carried: list[float]) -> None:
    impostor = as_trials(np.linspace(0, 1, trial_count), same=False)
    found = error_rates(as_trials(np.array([2.0]), same=True), impostor, 5, rounds=2)
    assert list(found.fnmr_at_fmr) == carried


def test_operating_points_have_the_names_of_the_report() -> None:
    assert [operating_point_name(point) for point in (1e-1, 1e-2, 1e-5)] == ["1e-1", "1e-2", "1e-5"]


def test_a_set_without_impostors_has_no_error_rates() -> None:
    with pytest.raises(ValueError, match="impostor"):
        error_rates(as_trials(np.array([1.0]), same=True), as_trials(np.array([]), same=False), 5)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = float(norm.cdf(-GENUINE_MEAN / 2 / spread_of_scores()))
    source = np.random.default_rng(11)
    covered = 0
    for seed in range(40):
        genuine, impostor = trials(source, people=40, images=3)
        interval = error_rates(genuine, impostor, 40, seed, rounds=120).intervals["eer"]
        covered += interval.low <= truth <= interval.high
    assert covered >= 34  # 38 expected at 95 %; fewer than 34 would have a chance below 2 %


def test_an_interval_narrows_with_the_number_of_people_not_of_their_images() -> None:
    source = np.random.default_rng(3)

    def width(people: int, images: int) -> float:
        genuine, impostor = trials(source, people, images)
        interval = error_rates(genuine, impostor, people, rounds=100).intervals["1e-2"]
        return interval.high - interval.low

    assert width(120, 3) < 0.8 * width(30, 3)


def test_a_rate_without_an_error_still_has_an_upper_bound() -> None:
    genuine, impostor = as_trials(np.full(50, 2.0), same=True), as_trials(np.linspace(0, 1, 50), same=False)
    interval = error_rates(genuine, impostor, 5, rounds=10).intervals["1e-1"]
    assert interval.low == 0.0
    assert interval.high == share_interval(0, 5).high


@pytest.mark.parametrize("count", [10, 100, 1000, 10000])
def test_no_error_in_n_carries_about_the_rule_of_three(count: int) -> None:
    # Two-sided 95 %: -ln(0.025) = 3.69 in place of the one-sided 3.
    assert share_interval(0, count).high == pytest.approx(3.69 / count, rel=0.2)
    assert share_interval(count, count).low == pytest.approx(1 - share_interval(0, count).high)


@given(count=st.integers(1, 60), errors=st.integers(0, 60))
def test_an_exact_interval_leaves_at_most_a_fortieth_on_either_side(count: int, errors: int) -> None:
    from scipy.stats import binom

    errors = min(errors, count)
    interval = share_interval(errors, count)
    assert interval.low <= errors / count <= interval.high
    if errors < count:
        assert binom.cdf(errors, count, interval.high) == pytest.approx(0.025, abs=1e-6)
    if errors > 0:
        assert binom.sf(errors - 1, count, interval.low) == pytest.approx(0.025, abs=1e-6)


def test_nothing_tried_says_nothing() -> None:
    interval = share_interval(0, 0)
    assert (interval.low, interval.high) == (0.0, 1.0)
