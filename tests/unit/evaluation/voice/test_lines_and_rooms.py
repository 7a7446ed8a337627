from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.voice.lines_and_rooms import (
    RATE,
    Surroundings,
    Wave,
    noisy_room,
    played,
    read_noises,
    telephone_line,
)
from mlid_desktop.evaluation.voice.speakers import plan_probes
from mlid_desktop.station.assemble import assemble

NOISES = {
    "hiss": np.random.default_rng(1).standard_normal(RATE).astype(np.float32),
    "hum": np.sin(np.arange(RATE) / 40).astype(np.float32),
}


def chirp(seconds: float = 2.0) -> Wave:
    """A tone that rises through all that 16 kHz sound can hold."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.3 * np.sin(2 * np.pi * (50 + 3900 * time / seconds) * time), np.float32)


def energy(sound: Wave, low: float, high: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    tones = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float(power[(tones >= low) & (tones < high)].sum() / power.sum())


def test_a_telephone_passes_the_band_of_speech_alone() -> None:
    heard = telephone_line(chirp())
    assert len(heard) == len(chirp())
    assert energy(heard, 300, 3500) > 0.99
    assert energy(chirp(), 4000, 8000) > 0.4 > energy(heard, 4000, 8000)


def test_a_room_is_as_loud_below_the_speech_as_asked() -> None:
    quiet = np.zeros(4 * RATE, np.float32)
    quiet[: 2 * RATE] = chirp()
    still = noisy_room(quiet, NOISES, np.random.default_rng(3), over_db=80.0)
    loud = noisy_room(quiet, NOISES, np.random.default_rng(3), over_db=10.0)
    speech, noise = still[: 2 * RATE].std(), (loud - still).std()
    assert 20 * np.log10(speech / noise) == pytest.approx(10.0, abs=1.0)


def test_the_same_recording_is_heard_the_same_every_time_and_another_differently() -> None:
    first, again, other = (played(chirp(), Surroundings.ROOM, NOISES, name) for name in ("a.wav", "a.wav", "b.wav"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert played(chirp(), Surroundings.PLAIN, {}, "a.wav") is not None


def test_silence_stays_finite() -> None:
    silence = np.zeros(RATE, np.float32)
    for surroundings in Surroundings:
        assert np.isfinite(played(silence, surroundings, NOISES, "a")).all()


def test_probes_are_planned_by_name(tmp_path: Path) -> None:
    opened = assemble().open_untrusted
    assert plan_probes((), None, opened).surroundings == (Surroundings.PLAIN,)
    assert plan_probes(["telephone", "plain", "telephone"], None, opened).surroundings == (
        Surroundings.TELEPHONE,
        Surroundings.PLAIN,
    )
    for names, noise in ((["cave"], None), (["room"], None), (["room"], tmp_path / "absent")):
        with pytest.raises(UsageError) as caught:
            plan_probes(names, noise, opened)
        assert caught.value.code is Code.USAGE_BAD_ARGUMENT
    with pytest.raises(UsageError) as empty:
        plan_probes(["room"], tmp_path, opened)
    assert empty.value.code is Code.USAGE_BAD_DATASET
    with wave.open(str(tmp_path / "fan.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((NOISES["hiss"] * 3000).astype("<i2").tobytes())
    assert list(read_noises(tmp_path, opened)) == ["fan"]
    assert list(plan_probes(["room"], tmp_path, opened).noises) == ["fan"]
