"""Fusion of modalities by the policy rule "fused": their log-likelihood ratios are summed, with a floor under each.

Log-likelihood ratios of characteristics that know nothing of one another add up. How often strangers reach a sum
follows from the calibrations: the false match rates of each, which are upper bounds, folded into those of the sum.
Without floors a sum accepts the own face with a stranger's finger; so each modality that was presented stands above a
floor of its own, and none may speak against the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Meaning

ATTACKS_AMONG_IMPOSTORS = 1e-3  # share that shows a copy which compares as the person does; chosen, not measured
FEWEST_BEYOND = 0.5  # share of genuine comparisons that a table's last score is held to have at or above it, at least
EDGE = 1e-6  # keeps the odds of liveness finite

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """What one modality adds to a fused decision: its calibration, the comparison score, the floor under it, and the
    liveness of what was shown where that decides (0..1; None where it was not judged)."""

    calibration: Calibration
    score: float
    floor_fmr: float
    liveness: float | None = None


@dataclass(frozen=True, slots=True)
class RatioTable:
    """A calibration as fusion needs it, by rows of rising score: the ratio that is carried, the share of strangers in
    the row, and whether it stands above the floor."""

    score: Values
    ratio: Values
    share: Values
    stands: NDArray[np.bool_]

    def row(self, score: float) -> int | None:
        """The index of the highest row not above the score; None below the table."""
        index = int(np.searchsorted(self.score, score, side="right")) - 1 if np.isfinite(score) else -1
        return None if index < 0 else index


def weakest_of_each(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """The weakest contribution of each modality. Characteristics of one modality know of one another and are not
    summed: the least like counts, and the least alive."""
    found: dict[Modality, Contribution] = {}
    for contribution in contributions:
        known = found.setdefault(contribution.calibration.modality, contribution)
        alive = [value for value in (known.liveness, contribution.liveness) if value is not None]
        found[contribution.calibration.modality] = replace(
            known, score=min(known.score, contribution.score), liveness=min(alive, default=None)
        )
    return tuple(found.values())


def stands_on_floor(contribution: Contribution) -> bool:
    """Whether a modality may be summed at all: it is at its floor or above it, and does not speak against."""
    table = ratio_table(contribution.calibration, contribution.floor_fmr)
    row = table.row(contribution.score)
    return row is not None and bool(table.stands[row])


def fuse(contributions: Sequence[Contribution], asked_fmr: float, supporting: Sequence[float] = ()) -> Meaning | None:
    """Fuses modalities into one meaning: the sum of their log-likelihood ratios, and the upper bound of how often
    strangers reach it while standing above every floor. None where one is below its floor: then there is no sum.

    ``supporting`` are the log-likelihood ratios of supporting modalities: they lower the sum, and never raise it. Doubt
    about the liveness of what was shown lowers it too. That modalities know nothing of one another is measured on no
    person of this site, so nothing is claimed beyond ``asked_fmr`` or what the best calibration carries by itself.
    """
    if not contributions or not all(stands_on_floor(contribution) for contribution in contributions):
        return None
    tables = [ratio_table(contribution.calibration, contribution.floor_fmr) for contribution in contributions]
    total = sum(min(0.0, ratio) for ratio in supporting)
    for contribution, table in zip(contributions, tables, strict=True):
        row = table.row(contribution.score)
        total += lowered_by_doubt(float(table.ratio[row or 0]), contribution.liveness)
    reached = _share_of_strangers(tables, total)
    claimed = min(asked_fmr, *(contribution.calibration.limit_fmr for contribution in contributions))
    return Meaning(total, min(1.0, max(reached, claimed)), capped=reached <= claimed)


def lowered_by_doubt(ratio: float, liveness: float | None) -> float:
    """A log-likelihood ratio lowered by the doubt that what was shown may be a copy of the person.

    Among impostors a few show a copy, which compares as the person does; how well liveness tells it bounds what any
    likeness may bring. Never above ``ratio``; rises with both.
    """
    if liveness is None:
        return ratio
    alive = min(1.0 - EDGE, max(EDGE, liveness))
    odds = float(np.log(alive / (1.0 - alive)))
    return -float(np.logaddexp(-ratio, np.log(ATTACKS_AMONG_IMPOSTORS) - odds))


def strictest_carried(contributions: Sequence[Contribution]) -> float:
    """The smallest false match rate that a sum of these contributions could ever be said to have."""
    tables = [ratio_table(contribution.calibration, contribution.floor_fmr) for contribution in contributions]
    return _share_of_strangers(tables, sum(float(table.ratio[-1]) for table in tables))


def ratio_table(calibration: Calibration, floor_fmr: float) -> RatioTable:
    """Makes the table of a calibration for fusion, over a floor that holds for the group that is confused most.

    The ratio of a row is never above what its false match rate carries: a ratio is at most the share of genuine
    comparisons at or above the score by that of strangers. The last row holds all that lies beyond the data: its ratio
    is that share, which the rows below leave, by the limit of the data.
    """
    score, fmr, worst = (np.array(row) for row in (calibration.score, calibration.fmr, calibration.worst_fmr))
    carried = -np.log(fmr)
    ratio = np.minimum(np.array(calibration.llr), carried)
    share = np.append(fmr[:-1] - fmr[1:], fmr[-1])
    below = float((np.exp(ratio[:-1]) * share[:-1]).sum())
    beyond = float(np.log(max(FEWEST_BEYOND, 1.0 - below))) + carried[-1]
    ratio[-1] = max(float(ratio[:-1].max(initial=-np.inf)), min(beyond, float(carried[-1])))
    return RatioTable(score, ratio, share, (np.maximum(fmr, worst) <= floor_fmr) & (ratio >= 0.0))


def asked_sum(tables: Sequence[RatioTable], asked_fmr: float) -> float:
    """The smallest sum of ratios that at most ``asked_fmr`` of strangers reach; infinite where no sum is so rare."""
    sums, shares = _standing(tables)
    order = np.argsort(-sums, kind="stable")
    falling, reached = sums[order], np.cumsum(shares[order])
    last_alike = np.searchsorted(-falling, EDGE - falling, side="right") - 1
    rare = reached[last_alike] <= asked_fmr
    return float(falling[rare][-1]) if rare.any() else np.inf


def _share_of_strangers(tables: Sequence[RatioTable], total: float) -> float:
    """The share of strangers that stand above every floor, and whose ratios sum to ``total`` or more."""
    sums, shares = _standing(tables)
    return float(shares[sums >= total - EDGE].sum())


def _standing(tables: Sequence[RatioTable]) -> tuple[Values, Values]:
    """Every sum of rows that stand above all floors, with the share of strangers in it."""
    sums, shares = np.zeros(1), np.ones(1)
    for table in tables:
        ratio, share = table.ratio[table.stands], table.share[table.stands]
        sums = (sums[:, None] + ratio[None, :]).ravel()
        shares = (shares[:, None] * share[None, :]).ravel()
    return sums, shares
