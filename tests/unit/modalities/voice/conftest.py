"""Recordings and models that the voice tests share."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.evaluation.voice.channels import join_digits
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore

ROOT = Path(__file__).resolve().parents[4]
PROVENANCE = Provenance(SourceKind.RECORDED, DeviceIdentity("file", "test", "test"))

Wave = NDArray[np.float32]
Digit = Callable[[str, int, int], Wave]
Take = Callable[[str, Sequence[int], int], SoundSample]


def sample(block: Wave, rate: int = 16_000, prompt: tuple[int, ...] = (), shown: tuple[float, ...] = ()) -> SoundSample:
    """A take of sound."""
    return SoundSample(0, 0.0, PROVENANCE, block, rate, prompt, shown)


def voiced(seconds: float, rate: int = 16_000, pitch: float = 120.0, seed: int = 0) -> Wave:
    """Something like a vowel with syllables: harmonics under formants, loud and quiet four times a second."""
    source = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 30) if pitch * k < rate / 2.2]
    syllables = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 2 * time))
    row = np.sum(tones, axis=0) * syllables * 0.1 + source.standard_normal(len(time)) * 1e-4
    return np.asarray(row, np.float32)


@pytest.fixture(scope="session")
def store(shared_models: Path) -> ModelStore:
    """The installed models."""
    return ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), shared_models, threads=1)


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The finished pack; skips where it is absent."""
    import os

    folder = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared") / "models" / "pack"
    if not (folder / "speaker-bilstm-128.onnx").is_file():
        pytest.skip("no models (set MLID_SHARED)")
    return folder


@pytest.fixture
def bare_store(tmp_path: Path) -> ModelStore:
    """A store of which no model is installed."""
    return ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), tmp_path, threads=1)


@pytest.fixture
def digit(shared: Path) -> Digit:
    """A recorded digit of FSDD: (speaker, digit, number) at 8 kHz."""

    def read(speaker: str, which: int, number: int) -> Wave:
        with wave.open(str(shared / "data" / "voice" / "fsdd" / f"{which}_{speaker}_{number}.wav")) as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return np.asarray(frames / 32768.0, np.float32)

    return read


@pytest.fixture
def said(digit: Digit) -> Take:
    """A take in which a speaker says digits, the takes numbered from ``first``."""

    def speak(speaker: str, digits: Sequence[int], first: int) -> SoundSample:
        waves = [digit(speaker, which, first + index) for index, which in enumerate(digits)]
        block, shown = join_digits(waves, 8000, np.random.default_rng(first))
        return sample(block, 8000, tuple(digits), shown)

    return speak
