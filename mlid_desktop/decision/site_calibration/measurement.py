"""A calibration of a site's own people: what the number of people carries, beside the shipped table, which speaks
wherever they carry nothing.

Two rules are counted in people and not in comparisons, because whoever resembles many takes part in many comparisons:
the rule of 30 (a rate is measured where 30 people or more took part in its false matches) and the rule of 3 (where
nobody did, the rate is at most 3 in as many pairs as share nobody).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import MAX_POINTS, Calibration
from mlid_desktop.domain.errors import Code, ModelError

FEWEST_PEOPLE = 30  # a measured rate takes so many people in its false matches (rule of 30)
GROUP_ALLOWANCE = 5.0  # as shipped tables: who are confused most stay within five times what is asked (decision 39)
SAME_SAMPLE = 0.9  # share of the score of a template with itself from which on two are of one sample
ROUNDS = 300
QUANTILE = 0.97  # of the draws: bounds that hold in 95 of 100 made-up sites, see the tests
POINTS_BEYOND = 60  # scores above the end of the shipped table
DECIMALS = 6
METHOD = (
    "This site's people, reference against reference. Upper 95 % bound from a bootstrap over people, down to the rate "
    "whose false matches 30 people took part in; beyond it the shipped table, raised where this site's people are "
    "confused significantly more often. Never below a fifth of the shipped bound for the group confused most."
)

Scores = NDArray[np.float64]
People = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class SitePairs:
    """Comparisons of different people: ``first`` and ``second`` (n,) number the people from 0 to ``people`` - 1,
    ``score`` (n,). ``left_out`` pairs are of one sample under two numbers."""

    first: People
    second: People
    score: Scores
    people: int
    left_out: int = 0

    @classmethod
    def of(cls, first: People, second: People, score: Scores, own: Scores) -> SitePairs:
        """``own`` (p,) is each person's score with themselves: pairs near it show one sample twice and say nothing of
        strangers."""
        doubled = score >= SAME_SAMPLE * np.minimum(own[first], own[second])
        kept = ~doubled & np.isfinite(score)
        return cls(first[kept], second[kept], score[kept], len(own), int(doubled.sum()))


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How often this site's people are taken for one another at a threshold: ``matches`` of ``pairs``, in which
    ``people_in_matches`` took part; ``low`` and ``high`` bound the rate at 95 %, counted in people."""

    matches: int
    pairs: int
    people_in_matches: int
    low: float
    high: float

    @property
    def is_measured(self) -> bool:
        """Whether the rate is measured and not only bounded (rule of 30)."""
        return self.people_in_matches >= FEWEST_PEOPLE


@dataclass(frozen=True, slots=True, eq=False)
class SiteMeasurement:
    """What a site's people come to, and the table that follows. ``carried_fmr`` is the smallest rate that they carry by
    themselves, None where they carry none; ``raised`` by what factor the shipped table is raised beyond it (1: not)."""

    calibration: Calibration
    pairs: SitePairs
    carried_fmr: float | None
    raised: float


def measure_site(shipped: Calibration, pairs: SitePairs, dataset: str, made_on: str) -> SiteMeasurement:
    """The table of a site's people over the shipped one of the same extractor; ``dataset`` names the site. Raises
    ModelError(MODEL_TOO_FEW_PEOPLE) where they are fewer than the rule of 30 takes."""
    if pairs.people < FEWEST_PEOPLE or not len(pairs.score):
        raise ModelError(Code.MODEL_TOO_FEW_PEOPLE, people=pairs.people, needed=FEWEST_PEOPLE)
    most_alike = best_of_each_person(pairs)
    edges = _edges(shipped, most_alike)
    at = np.minimum(np.searchsorted(shipped.score, edges, side="right") - 1, len(shipped.score) - 1)
    said, worst = np.array(shipped.fmr)[at], np.array(shipped.worst_fmr)[at]
    involved = (most_alike[:, None] >= edges).sum(axis=0)
    measured = involved >= FEWEST_PEOPLE
    fmr, carried, raised = said, None, 1.0
    if measured.any():
        last = int(np.nonzero(measured)[0][-1])
        low, high = bootstrap_bounds(pairs, edges)
        carried, beyond = float(high[last]), np.arange(len(edges)) > last
        if low[last] > said[last]:
            raised = float(np.mean(pairs.score >= edges[last]) / said[last])  # what is raised is a bound already
        fmr = np.where(beyond, np.minimum(carried, said * raised), high)  # rates fall: what is carried holds beyond
        fmr[0] = 1.0
    fmr = bound_rates(fmr, worst)
    group = make_falling(np.minimum(1.0, np.maximum(worst * np.maximum(1.0, fmr / said), fmr)))
    ratio = np.array(shipped.llr)[at] - np.maximum(0.0, np.log(fmr / said))
    ratio = np.minimum.accumulate(ratio[::-1])[::-1]
    made = shipped.model_copy(
        update={
            "dataset": dataset,
            "people": pairs.people,
            "impostor": len(pairs.score),
            "method": METHOD,
            "made_on": made_on,
            "limit_fmr": float(fmr[-1]),
            "score": tuple(edges.tolist()),
            "fmr": tuple(fmr.tolist()),
            "llr": tuple(ratio.tolist()),
            "group_fmr": tuple(group.tolist()),
        }
    )
    return SiteMeasurement(Calibration.model_validate(made.model_dump()), pairs, carried, raised)


