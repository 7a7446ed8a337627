"""What the two rules for several modalities do, on people joined from independent ones: each person of a face set with
each finger of finger sets, so that the two know nothing of one another.

Fingers are judged by calibrations made of other fingers; the face calibration must be of other people than the set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.fusion import RatioTable, asked_sum, ratio_table
from mlid_desktop.decision.policy import ComparisonRules
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.calibration import ScoreBins, calibrate
from mlid_desktop.evaluation.metrics import Scores, Trials, crossing
from mlid_desktop.station.documents.exact_interval import Interval

FOLDS = 5
ROUNDS = 200
PART = 4096  # face trials that are joined at once
BIN = 0.02  # of a ratio, for the error trade-off of sums
LOWEST, BINS = -20.0, 2000
ROUNDING = 1e-6
FLOORLESS = "sum without floors"
OWN = "own face and finger"
RULES = ("fused", "all", FLOORLESS)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class JoinedRate:
    """A share of joined comparisons with its interval over people and fingers, and what each draw of them gave."""

    rate: float
    interval: Interval
    draws: tuple[float, ...] = field(default=(), repr=False)

    @property
    def rest(self) -> JoinedRate:
        """The share of the others."""
        interval = Interval(1.0 - self.interval.high, 1.0 - self.interval.low)
        return JoinedRate(1.0 - self.rate, interval, tuple(1.0 - rate for rate in self.draws))


@dataclass(frozen=True, slots=True, eq=False)
class FusionResult:
    """Equal error rates by what decides (``face``, ``fingerprint``, ``fused``), with the FMR and FNMR at every
    threshold; acceptances by who brings what, by rule (``RULES``). ``carried_fmr`` is the smallest rate that the
    calibration of fingers of each fold carries."""

    people: int
    fingers: int
    eer: dict[str, JoinedRate]
    curves: dict[str, tuple[Scores, Scores]] = field(repr=False)
    accepted: dict[str, dict[str, JoinedRate]]
    carried_fmr: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Trials of one modality as the rules see them: whether each stands above its floor, its ratio, and whether it
    passes what is asked of it alone."""

    trials: Trials
    stands: Flags
    ratio: Scores
    passes: Flags
    table: RatioTable

    def part(self, chosen: Flags) -> _Judged:
        """Some of them."""
        return _Judged(
            self.trials.where(chosen), self.stands[chosen], self.ratio[chosen], self.passes[chosen], self.table
        )


def evaluate_fusion(
    faces: tuple[Trials, Trials],
    fingers: tuple[Trials, Trials],
    numbers: tuple[int, int],
    face_calibration: Calibration,
    rules: ComparisonRules,
) -> FusionResult:
    """``faces`` and ``fingers`` are genuine and impostor trials, ``numbers`` how many people and fingers there are.

    Raises UsageError(USAGE_BAD_DATASET) where the policy sums nothing, or there are too few fingers to calibrate on.
    """
    asked = rules.fused_fmr
    if asked is None or numbers[1] < 2 * FOLDS:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"a policy that sums and {2 * FOLDS} fingers are needed")
    genuine, impostor = (_judged(trials, face_calibration, rules) for trials in faces)
    fold = np.arange(numbers[1]) % FOLDS
    folds = []
    for number in range(FOLDS):
        own, strange, carried = _fold_fingers(fingers, fold, number, rules)
        least = asked_sum([genuine.table, own.table], asked)
        folds.append(_Fold(genuine, impostor, own, strange, carried, least))
    return _measure(folds, faces, fingers, numbers)


def _fold_fingers(
    fingers: tuple[Trials, Trials], fold: NDArray[np.intp], number: int, rules: ComparisonRules
) -> tuple[_Judged, _Judged, float]:
    """Fingers of one fold under a calibration of the others."""
    inside = [(fold[trials.first] == number, fold[trials.second] == number) for trials in fingers]
    others = [trials.where(~first & ~second) for trials, (first, second) in zip(fingers, inside, strict=True)]
    bins = ScoreBins.of(others[0], others[1], len(fold))
    made = calibrate(bins, Modality.FINGERPRINT, "joined", "other fingers")
    tested = [trials.where(first & second) for trials, (first, second) in zip(fingers, inside, strict=True)]
    return _judged(tested[0], made, rules), _judged(tested[1], made, rules), made.limit_fmr


