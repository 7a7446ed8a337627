"""Error rates of comparisons, with intervals that respect that trials share people (ISO/IEC 19795-1)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.station.documents.exact_interval import Interval

Scores = NDArray[np.float64]
People = NDArray[np.intp]

OPERATING_POINTS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
FEWEST_ERRORS = 1.0  # an operating point is named where it allows one error at least, as FVC does (FMR1000 of 2,800)
BOOTSTRAPS = 500
FEWEST_BOOTSTRAPS = 100
BOOTSTRAP_WORK = 1e9  # trials weighed in all rounds together
CONFIDENCE = 0.95
ROUNDING = 1e-12  # shares are sums of floating-point weights


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Scores of comparisons with the persons on both sides: (n,) scores, (n,) and (n,) person numbers from 0."""

    score: Scores = field(repr=False)
    first: People = field(repr=False)
    second: People = field(repr=False)

    def __len__(self) -> int:
        return len(self.score)

    def where(self, chosen: NDArray[np.bool_]) -> Trials:
        """The trials that a mask chooses."""
        return Trials(self.score[chosen], self.first[chosen], self.second[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class ErrorRates:
    """Error rates of a comparison: equal error rate, and FNMR at the FMRs that the number of impostor trials carries
    (FMR >= 3 / N). ``draws`` are the rates of each bootstrap round, by the names of ``intervals``: the same people are
    drawn in the same round of every run over the same set."""

    eer: float
    fnmr_at_fmr: dict[float, float]
    threshold_at_fmr: dict[float, float]
    intervals: dict[str, Interval] = field(default_factory=dict)
    draws: dict[str, tuple[float, ...]] = field(default_factory=dict, repr=False)


def operating_point_name(fmr: float) -> str:
    """The name of an operating point, such as ``1e-3`` for an FMR of 0.001."""
    return f"1e-{round(-np.log10(fmr))}"


def threshold_at(impostor: Scores, fmr: float) -> float:
    """The lowest threshold at which at most ``fmr`` of the impostor scores are accepted (score >= threshold)."""
    ranked = np.sort(impostor)[::-1]
    allowed = int(np.floor((fmr + ROUNDING) * len(ranked)))
    return float(np.nextafter(ranked[allowed], np.inf)) if allowed < len(ranked) else -np.inf


def fnmr(genuine: Scores, threshold: float) -> float:
    """False non-match rate: the share of genuine scores below the threshold."""
    return float(np.mean(genuine < threshold))


def fmr(impostor: Scores, threshold: float) -> float:
    """False match rate: the share of impostor scores at or above the threshold."""
    return float(np.mean(impostor >= threshold))


def det_curve(genuine: Scores, impostor: Scores) -> tuple[Scores, Scores, Scores]:
    """Thresholds with the FMR and FNMR at each: every score that occurs, and one above them all."""
    table = ScoreTable.of(genuine, impostor)
    return table.thresholds, *table.curves(np.ones(len(genuine)), np.ones(len(impostor)))


def crossing(above: Scores, below: Scores) -> float:
    """The equal error rate: where a falling FMR and a rising FNMR cross on the line between two thresholds. The first
    threshold accepts everything, the last nothing, so that they always do."""
    after = int(np.argmax(below > above))
    before = after - 1
    lead, lag = above[before] - below[before], below[after] - above[after]
    return float(below[before] + lead / (lead + lag) * (below[after] - below[before]))


def fnmr_within(point: float, above: Scores, below: Scores) -> float:
    """FNMR at the lowest threshold whose FMR stays within ``point``."""
    return float(below[int(np.argmax(above <= point + ROUNDING))])


def error_rates(genuine: Trials, impostor: Trials, people: int, seed: int = 0, rounds: int = BOOTSTRAPS) -> ErrorRates:
    """EER and FNMR at fixed FMRs with intervals from a bootstrap over people: whoever is drawn twice counts twice in
    every trial they take part in (the two-way weights of Bolle, Ratha and Pankanti, CVIU 2004, carried to pairs of
    people). A rate without an error gets the exact upper bound for as many independent trials as there are people.

    Raises ValueError where there is no genuine or no impostor trial.
    """
    if not len(genuine) or not len(impostor):
        raise ValueError("error rates need genuine and impostor trials")
    points = [point for point in OPERATING_POINTS if point * len(impostor) >= FEWEST_ERRORS]
    table = ScoreTable.of(genuine.score, impostor.score)

    def figures(of_genuine: Scores, of_impostor: Scores) -> dict[str, float]:
        above, below = table.curves(of_genuine, of_impostor)
        at_points = {operating_point_name(point): fnmr_within(point, above, below) for point in points}
        return {"eer": crossing(above, below), **at_points}

    measured = figures(np.ones(len(genuine)), np.ones(len(impostor)))
    drawn: dict[str, list[float]] = {name: [] for name in measured}
    source = np.random.default_rng(seed)
    for _ in range(_bounded_rounds(rounds, len(genuine) + len(impostor))):
        weights = np.bincount(source.integers(0, people, people), minlength=people).astype(np.float64)
        of_genuine = _pair_weights(weights, genuine)
        of_impostor = _pair_weights(weights, impostor)
        if of_genuine.any() and of_impostor.any():
            for name, value in figures(of_genuine, of_impostor).items():
                drawn[name].append(value)
    compared = len(np.unique(genuine.first))
    return ErrorRates(
        measured["eer"],
        {point: measured[operating_point_name(point)] for point in points},
        {point: threshold_at(impostor.score, point) for point in points},
        {name: _interval(values, measured[name], compared) for name, values in drawn.items()},
        {name: tuple(values) for name, values in drawn.items()},
    )


def _bounded_rounds(rounds: int, trials: int) -> int:
    """The number of bootstrap rounds, fewer for very many trials, whose intervals are narrow: a run stays within
    minutes."""
    return max(min(rounds, FEWEST_BOOTSTRAPS), min(rounds, int(BOOTSTRAP_WORK / trials)))


def _pair_weights(weights: Scores, trials: Trials) -> Scores:
    same = trials.first == trials.second
    product = weights[trials.first] * weights[trials.second]
    return np.where(same, weights[trials.first], product)


def _interval(values: list[float], measured: float, people: int) -> Interval:
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail]) if values else (0.0, 1.0)
    if measured == 0.0:
        high = max(high, share_interval(0, people).high)
    return Interval(min(float(low), measured), max(float(high), measured))


