"""Error rates of groups of people at one threshold, compared with those of all groups within themselves.

Strangers of one group are more alike than strangers of two, so that a rate over all pairs, most of them across groups,
lies below that of every group: what is compared is within-group against within-group (ISO/IEC 19795-10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.evaluation.metrics import BOOTSTRAPS, Trials, share_interval
from mlid_desktop.station.documents.exact_interval import Interval

GROUP_EXCESS = 1.25  # NIST SP 800-63A-4, 3.11: no group more than 25 % worse than overall

Groups = Mapping[str, frozenset[int]]
"""The people of each group, by their numbers."""
NO_GROUPS: Groups = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class GroupRates:
    """Error rates of one group of people at a threshold that is the same for all. ``fmr_ratio`` and ``fnmr_ratio`` set
    them against those of all groups together, each within itself; None where there is no error to compare with.
    ``worse`` says that one of them exceeds the rate of all by over 25 %. Intervals are 95 %, by person."""

    people: int
    genuine: int
    impostor: int
    fnmr: float
    fnmr_interval: Interval
    fmr: float
    fmr_interval: Interval
    fnmr_ratio: float | None
    fnmr_ratio_interval: Interval | None
    fmr_ratio: float | None
    fmr_ratio_interval: Interval | None
    worse: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Trials and errors of each pair of people that was compared: ``first``, ``second``, ``trials``, ``errors``, (n,)
    each; ``groups`` (g, n) says in which groups both are."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    trials: NDArray[np.float64]
    errors: NDArray[np.float64]
    groups: NDArray[np.bool_]

    @classmethod
    def of(cls, trials: Trials, errors: NDArray[np.bool_], groups: Groups, people: int) -> _Counts:
        member = np.zeros((len(groups), people), np.bool_)
        for row, numbers in zip(member, groups.values(), strict=True):
            row[sorted(numbers)] = True
        within = (member[:, trials.first] & member[:, trials.second]).any(axis=0)
        low, high = np.minimum(trials.first, trials.second), np.maximum(trials.first, trials.second)
        keys, index = np.unique((low * people + high)[within], return_inverse=True)
        first, second = keys // people, keys % people
        counted = np.asarray(np.bincount(index, minlength=len(keys)), np.float64)
        wrong = np.asarray(np.bincount(index, errors[within], minlength=len(keys)), np.float64)
        return cls(first, second, counted, wrong, member[:, first] & member[:, second])

    def rates(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The error rate of each group and, last, of all within themselves (g + 1,); NaN where nothing is compared."""
        both = np.where(self.first == self.second, weights[self.first], weights[self.first] * weights[self.second])
        trials, errors = both * self.trials, both * self.errors
        of_groups = [(errors[chosen].sum(), trials[chosen].sum()) for chosen in self.groups]
        wrong, counted = np.array([*of_groups, (errors.sum(), trials.sum())]).T
        return np.asarray(np.divide(wrong, counted, out=np.full(len(wrong), np.nan), where=counted > 0), np.float64)


def group_rates(
    groups: Groups, genuine: Trials, impostor: Trials, threshold: float, rounds: int = BOOTSTRAPS
) -> dict[str, GroupRates]:
    """Error rates of every group: genuine trials of its people, impostor trials among them."""
    if not groups:
        return {}
    people = 1 + max(int(side.max()) for trials in (genuine, impostor) for side in (trials.first, trials.second))
    known = {name: frozenset(number for number in numbers if number < people) for name, numbers in groups.items()}
    missed = _Counts.of(genuine, genuine.score < threshold, known, people)
    matched = _Counts.of(impostor, impostor.score >= threshold, known, people)
    everybody = np.array(sorted(frozenset[int]().union(*known.values())), np.intp)
    whole = np.ones(people)
    fnmr, fmr = missed.rates(whole), matched.rates(whole)
    source, drawn = np.random.default_rng(0), []
    for _ in range(rounds if len(everybody) else 0):
        weights = np.zeros(people)
        np.add.at(weights, everybody[source.integers(0, len(everybody), len(everybody))], 1.0)
        drawn.append((missed.rates(weights), matched.rates(weights)))
    table = np.array(drawn).reshape(-1, 2, len(known) + 1)
    found = {}
    for row, (name, members) in enumerate(known.items()):
        own = int(matched.trials[matched.groups[row]].sum())
        genuine_own = int(missed.trials[missed.groups[row]].sum())
        ratios = [_ratio(rates[row], rates[-1]) for rates in (fnmr, fmr)]
        found[name] = GroupRates(
            len(groups[name]),
            genuine_own,
            own,
            _known(fnmr[row]),
            _interval(table[:, 0, row], fnmr[row], len(members)),
            _known(fmr[row]),
            _interval(table[:, 1, row], fmr[row], len(members)),
            ratios[0],
            _interval_of_ratio(table[:, 0, row], table[:, 0, -1], ratios[0]),
            ratios[1],
            _interval_of_ratio(table[:, 1, row], table[:, 1, -1], ratios[1]),
            any(ratio is not None and ratio > GROUP_EXCESS for ratio in ratios),
        )
    return found


def _known(rate: float) -> float:
    return 0.0 if np.isnan(rate) else float(rate)


def _ratio(own: float, overall: float) -> float | None:
    return float(own / overall) if overall > 0 and not np.isnan(own) else None


def _interval(drawn: NDArray[np.float64], rate: float, people: int) -> Interval:
    """Interval of an error rate; without an error, the exact bound for as many trials as people."""
    values = drawn[~np.isnan(drawn)]
    if np.isnan(rate) or not len(values):
        return Interval(0.0, 1.0)
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(low), float(high) if rate > 0 else share_interval(0, people).high)


def _interval_of_ratio(own: NDArray[np.float64], overall: NDArray[np.float64], ratio: float | None) -> Interval | None:
    chosen = (overall > 0) & ~np.isnan(own)
    if not ratio or not chosen.any():
        return None
    low, high = np.quantile(own[chosen] / overall[chosen], [0.025, 0.975])
    return Interval(float(low), float(high))
