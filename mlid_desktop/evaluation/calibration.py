"""Makes a calibration table, which gives a score its error rate, from labelled comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.groups import Groups
from mlid_desktop.evaluation.metrics import Scores, Trials

STEADY_ERRORS = 10  # fewer do not say how far false matches gather on few people
NEIGHBOURS = 3.0  # rates from a third to three times as high vouch for how independent comparisons are
CONFIDENCE = 0.95
BINS = 4000
DECIMALS = 6
MAX_POINTS = 400
FEWEST_PEOPLE = 8
GROUP_ALLOWANCE = 5.0  # from 1 in 50,000 that is asked to 1 in 10,000 for whoever is confused most: decisions 11, 39
METHOD = (
    "FMR: upper 95 % bound over people. The variance of the rate is that of a U-statistic over pairs of people "
    "(Hoeffding 1948) with Student's factor for few people, turned into a number of independent comparisons, the "
    "least of those at nearby rates, and bounded exactly (Clopper-Pearson). Where fewer than 10 false matches are "
    "left, comparisons are taken to be as independent as where 10 are. The table ends at the first score that no "
    "false match reached: 3 / N for N independent comparisons. LLR: isotonic regression of the same scores."
)
OF_GROUPS = " With groups: never below a fifth of the worst bound within one of them (ISO/IEC 19795-10)."
NOTHING_APART: Mapping[str, ScoreBins] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class ScoreBins:
    """Comparisons counted into score bins. ``edges`` (b,) are the lower edges, rising; ``impostor`` (people, b) counts
    for each person the impostor comparisons they take part in (so each comparison counts for two); ``genuine`` (b,)."""

    edges: Scores
    impostor: NDArray[np.int64] = field(repr=False)
    genuine: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, genuine: Trials, impostor: Trials, people: int) -> ScoreBins:
        """Counts all trials into bins; the highest edge lies above every impostor score."""
        return cls.counted(_edges(genuine, impostor), genuine, impostor, people)

    @classmethod
    def counted(cls, edges: Scores, genuine: Trials, impostor: Trials, people: int) -> ScoreBins:
        """Counts all trials into bins of these edges, none of which lies above all scores."""
        bins = np.searchsorted(edges, impostor.score, side="right") - 1
        table = np.zeros(people * len(edges), dtype=np.int64)
        for person in (impostor.first, impostor.second):
            table += np.bincount(person * len(edges) + bins, minlength=len(table))
        of_genuine = np.searchsorted(edges, genuine.score, side="right") - 1
        return cls(edges, table.reshape(people, -1), np.bincount(of_genuine, minlength=len(edges)))


def _edges(genuine: Trials, impostor: Trials) -> Scores:
    low = float(min(genuine.score.min(), impostor.score.min()))
    high = float(max(genuine.score.max(), impostor.score.max()))
    step = 10.0**-DECIMALS
    edges = np.unique(np.round(np.linspace(low - step, high + 2 * step, BINS), DECIMALS))
    beyond = np.round(np.nextafter(impostor.score.max(), np.inf) + step, DECIMALS)
    return np.asarray(np.union1d(edges, beyond), np.float64)


def bins_within(bins: ScoreBins, impostor: Trials, groups: Groups) -> dict[str, ScoreBins]:
    """The comparisons of strangers within each group, in the same bins."""
    people = len(bins.impostor)
    found = {}
    for name, numbers in groups.items():
        member = np.isin(np.arange(people), sorted(numbers))
        within = impostor.where(member[impostor.first] & member[impostor.second])
        found[name] = ScoreBins.counted(bins.edges, within.where(np.zeros(len(within), np.bool_)), within, people)
    return found


def calibrate(
    bins: ScoreBins, modality: Modality, extractor: str, dataset: str, groups: Mapping[str, ScoreBins] = NOTHING_APART
) -> Calibration:
    """The calibration that the binned comparisons carry; with ``groups`` (see :func:`bins_within`) those within the
    worst of them bound it too. Raises UsageError(USAGE_BAD_DATASET) where the comparisons, or those within a group,
    carry none."""
    if not bins.genuine.sum():
        raise UsageError(Code.USAGE_BAD_DATASET, why="a calibration needs genuine pairs")
    bound, worst = _bounds_of(bins), np.zeros(0)
    if groups:
        worst = np.max([_bounds_of(part, name) for name, part in groups.items()], axis=0)
        bound = np.maximum(bound, worst / GROUP_ALLOWANCE)
    errors = bins.impostor[:, ::-1].sum(axis=0).cumsum()[::-1]
    indices = _selected_bins(bound[: int(np.argmax(errors == 0)) + 1])
    fmr = _round_up(bound[indices])
    llr = _log_likelihood_ratios(bins)[indices]
    return Calibration(
        format=1,
        modality=modality,
        extractor=extractor,
        dataset=dataset,
        people=_people_in(bins),
        genuine=int(bins.genuine.sum()),
        impostor=int(bins.impostor.sum() // 2),
        method=METHOD + OF_GROUPS if groups else METHOD,
        made_on=datetime.now(UTC).strftime("%Y-%m-%d"),
        limit_fmr=float(fmr[-1]),
        score=tuple(bins.edges[indices].tolist()),
        fmr=tuple(fmr.tolist()),
        llr=tuple(np.round(llr, 4).tolist()),
        groups={name: _people_in(part) for name, part in groups.items()},
        group_fmr=tuple(_round_up(worst[indices]).tolist()) if groups else (),
    )


def _bounds_of(bins: ScoreBins, name: str = "") -> Scores:
    """Upper bounds of the FMR at the lower edges; where no comparison reaches one, that of the first such edge. Raises
    UsageError for too few people, with the ``name`` of a group."""
    taken_part = bins.impostor.sum(axis=1)
    present = taken_part > 0
    if _people_in(bins) < FEWEST_PEOPLE:
        why = f"a calibration needs {FEWEST_PEOPLE} people with comparisons"
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{why} in the group {name}" if name else why)
    matched = bins.impostor[present, ::-1].cumsum(axis=1)[:, ::-1]
    errors = matched.sum(axis=0) / 2.0
    last = int(np.argmax(errors == 0))
    bound = upper_bounds(matched[:, : last + 1], taken_part[present], errors[: last + 1], int(taken_part.sum() // 2))
    return np.append(bound, np.full(len(errors) - last - 1, bound[-1]))


def _people_in(bins: ScoreBins) -> int:
    """How many people take part in a comparison."""
    return int((bins.impostor.sum(axis=1) > 0).sum())


def upper_bounds(matched: NDArray[np.int64], taken_part: NDArray[np.int64], errors: Scores, comparisons: int) -> Scores:
    """Upper 95 % bound of the FMR at each bin's lower edge, never rising with the score.

    ``matched`` (people, b) are the comparisons of each person at or above the edge, ``taken_part`` (people,) all of
    theirs, ``errors`` (b,) the false matches, falling.
    """
    from scipy.stats import beta  # noqa: PLC0415 - late: heavy and needed for calibration runs alone

    rate = errors / comparisons
    independent = _independent(matched, taken_part, rate, comparisons)
    seen = rate * independent
    upper = np.where(rate >= 1.0, 1.0, beta.ppf(CONFIDENCE, seen + 1.0, np.maximum(independent - seen, 1e-9)))
    return np.maximum.accumulate(np.clip(upper, 0.0, 1.0)[::-1])[::-1]


def _independent(matched: NDArray[np.int64], taken_part: NDArray[np.int64], rate: Scores, comparisons: int) -> Scores:
    """The number of independent comparisons that the dependent ones are worth, at each edge."""
    from scipy.stats import norm, t  # noqa: PLC0415 - late: heavy and needed for calibration runs alone

    people, errors = len(taken_part), rate * comparisons
    few_people = (t.ppf(CONFIDENCE, people - 1) / norm.ppf(CONFIDENCE)) ** 2
    of_person = matched / taken_part[:, None]
    variance = few_people * 4.0 * of_person.var(axis=0, ddof=1) / people + rate * (1.0 - rate) / comparisons
    measured = np.divide(rate * (1.0 - rate), variance, out=np.full_like(rate, np.inf), where=variance > 0)
    measured = np.clip(measured, 1.0, comparisons)
    steady = int(np.count_nonzero(errors >= STEADY_ERRORS))
    if not steady:
        return np.full_like(rate, people / 2.0)
    starts = np.searchsorted(-errors, -NEIGHBOURS * errors[:steady], side="left")
    ends = np.searchsorted(-errors, -errors[:steady] / NEIGHBOURS, side="right")
    careful = [measured[start:end].min() for start, end in zip(starts, ends, strict=True)]
    return np.concatenate([careful, np.full(len(rate) - steady, measured[steady - 1])])


def _log_likelihood_ratios(bins: ScoreBins) -> Scores:
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
    fitted = np.clip(fitted, 1e-12, 1.0 - 1e-12)
    prior = genuine.sum() / impostor.sum()
    return np.maximum.accumulate(np.log(fitted / (1.0 - fitted)) - np.log(prior))


def _selected_bins(bound: Scores) -> NDArray[np.intp]:
    """Indices of the bins that the calibration table keeps: where the bound falls, from 1 to its end, thinned evenly
    over its logarithm."""
    falls = np.nonzero(np.diff(bound, prepend=2.0) < 0)[0]
    if len(falls) > MAX_POINTS:
        height = -np.log(bound[falls])
        chosen = np.searchsorted(height, np.linspace(height[0], height[-1], MAX_POINTS))
        falls = falls[np.unique(np.minimum(chosen, len(falls) - 1))]
    return falls


def _round_up(values: Scores) -> Scores:
    """Values rounded up to four significant digits."""
    scale = 10.0 ** (3 - np.floor(np.log10(values)))
    return np.minimum(1.0, np.ceil(values * scale) / scale)


def write_toml(calibration: Calibration) -> str:
    """The text of a calibration as the TOML file that the station ships or a vault keeps."""
    lines = [f"{name} = {_toml(getattr(calibration, name))}" for name in type(calibration).model_fields]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, Modality):
        return f'"{value.value}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(str(name))} = {number}" for name, number in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{number:.10g}" for number in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