def match_rates(pairs: SitePairs, thresholds: Sequence[float]) -> tuple[MatchRate, ...]:
    """How often people are taken for one another at or above each threshold; where nobody is, at most 3 in as many
    pairs as share nobody (rule of 3)."""
    if not thresholds:
        return ()
    best, edges = best_of_each_person(pairs), np.unique(np.array(thresholds, dtype=np.float64))
    low, high = bootstrap_bounds(pairs, edges)
    found: list[MatchRate] = []
    for threshold in thresholds:
        matches = int(np.count_nonzero(pairs.score >= threshold))
        at = int(np.searchsorted(edges, threshold))
        bounds = (float(low[at]), float(high[at])) if matches else (0.0, min(1.0, 3.0 / max(1, pairs.people // 2)))
        found.append(MatchRate(matches, len(pairs.score), int(np.count_nonzero(best >= threshold)), *bounds))
    return tuple(found)


def best_of_each_person(pairs: SitePairs) -> Scores:
    """The highest score of each person with anybody else (p,): whoever reaches a threshold takes part in a false match
    there."""
    best = np.full(pairs.people, -np.inf)
    for people in (pairs.first, pairs.second):
        np.maximum.at(best, people, pairs.score)
    return best


def bootstrap_bounds(pairs: SitePairs, edges: Scores) -> tuple[Scores, Scores]:
    """Bounds of the false match rate at rising ``edges`` (b,), at 95 % each, from a bootstrap over people: whoever is
    drawn twice counts twice in each of their pairs. Rates are skewed: the upper bound lies at least as many times above
    the rate as the lower one lies below it, and never below one pair in all. Neither rises with the score."""
    random = np.random.default_rng(pairs.people)  # the same people give the same bounds
    above = np.searchsorted(edges, pairs.score, side="right")
    chosen = above > 0  # only these count above the lowest edge; all count in the whole
    step, least = above[chosen] - 1, 1.0 / len(pairs.score)
    rate = np.bincount(step, minlength=len(edges))[::-1].cumsum()[::-1] * least
    drawn_rates = np.empty((ROUNDS, len(edges)))
    for row in drawn_rates:
        drawn = np.bincount(random.integers(0, pairs.people, pairs.people), minlength=pairs.people).astype(np.float64)
        weights = drawn[pairs.first] * drawn[pairs.second]
        counted = np.bincount(step, weights=weights[chosen], minlength=len(edges))
        row[:] = counted[::-1].cumsum()[::-1] / max(1.0, float(weights.sum()))
    low, high = np.quantile(drawn_rates, [1.0 - QUANTILE, QUANTILE], axis=0)
    mirrored = rate**2 / np.maximum(low, least)
    return make_falling(low), make_falling(np.clip(np.maximum(high, mirrored), least, 1.0))


def people_needed(fmr: float) -> int:
    """About how many people a site needs to measure a false match rate by itself: so many that 30 false matches are to
    be expected among all pairs of them."""
    return max(FEWEST_PEOPLE, int(np.ceil(0.5 + np.sqrt(0.25 + 2.0 * FEWEST_PEOPLE / fmr))))


def _edges(shipped: Calibration, most_alike: Scores) -> Scores:
    """The scores of the shipped table, and above its end those up to which 30 people are confused."""
    end, edges = shipped.score[-1], np.array(shipped.score)
    reached = float(np.sort(most_alike)[-FEWEST_PEOPLE])
    if reached <= end:
        return edges
    beyond = np.round(np.linspace(end, reached, POINTS_BEYOND + 1)[1:], DECIMALS)
    room = MAX_POINTS - len(edges)
    return np.unique(np.concatenate([edges, beyond[beyond > end][-room:] if room else beyond[:0]]))


def bound_rates(fmr: Scores, worst: Scores) -> Scores:
    """Rates held to a fifth of those of the group that is confused most, none above 1, none rising."""
    return make_falling(np.minimum(1.0, np.maximum(fmr, worst / GROUP_ALLOWANCE)))


def make_falling(rates: Scores) -> Scores:
    """Rates that never rise with the score: each the highest of its own and those after it."""
    return np.maximum.accumulate(rates[::-1])[::-1]
