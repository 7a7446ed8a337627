"""The exact interval of a share, without a library of statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

TAIL = 0.025
STEPS = 60  # halvings of 0..1: below the resolution of a double


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a rate at 95 %."""

    low: float
    high: float


def exact_interval(errors: int, trials: int) -> Interval:
    """The Clopper-Pearson interval of 95 % of a share of independent trials; of no trial, everything."""
    if trials == 0:
        return Interval(0.0, 1.0)
    low = 0.0 if errors == 0 else _crossing(lambda rate: 1.0 - _at_most(errors - 1, trials, rate) > TAIL)
    high = 1.0 if errors == trials else _crossing(lambda rate: _at_most(errors, trials, rate) < TAIL)
    return Interval(low, high)


def _crossing(above: Callable[[float], bool]) -> float:
    """The rate from which on a condition holds that holds of all higher rates."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if above(middle) else (middle, high)
    return (low + high) / 2.0


def _at_most(errors: int, trials: int, rate: float) -> float:
    """The probability of so many errors or fewer."""
    if rate <= 0.0 or rate >= 1.0:
        return 1.0 if rate <= 0.0 else 0.0
    whole = math.lgamma(trials + 1)
    terms = [
        whole
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(rate)
        + (trials - count) * math.log1p(-rate)
        for count in range(errors + 1)
    ]
    return min(1.0, math.fsum(math.exp(term) for term in terms))
