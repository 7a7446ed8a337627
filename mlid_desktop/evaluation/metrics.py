"""Error rates of comparisons, with intervals that respect that trials share people (ISO/IEC 19795-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
People = NDArray[np.intp]

OPERATING_POINTS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
BOOTSTRAPS = 500
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Scores of comparisons with the persons on both sides: (n,) scores, (n,) and (n,) person numbers from 0."""

    score: Scores = field(repr=False)
    first: People = field(repr=False)
    second: People = field(repr=False)

    def __len__(self) -> int:
        return len(self.score)

    def where(self, chosen: NDArray[np.bool_]) -> Trials:
        """The trials that the mask chooses."""
        return Trials(self.score[chosen], self.first[chosen], self.second[chosen])


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a rate at 95 %."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class ErrorRates:
    """Equal error rate and FNMR at the FMRs that the number of impostor trials carries (FMR >= 3 / N)."""

    eer: float
    fnmr_at_fmr: dict[float, float]
    threshold_at_fmr: dict[float, float]
    intervals: dict[str, Interval] = field(default_factory=dict)


def operating_point_name(fmr: float) -> str:
    """``1e-3`` for 0.001."""
    return f"1e-{round(-np.log10(fmr))}"


def threshold_at(impostor: Scores, fmr: float) -> float:
    """The lowest threshold at which at most ``fmr`` of the impostor scores are accepted (score >= threshold)."""
    ranked = np.sort(impostor)[::-1]
    allowed = int(np.floor(fmr * len(ranked) + 1e-9))
    return float(np.nextafter(ranked[allowed], np.inf)) if allowed < len(ranked) else float(ranked[-1])


def fnmr(genuine: Scores, threshold: float) -> float:
    """Share of genuine scores below the threshold."""
    return float(np.mean(genuine < threshold))


def fmr(impostor: Scores, threshold: float) -> float:
    """Share of impostor scores at or above the threshold."""
    return float(np.mean(impostor >= threshold))


def det_curve(genuine: Scores, impostor: Scores) -> tuple[Scores, Scores, Scores]:
    """Thresholds with the FMR and FNMR at each, over all scores that occur."""
    thresholds = np.unique(np.concatenate([genuine, impostor]))
    above = 1.0 - np.searchsorted(np.sort(impostor), thresholds, side="left") / len(impostor)
    below = np.searchsorted(np.sort(genuine), thresholds, side="left") / len(genuine)
    return thresholds, above, below


def equal_error_rate(genuine: Scores, impostor: Scores) -> float:
    """Where FMR and FNMR cross, interpolated between the two nearest thresholds."""
    ordered = _Ordered.of(genuine, impostor)
    return ordered.eer(np.ones(len(genuine)), np.ones(len(impostor)))


def error_rates(genuine: Trials, impostor: Trials, people: int, seed: int = 0, rounds: int = BOOTSTRAPS) -> ErrorRates:
    """EER and FNMR at fixed FMRs with intervals from a bootstrap over people: whoever is drawn twice counts twice in
    every trial they take part in (the two-way weights of Bolle, Ratha and Pankanti, CVIU 2004, carried to pairs of
    people)."""
    points = [point for point in OPERATING_POINTS if point >= 3.0 / max(1, len(impostor))]
    ordered = _Ordered.of(genuine.score, impostor.score)
    figures: dict[str, Callable[[Scores, Scores], float]] = {"eer": ordered.eer}
    for point in points:
        figures[operating_point_name(point)] = _fnmr_at(ordered, point)
    thresholds = {point: threshold_at(impostor.score, point) for point in points}
    values = {point: fnmr(genuine.score, thresholds[point]) for point in points}
    eer = equal_error_rate(genuine.score, impostor.score)
    drawn: dict[str, list[float]] = {name: [] for name in figures}
    source = np.random.default_rng(seed)
    for _ in range(rounds):
        weights = np.bincount(source.integers(0, people, people), minlength=people).astype(np.float64)
        of_genuine = _pair_weights(weights, genuine)
        of_impostor = _pair_weights(weights, impostor)
        if of_genuine.sum() and of_impostor.sum():
            for name, figure in figures.items():
                drawn[name].append(figure(of_genuine, of_impostor))
    intervals = {name: _interval(rounds_of) for name, rounds_of in drawn.items() if rounds_of}
    return ErrorRates(eer, values, thresholds, intervals)


