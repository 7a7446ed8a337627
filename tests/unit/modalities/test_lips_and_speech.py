"""Lips that move with the speech score high, those of another moment low; too little to see says nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlid_desktop.decision.pad import LIPS_AGREE, LIPS_DIFFER, lip_agreement
from mlid_desktop.domain.decisions import LipAgreement
from mlid_desktop.modalities.lips_and_speech import measure_lip_agreement

RATE = 16_000
SECONDS = 8.0
Moments = list[tuple[float, float | None]]


def spoken(seed: int, fps: float = 25.0) -> tuple[NDArray[np.float32], Moments]:
    """Noise that swells by syllables, and a mouth that opens as fast as it is loud."""
    chance = np.random.default_rng(seed)
    knots = np.sort(chance.uniform(0.0, SECONDS, 26))
    times = np.arange(int(RATE * SECONDS)) / RATE
    loud = sum(np.exp(-(((times - knot) / 0.06) ** 2)) for knot in knots)
    wave = np.asarray(loud * chance.normal(0.0, 0.1, len(times)), np.float32)
    frames = np.arange(0.0, SECONDS, 1.0 / fps)
    at = np.interp(frames, times, loud)
    opening = np.cumsum(at * np.where(np.arange(len(at)) // 4 % 2, -1.0, 1.0)) * 0.01 + 0.1
    return wave, [(float(moment), float(value)) for moment, value in zip(frames, opening, strict=True)]


def moved(moments: Moments, seconds: float) -> Moments:
    return [(moment + seconds, opening) for moment, opening in moments]


@pytest.mark.parametrize("seed", range(4))
def test_own_lips_agree_and_those_half_a_second_off_or_of_other_speech_do_not(seed: int) -> None:
    wave, moments = spoken(seed)
    own = measure_lip_agreement(wave, RATE, moments)
    assert own is not None
    assert own >= LIPS_AGREE
    for unlike in (moved(moments, 0.5), moved(moments, -0.5), spoken(seed + 10)[1]):
        score = measure_lip_agreement(wave, RATE, unlike)
        assert score is not None
        assert score < own
    near = measure_lip_agreement(wave, RATE, moved(moments, 0.1))
    assert near is not None
    assert near >= LIPS_AGREE


def test_too_little_says_nothing() -> None:
    wave, moments = spoken(1)
    hidden: Moments = [(at, None if index % 5 < 2 else opening) for index, (at, opening) in enumerate(moments)]
    for few in ([], moments[:1], moments[:20], moments[::4], hidden, list(reversed(moments))):
        assert measure_lip_agreement(wave, RATE, few) is None
    assert measure_lip_agreement(wave[:100], RATE, moments) is None
    assert measure_lip_agreement(wave, 4000, moments) is None
    still: Moments = [(at, 0.1) for at, _ in moments]
    assert measure_lip_agreement(wave, RATE, still) is None


@given(
    st.lists(st.tuples(st.floats(-5.0, 20.0), st.none() | st.floats(0.0, 2.0)), max_size=80),
    st.integers(0, 3 * RATE),
)
def test_nothing_that_comes_makes_it_fail(moments: Sequence[tuple[float, float | None]], length: int) -> None:
    wave = np.random.default_rng(length).normal(0.0, 0.1, length).astype(np.float32)
    score = measure_lip_agreement(wave, RATE, sorted(moments, key=lambda moment: moment[0]))
    assert score is None or np.isfinite(score)


def test_a_score_has_a_band_and_none_has_none() -> None:
    assert lip_agreement(None) is None
    assert lip_agreement(LIPS_AGREE) is LipAgreement.AGREES
    assert lip_agreement((LIPS_AGREE + LIPS_DIFFER) / 2) is LipAgreement.UNCLEAR
    assert lip_agreement(LIPS_DIFFER - 0.01) is LipAgreement.DIFFERS
