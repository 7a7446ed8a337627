"""The pipeline takes synthetic fingers for fingers: it finds the minutiae that are there, knows a finger again, tells
two apart at the shipped threshold, and says what is wrong with a bad touch."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.policy import read_policy
from mlid_desktop.devices.simulated.fingerprint_reader import SimulatedReader
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import Provenance, SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline, open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.templates import decode
from mlid_desktop.synthetic.fingerprint import (
    Masters,
    SyntheticImpression,
    TouchParameters,
    choose_touch,
    take_impression,
)

RESOURCES = Path(__file__).resolve().parents[4] / "resources"
SEEDS = range(8)
BEST_OF, CHECKED = 3, 3


@cache
def pipeline() -> FingerprintPipeline:
    return open_fingerprint_pipeline()


@cache
def masters() -> Masters:
    return Masters()


def observed(seed: int, number: int, touch: TouchParameters | None = None) -> tuple[SyntheticImpression, Observation]:
    made = take_impression(masters().get(seed), touch or choose_touch(seed, number), number)
    provenance = Provenance(SourceKind.SIMULATED, SimulatedReader(seed).identity)
    return made, pipeline().observe(FingerSample(0, 0.0, provenance, made.image, made.dpi))


@cache
def takes(seed: int) -> tuple[Observation, ...]:
    return tuple(observed(seed, number)[1] for number in range(BEST_OF + 1))


def score(first: Observation, second: Observation) -> float:
    assert first.template is not None
    assert second.template is not None
    return pipeline().similarity(first.template, second.template)


@cache
def threshold() -> float:
    calibration = read_calibration((RESOURCES / "calibration" / "earlier" / "fingerprint-1-mcc.toml").read_bytes())
    policy = read_policy((RESOURCES / "policy" / "standard.toml").read_bytes())
    return calibration.threshold(policy.comparison.fmr[Modality.FINGERPRINT])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_finger_enrols_with_the_best_of_three_and_is_known_again(seed: int) -> None:
    enrolled = max(takes(seed)[:BEST_OF], key=lambda take: (take.usable, take.quality.unified))
    assert enrolled.usable
    assert score(enrolled, takes(seed)[CHECKED]) >= threshold()


def test_no_two_fingers_are_taken_for_one() -> None:
    for first, second in itertools.combinations(SEEDS, 2):
        assert score(takes(first)[0], takes(second)[1]) < threshold()


@pytest.mark.parametrize("seed", range(3))
def test_the_minutiae_that_are_found_are_the_true_ones(seed: int) -> None:
    made, seen = observed(seed, 0)
    assert seen.template is not None
    found, true = decode(seen.template.payload), made.minutiae
    apart = np.hypot(*(found.position[:, None] - true.position[None]).transpose(2, 0, 1))
    turned = np.abs(np.angle(np.exp(1j * (found.direction[:, None] - true.direction[None]))))
    agrees = ((apart < 9) & (turned < 0.6)).any(axis=1)
    assert agrees.mean() > 0.8
    assert agrees.sum() > 0.5 * len(true)


QUIET = replace(choose_touch(2, 0), pressure=0.0, moisture=0.0, shift=(0.0, 0.5), noise=0.1)


def value_of(measure: Measure, touch: TouchParameters) -> float:
    """Mean over fingers of what the pipeline says natively."""
    components = [observed(seed, 0, touch)[1].quality.component(measure) for seed in range(3)]
    return float(np.mean([component.native for component in components if component is not None]))


def test_ridges_are_less_clear_the_more_unevenly_skin_touches() -> None:
    clear = [value_of(Measure.RIDGE_CLARITY, replace(QUIET, noise=noise)) for noise in (0.0, 0.3, 0.6, 0.9)]
    assert clear == sorted(clear, reverse=True)


def test_dry_fingers_are_less_clear_and_wet_ones_have_more_ink() -> None:
    dry = [value_of(Measure.RIDGE_CLARITY, replace(QUIET, moisture=value)) for value in (0.0, -0.5, -1.0)]
    assert dry == sorted(dry, reverse=True)
    ink = [value_of(Measure.MOISTURE, replace(QUIET, moisture=value)) for value in (-0.8, 0.0, 0.8)]
    assert ink == sorted(ink)


def test_a_finger_half_off_the_window_is_told_to_come_back() -> None:
    whole = value_of(Measure.POSITION, QUIET)
    off = value_of(Measure.POSITION, replace(QUIET, shift=(0.0, 7.0)))
    assert off > whole + 0.1
