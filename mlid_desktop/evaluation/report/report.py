"""Evaluation reports: one document of numbers, and the files made of it for machines, the screen and paper."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from mlid_desktop import __version__
from mlid_desktop.evaluation.comparisons import Baseline, ComparisonResult
from mlid_desktop.evaluation.face_baseline import BASELINE
from mlid_desktop.evaluation.metrics import ErrorRates, operating_point_name
from mlid_desktop.evaluation.observations import ImageRow
from mlid_desktop.evaluation.report.conduct import bootstrap_draws, generalised_rates
from mlid_desktop.evaluation.report.headline_rates import headline_rates
from mlid_desktop.station.configuration.resources import PACKAGE
from mlid_desktop.station.documents.exact_interval import Interval
from mlid_desktop.station.documents.measurement import MeasurementPage, step_medians
from mlid_desktop.station.documents.measurement_page import write_files
from mlid_desktop.station.text.language import Language

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
        "generalised": generalised_rates(result),
        "plain": None if result.plain is None else _plain(result.plain, rates),
        "failures": dict(Counter(row.reason for row in result.rows if row.template is None)),
        "gates_failed": _gate_shares(result.rows),
        "quality_discard": {f"{share:g}": value for share, value in result.discard.items()},
        "groups": {name: asdict(group) for name, group in result.groups.items()},
        "step_ms": step_medians(row.steps_ms for row in result.rows),
        "draws": bootstrap_draws(result),
    }


def write_report(
    folder: Path,
    document: Mapping[str, Any],
    drawings: Mapping[str, str],
    title: str,
    language: Language,
    lines: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    replace: bool = False,
) -> None:
    """Writes a report's files into a folder, which is made where it is not there; ``notes`` say how the test was made.
    Raises UsageError: USAGE_OUTPUT_EXISTS, USAGE_OUTPUT_UNWRITABLE."""
    page = MeasurementPage(document, headline_rates(document), drawings, title, lines, notes)
    write_files(folder, page, language, replace=replace)


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


def _gate_shares(rows: Sequence[ImageRow]) -> dict[str, float]:
    """The share of the judged images below each gate; one that an image is not measured by, it is not below."""
    judged = [row.gates for row in rows if row.gates]
    names = list(dict.fromkeys(name for gates in judged for name in gates))
    return {name: float(np.mean([not gates.get(name, True) for gates in judged])) for name in names}


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
