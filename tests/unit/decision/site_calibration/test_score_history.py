"""Visits by month: told where enough people came, moved where a median did, thresholds set against past visits."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.site_calibration.score_history import (
    MonthFigures,
    Moved,
    Steps,
    drifts,
    quantile,
    refusals,
)
from mlid_desktop.domain.characteristics import Modality

EXTRACTOR = "face/1/"
STEPS = Steps(0.02, 5.0)


def month(name: str, middle: float = 6.0, quality: int = 80, people: int = 60, seed: int = 0) -> MonthFigures:
    """Visits whose scores are normal about ``middle``."""
    random = np.random.default_rng(seed)
    scores = Counter(math.floor(score / STEPS.score) for score in random.normal(middle, 1.5, 200))
    seen = Counter(math.floor(value / STEPS.quality) for value in random.normal(quality, 8, 200))
    return MonthFigures(name, Modality.FACE, EXTRACTOR, people, scores, {}, seen)


@given(st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=60), st.floats(0.0, 1.0))
def test_a_quantile_lies_within_a_step_of_that_of_the_scores(scores: list[float], share: float) -> None:
    counts = Counter(math.floor(score / 0.2) for score in scores)
    found = quantile(counts, share, 0.2)
    exact = float(np.quantile(scores, share, method="inverted_cdf"))
    assert abs(found - exact) <= 0.2 + 1e-9
    assert math.isnan(quantile({}, 0.5, 0.2))


@pytest.mark.parametrize("seed", range(5))
def test_months_of_the_same_kind_do_not_move(seed: int) -> None:
    months = [month(f"2026-0{number}", seed=10 * seed + number) for number in range(1, 7)]
    assert drifts(months, [EXTRACTOR], STEPS) == ()


@pytest.mark.parametrize(
    ("middle", "quality", "expected"),
    [(4.5, 80, Moved.SCORES_LOWER), (7.5, 80, Moved.SCORES_HIGHER), (6.0, 60, Moved.QUALITY_LOWER)],
)
def test_a_month_that_moved_is_told_with_its_direction(middle: float, quality: int, expected: Moved) -> None:
    months = [month("2026-01"), month("2026-02", seed=1), month("2026-03", middle, quality, seed=2)]
    (found,) = drifts(months, [EXTRACTOR], STEPS)
    assert (found.moved, found.month) == (expected, "2026-03")
    few = [*months[:2], month("2026-03", middle, quality, people=29, seed=2)]
    assert drifts(few, [EXTRACTOR], STEPS) == ()  # however often they came
    assert drifts(months, ["another"], STEPS) == ()  # an extractor that is not in use


def test_few_visits_are_not_told() -> None:
    assert month("2026-01", people=5).is_told
    assert not month("2026-01", people=4).is_told
    assert not MonthFigures("2026-01", Modality.FACE, EXTRACTOR, 9, {30: 4}).is_told


def test_another_threshold_is_counted_against_the_change() -> None:
    visits = [
        MonthFigures("2026-01", Modality.FACE, EXTRACTOR, 40, {20: 3, 25: 5, 30: 92}, {10: 4, 22: 2}),
        MonthFigures("2026-02", Modality.FACE, EXTRACTOR, 50, {30: 50}),
    ]
    stricter = refusals(visits, 4.0, 5.1, 0.2)  # inside the step from 5.0 to 5.2
    assert (stricter.people, stricter.accepted, stricter.now_refused) == (50, 150, 8)
    assert (stricter.rejected, stricter.now_accepted) == (6, 0)
    looser = refusals(visits, 5.0, 4.5, 0.2)
    assert (looser.now_refused, looser.now_accepted) == (0, 2)
    assert not refusals([], 5.0, 4.5, 0.2).is_told
