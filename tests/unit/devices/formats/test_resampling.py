"""Another sample rate: nothing folds back, nothing is shifted, and blocks make no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlid_desktop.devices.formats.resampling import Resampler, resample

RATES = [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]


def tone(hertz: float, rate: int, seconds: float = 0.5) -> NDArray[np.float32]:
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), np.float32)


def level_db(wave: NDArray[np.float32]) -> float:
    """Of the middle, where neither end is heard, against the tone's own level."""
    middle = wave[len(wave) // 4 : -len(wave) // 4].astype(np.float64)
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) / (0.5 / np.sqrt(2)) + 1e-12))


@settings(max_examples=40)
@given(
    rate=st.sampled_from(RATES),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
    seed=st.integers(0, 2**16),
)
def test_however_it_is_cut_into_blocks_the_samples_are_the_same(rate: int, cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).uniform(-1, 1, 3000).astype(np.float32)
    resampler = Resampler(rate, 16_000)
    blocks = [resampler.feed(block) for block in np.split(sound, sorted(cuts))]
    whole = resample(sound, rate, 16_000)
    assert np.array_equal(np.concatenate([*blocks, resampler.finish()]), whole)
    assert len(whole) == -(-len(sound) * 16_000 // rate)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_in_the_band_comes_out_as_the_same_tone_at_the_same_time(rate: int) -> None:
    for share in (0.01, 0.3, 0.89):
        hertz = share * min(rate, 16_000) / 2
        found, wanted = resample(tone(hertz, rate), rate, 16_000), tone(hertz, 16_000)
        away = np.abs(found[2000:-2000] - wanted[2000 : len(found) - 2000])
        assert away.max() < 2e-4


@pytest.mark.parametrize("rate", [22_050, 32_000, 44_100, 48_000, 96_000])
def test_what_16_khz_cannot_hold_is_gone_and_does_not_fold_back(rate: int) -> None:
    for hertz in np.linspace(8_001, 0.499 * rate, 9):
        assert level_db(resample(tone(float(hertz), rate), rate, 16_000)) < -90


def test_at_its_own_rate_sound_passes_bit_for_bit() -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, 999).astype(np.float32)
    assert np.array_equal(resample(sound, 16_000, 16_000), sound)


def test_a_long_stream_is_not_kept() -> None:
    resampler, made = Resampler(44_100, 16_000), 0
    block = tone(440, 44_100, 0.02)
    for _ in range(500):
        made += len(resampler.feed(block))
    assert abs(made - 500 * 320) < 320
    assert len(resampler._held) < 2000


@pytest.mark.parametrize("rates", [(0, 16_000), (-8_000, 16_000), (99_991, 16_000)])
def test_rates_that_no_device_has_are_refused(rates: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="rate"):
        Resampler(*rates)
