"""Evaluation of voices: what counts as a trial, what the conditions do, how thresholds follow bona fide speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.voice.attacks import SpeciesResult, cut_loudest, mp3_codec, voice_attack_document
from mlid_desktop.evaluation.voice.channels import equalise_channels, join_digits, long_term_spectrum
from mlid_desktop.evaluation.voice.datasets import read_digit_set, read_sound_set
from mlid_desktop.evaluation.voice.speakers import MAX_CHOICES, spread_choices
from tests.unit.modalities.voice.conftest import sample, voiced


def test_ten_recordings_give_all_120_choices_of_three() -> None:
    assert len(spread_choices(range(10), 3)) == 120
    assert len(set(spread_choices(range(10), 3))) == 120


def test_very_many_choices_are_spread_and_bounded() -> None:
    chosen = spread_choices(range(40), 3)
    assert len(chosen) <= MAX_CHOICES
    assert chosen[0][0] == 0
    assert chosen[-1][0] > 15


def test_files_that_are_no_digits_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").touch()
    with pytest.raises(UsageError) as fault:
        read_digit_set(tmp_path)
    assert fault.value.code is Code.USAGE_BAD_DATASET


def test_one_speaker_alone_is_no_set(tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "1.wav").touch()
    with pytest.raises(UsageError) as fault:
        read_sound_set(tmp_path)
    assert fault.value.code is Code.USAGE_BAD_DATASET


def test_one_channel_makes_spectra_alike() -> None:
    dull = [np.asarray(np.convolve(voiced(0.6, 8000, seed=seed), [0.5, 0.5], "same"), np.float32) for seed in range(3)]
    bright = [np.asarray(np.diff(voiced(0.6, 8000, seed=seed)), np.float32) for seed in range(3)]
    made = equalise_channels({"ann": dull, "bob": bright}, 8000)
    band = slice(20, 200)

    def apart(first: list[np.ndarray], second: list[np.ndarray]) -> float:
        spectra = [np.log(long_term_spectrum(sound)[band]) for sound in (first, second)]
        return float(np.abs(spectra[0] - spectra[1]).mean())

    assert apart(made["ann"], made["bob"]) < 0.5 * apart(dull, bright)


def test_a_take_says_when_each_digit_was_shown() -> None:
    digits = [voiced(0.4, 8000, seed=seed) for seed in range(3)]
    block, shown = join_digits(digits, 8000, np.random.default_rng(0))
    assert len(shown) == 3
    for start, digit in zip(shown, digits, strict=True):
        begin = int(start * 8000)
        assert np.abs(block[begin : begin + len(digit)]).max() > 0.4
        assert np.abs(block[max(0, begin - 800) : begin]).max() < 0.02


def test_bona_fide_speech_is_cut_to_its_loudest_part() -> None:
    row = np.concatenate([np.zeros(16_000, np.float32), voiced(1.0), np.zeros(16_000, np.float32)])
    part = cut_loudest(sample(row), 1.0)
    assert len(part.block) == 16_000
    assert float(np.mean(part.block**2)) > 0.9 * float(np.mean(voiced(1.0) ** 2))


def test_the_codec_keeps_the_length_and_changes_the_sound() -> None:
    heard = mp3_codec(44_100)(sample(voiced(1.0)))
    assert heard.rate == 44_100
    assert abs(len(heard.block) / heard.rate - 1.0) < 0.1


def test_apcer_is_taken_where_bona_fide_speech_is_refused_that_often() -> None:
    result = SpeciesResult(np.array([0.05, 0.2, 0.9]), np.linspace(0.1, 1.0, 20), 0, 0)
    accepted, threshold = result.apcer(0.05)
    assert int((result.bona_fide < threshold).sum()) == 1
    assert accepted == 2
    document = voice_attack_document({"tts": result}, {})
    assert document["apcer"]["tts at BPCER 5%"] == pytest.approx(2 / 3)
    assert document["intervals"]["apcer"]["tts at BPCER 5%"][1] <= 1.0