def _judged(trials: Trials, calibration: Calibration, rules: ComparisonRules) -> _Judged:
    modality = calibration.modality
    table = ratio_table(calibration, rules.floor_fmr[modality])
    row = np.searchsorted(table.score, trials.score, side="right") - 1
    known = row >= 0
    row = np.maximum(row, 0)
    fmr = np.where(known, np.array(calibration.fmr)[row], 1.0)
    asked = max(rules.rate(modality), calibration.limit_fmr)
    return _Judged(trials, known & table.stands[row], table.ratio[row], fmr <= asked, table)


@dataclass(frozen=True, slots=True, eq=False)
class _Fold:
    """The faces and the fingers of one fold; ``least`` is the sum that the policy asks of them together."""

    genuine: _Judged
    impostor: _Judged
    own: _Judged
    strange: _Judged
    carried: float
    least: float


def _accepts(rule: str, face: _Judged, finger: _Judged, least: float) -> Flags:
    """The decisions of a rule on all joins, (face trials, finger trials)."""
    if rule == "all":
        return face.passes[:, None] & finger.passes[None, :]
    enough = face.ratio[:, None] + finger.ratio[None, :] >= least - ROUNDING
    return enough if rule == FLOORLESS else enough & face.stands[:, None] & finger.stands[None, :]


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Joins of one rule by pair of people and pair of fingers: how many are accepted, of how many."""

    people: tuple[NDArray[np.intp], NDArray[np.intp]]
    fingers: tuple[NDArray[np.intp], NDArray[np.intp]]
    accepted: Scores
    joined: Scores

    def weighed(self, of_people: Scores, of_fingers: Scores) -> tuple[float, float]:
        """Both numbers, as often as people and fingers were drawn."""
        rows, columns = _weights(of_people, *self.people), _weights(of_fingers, *self.fingers)
        return float(rows @ self.accepted @ columns), float(rows @ self.joined @ columns)


def _count(rule: str, face: _Judged, finger: _Judged, least: float) -> _Counted:
    people, of_pair = _groups(face.trials)
    fingers, of_finger = _groups(finger.trials)
    fingers_of = np.zeros((len(finger.trials), len(fingers[0])))
    fingers_of[np.arange(len(finger.trials)), of_finger] = 1.0
    accepted = np.zeros((len(people[0]), len(fingers[0])))
    for start in range(0, len(face.trials), PART):
        part = np.zeros(len(face.trials), np.bool_)
        part[start : start + PART] = True
        hits = _accepts(rule, face.part(part), finger, least) @ fingers_of
        np.add.at(accepted, of_pair[start : start + PART], hits)
    joined = np.outer(np.bincount(of_pair), np.bincount(of_finger)).astype(np.float64)
    return _Counted(people, fingers, accepted, joined)


def _groups(trials: Trials) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.intp]]:
    """The pairs that trials are of, and which of them each trial is of."""
    pairs, pair = np.unique(np.stack([trials.first, trials.second], axis=1), axis=0, return_inverse=True)
    return (pairs[:, 0], pairs[:, 1]), pair.reshape(-1)


def _weights(drawn: Scores, first: NDArray[np.intp], second: NDArray[np.intp]) -> Scores:
    """How often a pair was drawn; somebody with themselves, as often as they were."""
    return np.where(first == second, drawn[first], drawn[first] * drawn[second])


def _measure(
    folds: Sequence[_Fold], faces: tuple[Trials, Trials], fingers: tuple[Trials, Trials], numbers: tuple[int, int]
) -> FusionResult:
    source = np.random.default_rng(0)
    draws = [tuple(np.ones(size) for size in numbers)]
    draws += [
        tuple(np.bincount(source.integers(0, size, size), minlength=size).astype(np.float64) for size in numbers)
        for _ in range(ROUNDS)
    ]
    brought = {
        OWN: [(fold.genuine, fold.own, fold.least) for fold in folds],
        "own face, stranger's finger": [(fold.genuine, fold.strange, fold.least) for fold in folds],
        "stranger's face, own finger": [(fold.impostor, fold.own, fold.least) for fold in folds],
        "both of a stranger": [(fold.impostor, fold.strange, fold.least) for fold in folds],
    }
    accepted = {
        name: {rule: _over_draws(_rate_of([_count(rule, *pair) for pair in pairs]), draws) for rule in RULES}
        for name, pairs in brought.items()
    }
    eer = {
        "face": _over_draws(lambda drawn: _eer(*_single_counts(faces, drawn[0])), draws),
        "fingerprint": _over_draws(lambda drawn: _eer(*_single_counts(fingers, drawn[1])), draws),
        "fused": _over_draws(lambda drawn: _eer(*_fused_counts(folds, drawn)), draws),
    }
    once = draws[0]
    curves = {
        "face": _curve(*_single_counts(faces, once[0])),
        "fingerprint": _curve(*_single_counts(fingers, once[1])),
        "fused": _curve(*_fused_counts(folds, once)),
    }
    return FusionResult(*numbers, eer, curves, accepted, tuple(fold.carried for fold in folds))


Draw = tuple[Scores, ...]


def _over_draws(rate: Callable[[Draw], float], draws: Sequence[Draw]) -> JoinedRate:
    measured = rate(draws[0])
    rates = tuple(rate(drawn) for drawn in draws[1:])
    low, high = np.quantile(rates, [0.025, 0.975])
    return JoinedRate(measured, Interval(min(float(low), measured), max(float(high), measured)), rates)


def _rate_of(counted: Sequence[_Counted]) -> Callable[[Draw], float]:
    def rate(drawn: Draw) -> float:
        weighed = [table.weighed(drawn[0], drawn[1]) for table in counted]
        joined = sum(total for _, total in weighed)
        return sum(hits for hits, _ in weighed) / joined if joined else 0.0

    return rate


def _single_counts(trials: tuple[Trials, Trials], drawn: Scores) -> tuple[Scores, Scores]:
    """Genuine and impostor trials of one modality, counted by rising score."""
    scores, row = np.unique(np.concatenate([kind.score for kind in trials]), return_inverse=True)
    own, strange = row[: len(trials[0])], row[len(trials[0]) :]
    weights = [_weights(drawn, kind.first, kind.second) for kind in trials]
    counts = [np.bincount(rows, drawn, len(scores)) for rows, drawn in ((own, weights[0]), (strange, weights[1]))]
    return counts[0].astype(np.float64), counts[1].astype(np.float64)


def _fused_counts(folds: Sequence[_Fold], drawn: Draw) -> tuple[Scores, Scores]:
    """Of the order in which sums stand, those with a modality below its floor under all others."""
    own = np.sum([_sums(fold.genuine, fold.own, drawn) for fold in folds], axis=0)
    strange = np.sum([_sums(fold.impostor, fold.strange, drawn) for fold in folds], axis=0)
    return own, strange


def _sums(face: _Judged, finger: _Judged, drawn: Draw) -> Scores:
    """The joins by their sum, in bins: first those below a floor, then those above."""
    from scipy.signal import fftconvolve  # noqa: PLC0415 - late: heavy and needed for this report alone

    def spread(judged: _Judged, weights: Scores) -> Scores:
        cell = np.clip(np.round((judged.ratio - LOWEST) / BIN), 0, BINS - 1).astype(np.intp)
        return np.bincount(cell, weights, BINS).astype(np.float64)

    of_face = _weights(drawn[0], face.trials.first, face.trials.second)
    of_finger = _weights(drawn[1], finger.trials.first, finger.trials.second)
    every = fftconvolve(spread(face, of_face), spread(finger, of_finger))
    standing = fftconvolve(spread(face, of_face * face.stands), spread(finger, of_finger * finger.stands))
    return np.concatenate([np.maximum(every - standing, 0.0), np.maximum(standing, 0.0)])


def _eer(own: Scores, strange: Scores) -> float:
    """Where misses and false matches cross, of counts by rising score."""
    return crossing(*_curve(own, strange))


def _curve(own: Scores, strange: Scores) -> tuple[Scores, Scores]:
    """The false match rate and the false non-match rate at every threshold, of counts by rising score."""
    below = np.append(0.0, np.cumsum(own)) / own.sum()
    above = 1.0 - np.append(0.0, np.cumsum(strange)) / strange.sum()
    return above, below
