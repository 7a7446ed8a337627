"""Compares the error rates of two runs of an evaluation: which are significantly worse than those of the report before.
Where both are of the same data, the people drawn in a bootstrap round are the same in both, so that what differs is the
difference of the programs alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import unicode_text
from mlid_desktop.evaluation.report.headline_rates import headline_rates, is_rate
from mlid_desktop.station.documents.exact_interval import Interval
from mlid_desktop.station.documents.measurement_page import encode_document
from mlid_desktop.station.documents.output_files import write_private

MAX_BASELINE_BYTES = 64 * 1024 * 1024
TAIL = 0.025  # of an interval of 95 %
FEWEST_DRAWS = 100


@dataclass(frozen=True, slots=True)
class RateChange:
    """A rate before and now. ``difference`` is the interval of 95 % of now less before, where both runs say what their
    bootstrap rounds gave; ``worse`` says that it lies above 0, and without it, that the rate left the interval that it
    had."""

    before: float
    now: float
    difference: Interval | None
    worse: bool


def save_baseline(path: Path, document: Mapping[str, Any], *, replace: bool = False) -> None:
    """Saves a report's numbers for later comparison. Raises UsageError: USAGE_OUTPUT_EXISTS,
    USAGE_OUTPUT_UNWRITABLE."""
    write_private(path, encode_document(document).encode(), replace=replace)


def compare_baseline(path: Path, document: Mapping[str, Any]) -> dict[str, RateChange]:
    """Compares a report's rates with those of a saved one, by name. Raises UsageError(USAGE_PATH_MISSING), and
    (USAGE_BAD_DATASET) for a file that is no report of the same kind."""
    before = _read_baseline(path, document)
    rates, same_data = headline_rates(before), _digest(before) == _digest(document) != ""
    return {
        name: _change(name, rates[name], now, (before, document), same_data=same_data)
        for name, (now, _) in headline_rates(document).items()
        if name in rates
    }


def change_document(changes: Mapping[str, RateChange]) -> dict[str, dict[str, Any]]:
    """The comparison with a baseline for a report."""
    return {
        name: {
            "before": change.before,
            "now": change.now,
            "difference": None if change.difference is None else [change.difference.low, change.difference.high],
            "worse": change.worse,
        }
        for name, change in changes.items()
    }


def _read_baseline(path: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    if not path.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    try:
        small = path.stat().st_size <= MAX_BASELINE_BYTES
        untrusted = json.loads(unicode_text(path.read_bytes())) if small else None
    except (OSError, ValueError, RecursionError):
        untrusted = None
    if not isinstance(untrusted, dict) or untrusted.get("kind") != document.get("kind"):
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is no report of this kind")
    return untrusted


def _change(
    name: str,
    before: tuple[float, tuple[float, float] | None],
    now: float,
    documents: tuple[Mapping[str, Any], Mapping[str, Any]],
    *,
    same_data: bool,
) -> RateChange:
    rate, bounds = before
    before_drawn, now_drawn = (_draws(untrusted, name) for untrusted in documents)
    if before_drawn is None or now_drawn is None:
        return RateChange(rate, now, None, now > (rate if bounds is None else bounds[1]))
    if same_data and len(before_drawn) == len(now_drawn):
        difference = now_drawn - before_drawn
    else:  # nothing links the rounds of runs over different data: every one with every other
        difference = (now_drawn[:, None] - before_drawn[None, :]).ravel()
    low, high = np.quantile(difference, [TAIL, 1.0 - TAIL])
    return RateChange(rate, now, Interval(float(low), float(high)), bool(low > 0.0))


def _draws(untrusted: Mapping[str, Any], name: str) -> NDArray[np.float64] | None:
    """The bootstrap rounds of a rate; None where a report does not say them, or too few."""
    table = untrusted.get("draws")
    values = table.get(name) if isinstance(table, dict) else None
    if not isinstance(values, list) or len(values) < FEWEST_DRAWS or not all(map(is_rate, values)):
        return None
    return np.array(values, np.float64)


def _digest(untrusted: Mapping[str, Any]) -> str:
    """Of the data that a report is about; of joined people, of both sets."""
    dataset = untrusted.get("dataset")
    if not isinstance(dataset, dict):
        return ""
    parts = [dataset, *(part for part in dataset.values() if isinstance(part, dict))]
    return "".join(str(part["digest"]) for part in parts if "digest" in part)
