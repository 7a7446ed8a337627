"""The meaning of a score: never more than the data carry."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.domain.decisions import Meaning
from mlid_desktop.domain.errors import Code, ModelError
from tests.makers import calibration

MADE = calibration()


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_score_means_less_than_the_limit_of_the_data(score: float) -> None:
    meaning = MADE.meaning(score)
    assert MADE.limit_fmr * (1 - 1e-9) <= meaning.fmr <= 1.0


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_a_higher_score_never_means_a_higher_error_rate(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert MADE.meaning(high).fmr <= MADE.meaning(low).fmr
    assert MADE.meaning(high).log_likelihood_ratio >= MADE.meaning(low).log_likelihood_ratio


def test_between_two_tabulated_scores_the_lower_one_speaks() -> None:
    assert MADE.meaning(0.309).fmr == MADE.meaning(0.30).fmr


def test_beyond_the_data_the_display_stops() -> None:
    meaning = MADE.meaning(5.0)
    assert meaning.capped
    assert meaning.one_in in {990_000, 1_000_000}


def test_nan_and_low_scores_mean_any_stranger() -> None:
    assert MADE.meaning(math.nan).fmr == 1.0
    assert MADE.meaning(-1).one_in == 1


def test_a_threshold_beyond_the_data_is_refused() -> None:
    assert MADE.threshold(1e-3) == pytest.approx(0.30)
    with pytest.raises(ModelError) as fault:
        MADE.threshold(1e-9)
    assert fault.value.code is Code.MODEL_UNCALIBRATED


@given(st.floats(1e-12, 1.0))
def test_one_in_never_claims_more_than_the_rate(fmr: float) -> None:
    assert 1.0 / Meaning(0.0, fmr, capped=False).one_in >= fmr * (1 - 1e-9)


@pytest.mark.parametrize(
    "damage",
    [
        {"fmr": (1.0, 0.5, 0.6)},
        {"score": (0.0, 0.0, 0.1)},
        {"llr": (0.0, -1.0, 1.0)},
        {"fmr": (1.0, 0.1, 1e-9)},
        {"score": (0.0, 0.1)},
        {"extra": 1},
        {"limit_fmr": 0.0},
    ],
)
def test_a_table_that_contradicts_itself_is_refused(damage: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "format": 1,
        "modality": "face",
        "extractor": "x/1/",
        "dataset": "d",
        "people": 2,
        "genuine": 1,
        "impostor": 1,
        "method": "m",
        "made_on": "2026-01-01",
        "limit_fmr": 1e-3,
        "score": (0.0, 0.1, 0.2),
        "fmr": (1.0, 0.1, 1e-3),
        "llr": (0.0, 1.0, 2.0),
    }
    read_calibration(_toml(fields))
    with pytest.raises(ModelError):
        read_calibration(_toml(fields | damage))


def _toml(fields: dict[str, object]) -> bytes:
    lines = (
        f'{name} = "{value}"'
        if isinstance(value, str)
        else f"{name} = {list(value) if isinstance(value, tuple) else value}"
        for name, value in fields.items()
    )
    return "\n".join(lines).encode()
