"""Made-up people whose error rates are known: every person has a likeness to strangers of their own."""

from __future__ import annotations

import numpy as np

from mlid_desktop.evaluation.metrics import Trials

GENUINE_MEAN = 3.0
PERSON_SPREAD = 0.5  # a lamb or a wolf shifts all of its scores


def trials(
    source: np.random.Generator, people: int, images: int, spread: float = PERSON_SPREAD
) -> tuple[Trials, Trials]:
    """All genuine and impostor trials of some people with a few images each. A genuine score is normal about
    ``GENUINE_MEAN``, an impostor score about 0; both move with the people who take part."""
    first, second = np.triu_indices(people * images, 1)
    first, second = first // images, second // images
    shift = source.normal(0.0, spread, people)
    same = first == second
    own = source.normal(0.0, 1.0, len(first))
    score = np.where(same, GENUINE_MEAN + shift[first] + own, (shift[first] + shift[second]) / np.sqrt(2.0) + own)
    everything = Trials(score, first, second)
    return everything.where(same), everything.where(~same)


def spread_of_scores(spread: float = PERSON_SPREAD) -> float:
    """Standard deviation of a genuine as of an impostor score over the whole population."""
    return float(np.sqrt(1.0 + spread**2))