def _fnmr_at(ordered: _Ordered, point: float) -> Callable[[Scores, Scores], float]:
    return lambda genuine, impostor: ordered.fnmr_at(point, genuine, impostor)


def _pair_weights(weights: Scores, trials: Trials) -> Scores:
    same = trials.first == trials.second
    product = weights[trials.first] * weights[trials.second]
    return np.where(same, weights[trials.first], product)


def _interval(values: list[float]) -> Interval:
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def share_interval(errors: int, trials: int) -> Interval:
    """Exact (Clopper-Pearson) interval of a share of independent trials; no error in N gives an upper bound near 3 /
    N."""
    from scipy.stats import beta  # noqa: PLC0415 - late: a heavy import that most runs do not need

    tail = (1.0 - CONFIDENCE) / 2.0
    if trials == 0:
        return Interval(0.0, 1.0)
    low = 0.0 if errors == 0 else float(beta.ppf(tail, errors, trials - errors + 1))
    high = 1.0 if errors == trials else float(beta.ppf(1.0 - tail, errors + 1, trials - errors))
    return Interval(low, high)


@dataclass(frozen=True, slots=True, eq=False)
class _Ordered:
    """Both kinds of score sorted once, so that each bootstrap round costs two cumulative sums."""

    genuine_order: NDArray[np.intp]
    impostor_order: NDArray[np.intp]
    genuine: Scores
    impostor: Scores
    rank_of_impostor: NDArray[np.intp]

    @classmethod
    def of(cls, genuine: Scores, impostor: Scores) -> _Ordered:
        """Sorts both."""
        genuine_order, impostor_order = np.argsort(genuine), np.argsort(impostor)[::-1]
        genuine, impostor = genuine[genuine_order], impostor[impostor_order]
        return cls(genuine_order, impostor_order, genuine, impostor, np.searchsorted(genuine, impostor, side="left"))

    def eer(self, genuine_weights: Scores, impostor_weights: Scores) -> float:
        """FMR and FNMR at every impostor score as threshold, and where they cross."""
        false_matches, false_non_matches = self._curves(genuine_weights, impostor_weights)
        crossed = int(np.argmax(false_matches >= false_non_matches))
        if crossed == 0:
            return float((false_matches[0] + false_non_matches[0]) / 2.0)
        before = false_non_matches[crossed - 1] - false_matches[crossed - 1]
        after = false_matches[crossed] - false_non_matches[crossed]
        share = before / (before + after) if before + after > 0 else 0.5
        low = (false_matches[crossed - 1] + false_non_matches[crossed - 1]) / 2.0
        high = (false_matches[crossed] + false_non_matches[crossed]) / 2.0
        return float(low + share * (high - low))

    def fnmr_at(self, point: float, genuine_weights: Scores, impostor_weights: Scores) -> float:
        """FNMR at the lowest threshold whose FMR stays within ``point``."""
        false_matches, false_non_matches = self._curves(genuine_weights, impostor_weights)
        within = np.nonzero(false_matches <= point)[0]
        return float(false_non_matches[within[-1]]) if len(within) else 1.0

    def _curves(self, genuine_weights: Scores, impostor_weights: Scores) -> tuple[Scores, Scores]:
        accepted = np.cumsum(impostor_weights[self.impostor_order])
        refused = np.concatenate([[0.0], np.cumsum(genuine_weights[self.genuine_order])])
        return accepted / accepted[-1], refused[self.rank_of_impostor] / refused[-1]
