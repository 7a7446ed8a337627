"""Evaluation reports: ``report.json`` for machines, ``report.html`` for people, both from one document."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from mlid_desktop import __version__
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import unicode_text
from mlid_desktop.evaluation.comparisons import Baseline, ComparisonResult
from mlid_desktop.evaluation.face_baseline import BASELINE
from mlid_desktop.evaluation.metrics import ErrorRates, operating_point_name
from mlid_desktop.evaluation.observations import ImageRow
from mlid_desktop.station.attack_tests.exact_interval import Interval
from mlid_desktop.station.configuration.resources import PACKAGE
from mlid_desktop.station.documents.measurement_page import as_json, step_medians, write_files
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import Language

MAX_BASELINE_BYTES = 64 * 1024 * 1024
SINGLE_RATES = ("eer", "fta", "fte", "bpcer")
RATES_BY_NAME = ("fnmr_at_fmr", "apcer", "errors")
GIT_TIMEOUT_S = 5


def run_context(dataset: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, Any]:
    """The facts that every report names: program, commit, day, data and models."""
    return {
        "program": f"MLID Desktop {__version__}",
        "commit": _commit(),
        "made_on": datetime.now(UTC).strftime("%Y-%m-%d"),
        "dataset": dict(dataset),
        "models": dict(models),
    }


def comparison_document(kind: str, result: ComparisonResult, around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a comparison report; ``kind`` is the modality. ``plain`` holds those of the baseline on the
    same trials, or None."""
    rates = result.rates
    return {
        "kind": kind,
        **around,
        "genuine": len(result.genuine),
        "impostor": len(result.impostor),
        "eer": rates.eer,
        "fnmr_at_fmr": _by_point(rates.fnmr_at_fmr),
        "threshold_at_fmr": _by_point(rates.threshold_at_fmr),
        "fta": result.fta,
        "fte": result.fte,
        "intervals": {
            **_rate_intervals(rates),
            "fta": _bounds(result.fta_interval),
            "fte": _bounds(result.fte_interval),
        },
        "plain": None if result.plain is None else _plain(result.plain, rates),
        "failures": dict(Counter(row.reason for row in result.rows if row.template is None)),
        "gates_failed": _gate_shares(result.rows),
        "quality_discard": {f"{share:g}": value for share, value in result.discard.items()},
        "groups": {name: asdict(group) for name, group in result.groups.items()},
        "step_ms": step_medians(row.steps_ms for row in result.rows),
    }


def write_report(
    folder: Path,
    document: Mapping[str, Any],
    drawings: Mapping[str, str],
    title: str,
    language: Language,
    lines: Sequence[str] = (),
    *,
    replace: bool = False,
) -> None:
    """Writes ``report.json`` and ``report.html`` into a folder, which is made where it is not there. Raises UsageError:
    USAGE_OUTPUT_EXISTS, USAGE_OUTPUT_UNWRITABLE."""
    write_files(folder, document, headline_rates(document), drawings, title, language, lines, replace=replace)


def save_baseline(path: Path, document: Mapping[str, Any], *, replace: bool = False) -> None:
    """Saves a report's numbers for later comparison. Raises UsageError: USAGE_OUTPUT_EXISTS,
    USAGE_OUTPUT_UNWRITABLE."""
    write_private(path, as_json(document).encode(), replace=replace)


def compare_baseline(path: Path, document: Mapping[str, Any]) -> dict[str, dict[str, float | bool]]:
    """Compares a report's rates with those of a saved one; ``worse`` where a rate left the interval it had then. Raises
    UsageError for a file that is no report of the same kind."""
    if not path.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    try:
        small = path.stat().st_size <= MAX_BASELINE_BYTES
        untrusted = json.loads(unicode_text(path.read_bytes())) if small else None
    except (OSError, ValueError, RecursionError):
        untrusted = None
    if not isinstance(untrusted, dict) or untrusted.get("kind") != document.get("kind"):
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is no report of this kind")
    before = headline_rates(untrusted)
    compared: dict[str, dict[str, float | bool]] = {}
    for name, (now, _) in headline_rates(document).items():
        if name in before:
            rate, bounds = before[name]
            compared[name] = {"before": rate, "now": now, "worse": now > (rate if bounds is None else bounds[1])}
    return compared


def headline_rates(document: Mapping[str, Any]) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """The rates that a reader looks for first with their intervals, by name: ``eer``, ``fnmr_at_fmr 1e-3``, …"""
    intervals = _table(document, "intervals")
    rates = {name: (document.get(name), intervals.get(name)) for name in SINGLE_RATES}
    for table in RATES_BY_NAME:
        bounds = _table(intervals, table)
        rates |= {f"{table} {name}": (value, bounds.get(name)) for name, value in _table(document, table).items()}
    return {name: (float(rate), _read_bounds(bounds)) for name, (rate, bounds) in rates.items() if _is_rate(rate)}


def _plain(baseline: Baseline, own_rates: ErrorRates) -> dict[str, Any]:
    """The baseline's numbers beside the pipeline's own; ``change`` is relative: -0.1 means a tenth fewer errors than
    the baseline."""
    rates = baseline.rates
    pairs = {"eer": (own_rates.eer, rates.eer)}
    pairs |= {
        f"fnmr_at_fmr {operating_point_name(point)}": (own_rates.fnmr_at_fmr[point], value)
        for point, value in rates.fnmr_at_fmr.items()
        if point in own_rates.fnmr_at_fmr
    }
    return {
        "method": BASELINE,
        "genuine": len(baseline.genuine),
        "impostor": len(baseline.impostor),
        "eer": rates.eer,
        "fnmr_at_fmr": _by_point(rates.fnmr_at_fmr),
        "intervals": _rate_intervals(rates),
        "change": {name: (now / before - 1.0 if before else None) for name, (now, before) in pairs.items()},
    }


def _rate_intervals(rates: ErrorRates) -> dict[str, Any]:
    bounds = {name: _bounds(interval) for name, interval in rates.intervals.items()}
    return {"eer": bounds.pop("eer"), "fnmr_at_fmr": bounds}


def _by_point(values: Mapping[float, float]) -> dict[str, float]:
    return {operating_point_name(point): value for point, value in values.items()}


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def _read_bounds(untrusted: Any) -> tuple[float, float] | None:
    if isinstance(untrusted, list) and len(untrusted) == 2 and all(_is_rate(bound) for bound in untrusted):
        return float(untrusted[0]), float(untrusted[1])
    return None


def _is_rate(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


def _table(untrusted: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = untrusted.get(name)
    return value if isinstance(value, dict) else {}


def _gate_shares(rows: Sequence[ImageRow]) -> dict[str, float]:
    names = list(dict.fromkeys(name for row in rows for name in row.gates))
    return {name: float(np.mean([not row.gates[name] for row in rows if name in row.gates])) for name in names}


def _commit() -> str:
    """The git commit of the checkout that the program runs from; empty in an installed program."""
    try:
        completed = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's own git, as found on the path
            cwd=PACKAGE,
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return completed.stdout.strip() if completed.returncode == 0 else ""
