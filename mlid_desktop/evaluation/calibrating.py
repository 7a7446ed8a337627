"""Calibration runs: from labelled comparisons to the table that gives a score its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.evaluation.metrics import Scores, Trials

STEADY_ERRORS = 30  # ISO/IEC 19795-1: 30 errors give +-30 % at 90 % confidence
ONE_SIDED_95 = 1.6449
MAX_POINTS = 400
METHOD = (
    "FMR: upper 95 % bound over people. The variance of the rate is that of a U-statistic over pairs of people "
    "(Hoeffding), turned into a number of independent comparisons, and bounded exactly (Clopper-Pearson). The table "
    "ends where fewer than 30 false matches are left, or at 3 / N where none was seen in N. LLR: isotonic "
    "regression of the same scores."
)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreBins:
    """Comparisons counted into score bins. ``edges`` (b,) are the lower edges, rising; ``impostor`` (people, b) counts
    for each person the impostor comparisons they take part in (so each comparison counts for two); ``genuine`` (b,)."""

    edges: Scores
    impostor: NDArray[np.int64] = field(repr=False)
    genuine: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, genuine: Trials, impostor: Trials, people: int, bins: int = 2000) -> ScoreBins:
        """Counts whole lists of trials."""
        low = float(min(genuine.score.min(), impostor.score.min()))
        high = float(max(genuine.score.max(), impostor.score.max()))
        edges = np.linspace(low, high, bins)
        table = np.zeros((people, bins), dtype=np.int64)
        place = np.clip(np.searchsorted(edges, impostor.score, side="right") - 1, 0, bins - 1)
        np.add.at(table, (impostor.first, place), 1)
        np.add.at(table, (impostor.second, place), 1)
        of_genuine = np.clip(np.searchsorted(edges, genuine.score, side="right") - 1, 0, bins - 1)
        return cls(edges, table, np.bincount(of_genuine, minlength=bins))


def calibrate(bins: ScoreBins, modality: Modality, extractor: str, dataset: str) -> Calibration:
    """The calibration that these comparisons carry."""
    matched = bins.impostor[:, ::-1].cumsum(axis=1)[:, ::-1]
    taken_part = bins.impostor.sum(axis=1)
    present = taken_part > 0
    matched, taken_part = matched[present], taken_part[present]
    comparisons = int(taken_part.sum() // 2)
    errors = matched.sum(axis=0) / 2.0
    bound = _upper_bounds(matched, taken_part, errors, comparisons)
    llr = _log_likelihood_ratios(bins, comparisons)
    places = _chosen_places(errors, bound)
    return Calibration(
        format=1,
        modality=modality,
        extractor=extractor,
        dataset=dataset,
        people=int(present.sum()),
        genuine=int(bins.genuine.sum()),
        impostor=comparisons,
        method=METHOD,
        made_on=datetime.now(UTC).strftime("%Y-%m-%d"),
        limit_fmr=float(bound[places[-1]]),
        score=tuple(float(bins.edges[place]) for place in places),
        fmr=tuple(float(value) for value in np.minimum.accumulate(bound[places])),
        llr=tuple(float(value) for value in np.maximum.accumulate(llr[places])),
    )


def _upper_bounds(
    matched: NDArray[np.int64], taken_part: NDArray[np.int64], errors: Scores, comparisons: int
) -> Scores:
    """Upper 95 % bound of the FMR at each bin's lower edge."""
    from scipy.stats import beta  # noqa: PLC0415 - late: heavy and needed for calibration runs alone

    people = len(taken_part)
    rate = errors / comparisons
    of_person = matched / taken_part[:, None]
    variance = 4.0 * of_person.var(axis=0, ddof=1) / people + rate * (1.0 - rate) / comparisons
    with np.errstate(divide="ignore", invalid="ignore"):
        independent = np.where(variance > 0, rate * (1.0 - rate) / variance, np.nan)
    steady = errors >= STEADY_ERRORS
    carried = np.nanmin(independent[steady]) if steady.any() else float(people // 2)
    independent = np.where(np.isnan(independent) | ~steady, carried, np.minimum(independent, comparisons))
    seen = rate * independent
    upper = beta.ppf(0.95, seen + 1.0, np.maximum(independent - seen, 1e-9))
    return np.clip(np.where(rate >= 1.0, 1.0, upper), 0.0, 1.0)


def _log_likelihood_ratios(bins: ScoreBins, comparisons: int) -> Scores:
    """Natural log-likelihood ratio by bin: isotonic regression of the class on the score, less the prior odds (pool
    adjacent violators; Brümmer and du Preez, Computer Speech and Language 2006), with one virtual comparison of each
    kind at the far ends so that it stays finite."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - late: heavy and needed for calibration runs alone

    genuine = bins.genuine.astype(np.float64)
    impostor = bins.impostor.sum(axis=0) / 2.0
    genuine[0] += 1.0
    impostor[-1] += 1.0
    weight = genuine + impostor
    share = np.divide(genuine, weight, out=np.zeros_like(genuine), where=weight > 0)
    fitted = isotonic_regression(share, weights=np.maximum(weight, 1e-9)).x
    fitted = np.clip(fitted, 1e-9, 1.0 - 1e-9)
    prior = genuine.sum() / comparisons
    return np.asarray(np.log(fitted / (1.0 - fitted)) - np.log(prior))


def _chosen_places(errors: Scores, bound: Scores) -> NDArray[np.intp]:
    """Bins that the table keeps: from where the bound falls below 1 to where fewer than 30 errors are left, thinned
    evenly over the logarithm of the rate."""
    steady = np.nonzero(errors >= STEADY_ERRORS)[0]
    last = int(steady[-1]) if len(steady) else int(np.argmax(errors == 0)) or len(errors) - 1
    first = int(np.argmax(bound < 1.0))
    places = np.arange(first, last + 1)
    falling = np.concatenate([[True], np.diff(np.minimum.accumulate(bound[places])) < 0])
    kept: NDArray[np.intp] = places[falling]
    if len(kept) <= MAX_POINTS:
        return kept
    chosen = np.searchsorted(
        -np.log(bound[kept]), np.linspace(-np.log(bound[kept[0]]), -np.log(bound[kept[-1]]), MAX_POINTS)
    )
    thinned: NDArray[np.intp] = kept[np.unique(np.clip(chosen, 0, len(kept) - 1))]
    return thinned


def as_toml(calibration: Calibration) -> str:
    """The file that the station ships or a vault keeps."""
    lines = [f"{name} = {_toml(getattr(calibration, name))}" for name in type(calibration).model_fields]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, Modality):
        return f'"{value.value}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{one:.6g}" for one in value) + "]"
    return f"{value:.9g}" if isinstance(value, float) else str(value)