def share_interval(errors: int, trials: int) -> Interval:
    """Exact (Clopper-Pearson) interval of a share of independent trials; no error in N gives an upper bound near
    3 / N."""
    from scipy.stats import beta  # noqa: PLC0415 - late: a heavy import that most runs do not need

    tail = (1.0 - CONFIDENCE) / 2.0
    if trials == 0:
        return Interval(0.0, 1.0)
    low = 0.0 if errors == 0 else float(beta.ppf(tail, errors, trials - errors + 1))
    high = 1.0 if errors == trials else float(beta.ppf(1.0 - tail, errors + 1, trials - errors))
    return Interval(low, high)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Genuine and impostor scores sorted in among all thresholds once, so that each bootstrap round is two counts.

    ``thresholds`` (k + 1,) are the scores that occur, rising, and infinity; ``of_genuine`` and ``of_impostor`` say at
    which of them each trial's score lies.
    """

    thresholds: Scores
    of_genuine: NDArray[np.intp]
    of_impostor: NDArray[np.intp]

    @classmethod
    def of(cls, genuine: Scores, impostor: Scores) -> ScoreTable:
        """Finds the index among the thresholds of each genuine and impostor score."""
        scores, indices = np.unique(np.concatenate([genuine, impostor]), return_inverse=True)
        return cls(np.append(scores, np.inf), indices[: len(genuine)], indices[len(genuine) :])

    def curves(self, genuine_weights: Scores, impostor_weights: Scores) -> tuple[Scores, Scores]:
        """FMR (falling from 1) and FNMR (rising to 1) when scores >= each threshold are accepted."""
        return 1.0 - self._below(self.of_impostor, impostor_weights), self._below(self.of_genuine, genuine_weights)

    def _below(self, indices: NDArray[np.intp], weights: Scores) -> Scores:
        share = np.zeros(len(self.thresholds))
        np.cumsum(np.bincount(indices, weights, minlength=len(share))[:-1], out=share[1:])
        share /= share[-1]
        return share
