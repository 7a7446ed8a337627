"""The parameters that distinguish one synthetic voice from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mlid_desktop.synthetic.voice.phones import PHONES

PITCHES = (85.0, 230.0)  # Hz: from low men's to high women's voices
TRACTS = (1.2, 0.84)  # length in 17 cm, shorter as the voice is higher
TRACT_SPREAD = 0.04
ACCENT = 0.13  # how a speaker's sounds differ from the usual ones, natural log of Hz
PACE_SPREAD = 0.18
DURATION_SPREAD = 0.32


@dataclass(frozen=True, slots=True)
class Speaker:
    """The parameters of a synthetic voice: ``pitch`` Hz; ``tract`` length in 17 cm; ``tilt`` 0..1, how much the high
    tones are damped; ``breath`` how much air goes along; ``damping`` of the resonances; ``pace`` 1 is usual; ``fall``
    of the pitch over a word. ``accent`` multiplies the formants of a sound, ``length`` its duration."""

    seed: int
    pitch: float
    tract: float
    tilt: float
    breath: float
    damping: float
    pace: float
    fall: float
    hiss: float
    accent: Mapping[str, tuple[float, float, float]] = field(repr=False)
    length: Mapping[str, float] = field(repr=False)


def speaker_from_seed(seed: int) -> Speaker:
    """The speaker of a seed, the same each time."""
    chance = np.random.default_rng([seed, 0])
    height = chance.random()
    return Speaker(
        seed=seed,
        pitch=float(np.exp(np.interp(height, (0, 1), np.log(PITCHES)))),
        tract=float(np.interp(height, (0, 1), TRACTS) * np.exp(chance.normal(0, TRACT_SPREAD))),
        tilt=float(chance.uniform(0.55, 0.93)),
        breath=float(chance.uniform(0.005, 0.05)),
        damping=float(chance.uniform(0.8, 1.6)),
        pace=float(np.exp(chance.normal(0, PACE_SPREAD))),
        fall=float(chance.uniform(-0.05, 0.3)),
        hiss=float(chance.uniform(0.8, 1.2)),
        accent={name: _three(np.exp(chance.normal(0, ACCENT, 3))) for name in PHONES},
        length={name: float(np.exp(chance.normal(0, DURATION_SPREAD))) for name in PHONES},
    )


def _three(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
