"""The way for people who cannot make the movements that a face is asked for: a finger, held to more than the policy
asks of it, and confirmed by a second person. It is never weaker than the policy, and there is none where the finger's
calibration does not carry what is asked."""

from __future__ import annotations

from math import floor, log10

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.policy import ComparisonRules
from mlid_desktop.domain.characteristics import Modality

RUNGS = (5.0, 2.0, 1.0)  # of the rates in each decade, 1 in 200, 500, 1,000, …
SLACK = 1e-9  # of a rate that was written as a decimal


def tighter_rate(rate: float) -> float:
    """The next tighter false match rate among 1, 2 and 5 in each decade: 1 in 2,000 where 1 in 1,000 is asked. A
    whole decade would be more than the shipped calibration of fingers carries."""
    decade = floor(log10(rate) + SLACK)
    lower = [rung * 10.0**power for power in (decade, decade - 1) for rung in RUNGS]
    return next(tighter for tighter in lower if tighter < rate * (1.0 - SLACK))


def asked_of_finger(rules: ComparisonRules) -> float:
    """The false match rate that is asked of each finger in place of movements."""
    return tighter_rate(rules.rate(Modality.FINGERPRINT))


def is_offered(rules: ComparisonRules, calibration: Calibration | None, fingers: int) -> bool:
    """Whether there is such a way for somebody of whom so many fingers can be compared: the policy lets fingers decide,
    as many as it asks of everybody, and their ``calibration`` carries what is asked."""
    if Modality.FINGERPRINT not in rules.primary or calibration is None:
        return False
    return fingers >= rules.minimum_primary and calibration.fmr[-1] <= asked_of_finger(rules)
