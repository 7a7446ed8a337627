"""Reports: ``report.json`` for machines, ``report.html`` for people, both from one document."""

from __future__ import annotations

import html
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from mlid_desktop import __version__
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation import plots
from mlid_desktop.evaluation.attacks import BONA_FIDE, AttackResult
from mlid_desktop.evaluation.faces import FaceResult, Row
from mlid_desktop.evaluation.metrics import operating_point_name

MAX_BASELINE_BYTES = 64 * 1024 * 1024
COMPARED = ("eer", "fta", "fte", "bpcer")

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #17202B; background: #F5F7FA; }
h1 { font-size: 1.75rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
section { background: #fff; border: 1px solid #D6DDE6; border-radius: 12px; padding: 1rem 1.5rem; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem 1.25rem .35rem 0; border-bottom: 1px solid #D6DDE6; vertical-align: top; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } .plots figure { flex: 1 1 24rem; margin: 0; }
.plots svg { width: 100%; height: auto; background: #fff; } figcaption, .muted { color: #566273; }
.worse { color: #A8221B; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { color: #E8EDF3; background: #11161D; } section { background: #18202A; border-color: #2C3846; }
  th, td { border-color: #2C3846; } figcaption, .muted { color: #9AA8B9; } .worse { color: #FF8F86; }
}
"""


def context(dataset: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, Any]:
    """What every report names: program, commit, day, data and models."""
    return {
        "program": f"MLID Desktop {__version__}",
        "commit": _commit(),
        "made_on": datetime.now(UTC).strftime("%Y-%m-%d"),
        "dataset": dict(dataset),
        "models": dict(models),
    }


def face_document(result: FaceResult, around: Mapping[str, Any], plain: Mapping[str, Any] | None) -> dict[str, Any]:
    """The numbers of a face report. ``plain`` holds those of the plain single-image cosine on the same trials."""
    rates = result.rates
    names = {point: operating_point_name(point) for point in rates.fnmr_at_fmr}
    return {
        "kind": "face",
        **around,
        "genuine": len(result.genuine),
        "impostor": len(result.impostor),
        "eer": rates.eer,
        "fnmr_at_fmr": {names[point]: value for point, value in rates.fnmr_at_fmr.items()},
        "threshold_at_fmr": {names[point]: value for point, value in rates.threshold_at_fmr.items()},
        "intervals": {name: [one.low, one.high] for name, one in rates.intervals.items()},
        "plain": plain,
        "fta": result.fta,
        "fte": result.fte,
        "gates_failed": _gate_shares(result.rows),
        "quality_discard": {f"{share:g}": value for share, value in result.discard.items()},
        "groups": {name: asdict(group) for name, group in result.groups.items()},
        "step_ms": step_medians(result.rows),
    }


def attack_document(result: AttackResult, around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of an attack report: APCER a species, BPCER, never one averaged figure."""
    return {
        "kind": "attack",
        **around,
        "window": result.rules.window,
        "threshold": result.rules.threshold,
        "apcer": {name: share.rate for name, share in result.apcer.items()},
        "bpcer": result.bpcer.rate,
        "windows": {name: share.windows for name, share in result.apcer.items()} | {BONA_FIDE: result.bpcer.windows},
        "non_response": {name: share.non_response for name, share in result.apcer.items()}
        | {BONA_FIDE: result.bpcer.non_response},
        "intervals": {
            f"apcer {name}": [share.interval.low, share.interval.high] for name, share in result.apcer.items()
        }
        | {"bpcer": [result.bpcer.interval.low, result.bpcer.interval.high]},
        "leave_one_out": [asdict(one) for one in result.held_out],
    }


def step_medians(rows: Sequence[Row]) -> dict[str, float]:
    """Median milliseconds of each step of the pipeline."""
    names = list(dict.fromkeys(name for row in rows for name in row.steps_ms))
    return {name: float(np.median([row.steps_ms[name] for row in rows if name in row.steps_ms])) for name in names}


def face_plots(result: FaceResult) -> dict[str, str]:
    """DET, scores, and error against discarded quality."""
    shares = list(result.discard)
    return {
        "Error trade-off": plots.det_plot(result.genuine.score, result.impostor.score),
        "Scores": plots.score_plot(
            result.genuine.score, result.impostor.score, result.rates.threshold_at_fmr.get(1e-3)
        ),
        "Discarding the worst images": plots.curve_plot(
            {"FNMR": (shares, [result.discard[share] for share in shares])},
            "Share of images discarded, worst quality first",
            "False non-match rate",
        ),
    }


def attack_plots(result: AttackResult) -> dict[str, str]:
    """Every window's liveness, a row a species."""
    rows = {
        name: [one.liveness for one in windows if one.liveness is not None] for name, windows in result.windows.items()
    }
    return {"Windows": plots.strip_plot(rows, result.rules.threshold)}


def write_report(folder: Path, document: Mapping[str, Any], drawings: Mapping[str, str], title: str) -> None:
    """Both files. Raises UsageError where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        (folder / "report.html").write_text(_page(document, drawings, title), encoding="utf-8")
    except OSError:
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(folder)) from None


def save_baseline(path: Path, document: Mapping[str, Any]) -> None:
    """Keeps the numbers for later comparison."""
    try:
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError:
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(path)) from None


def compare_baseline(path: Path, document: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Each rate then and now. Raises UsageError for a file that is no report of the same kind."""
    if not path.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    try:
        untrusted = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= MAX_BASELINE_BYTES else {}
    except ValueError:
        untrusted = {}
    if not isinstance(untrusted, dict) or untrusted.get("kind") != document.get("kind"):
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is no report of this kind")
    before, now = headline_rates(untrusted), headline_rates(document)
    return {name: {"before": before[name], "now": now[name]} for name in now if name in before}


def headline_rates(document: Mapping[str, Any]) -> dict[str, float]:
    """The rates that a reader looks for first, by name."""
    rates = {name: document[name] for name in COMPARED if isinstance(document.get(name), int | float)}
    for table in ("fnmr_at_fmr", "apcer"):
        values = document.get(table)
        if isinstance(values, dict):
            rates |= {f"{table} {name}": value for name, value in values.items() if isinstance(value, int | float)}
    return rates


def _gate_shares(rows: Sequence[Row]) -> dict[str, float]:
    names = list(dict.fromkeys(name for row in rows for name in row.gates))
    return {name: float(np.mean([not row.gates[name] for row in rows if name in row.gates])) for name in names}


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's own git, as found on the path
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _page(document: Mapping[str, Any], drawings: Mapping[str, str], title: str) -> str:
    figures = "".join(
        f"<figure>{drawing}<figcaption>{html.escape(name)}</figcaption></figure>" for name, drawing in drawings.items()
    )
    parts = [
        f"<section><h2>{html.escape(_heading(key))}</h2>{_value(value)}</section>" for key, value in _tables(document)
    ]
    lead = f"{document.get('program', '')} · {document.get('made_on', '')} · {str(document.get('commit', ''))[:12]}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1><p class='muted'>{html.escape(lead)}</p>"
        f"<section>{_headline(document)}</section><section class='plots'>{figures}</section>{''.join(parts)}</html>\n"
    )


def _headline(document: Mapping[str, Any]) -> str:
    intervals = document.get("intervals", {})
    rows = []
    for name, value in headline_rates(document).items():
        key = name.removeprefix("fnmr_at_fmr ").removeprefix("apcer ")
        bounds = intervals.get(name) or intervals.get(key)
        shown = f"{_percent(bounds[0])} to {_percent(bounds[1])}" if bounds else ""
        label = _heading(name).replace("Fnmr at fmr", "FNMR at FMR").replace("Apcer", "APCER")
        rows.append(f"<tr><th>{html.escape(label)}</th><td>{_percent(value)}</td><td class='muted'>{shown}</td></tr>")
    return f"<table><tr><th>Figure</th><th>Rate</th><th>95 % interval</th></tr>{''.join(rows)}</table>"


def _tables(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    left_out = {"program", "commit", "made_on", "kind", "intervals", "fnmr_at_fmr", "apcer"}
    return [
        (key, value)
        for key, value in document.items()
        if key not in left_out and isinstance(value, dict | list) and value
    ]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        rows = "".join(
            f"<tr><th>{html.escape(str(key))}</th><td>{_value(inner)}</td></tr>" for key, inner in value.items()
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return "".join(f"<div>{_value(inner)}</div>" for inner in value)
    if isinstance(value, bool):
        return "<span class='worse'>yes</span>" if value else "no"
    return html.escape(f"{value:.5g}" if isinstance(value, float) else str(value))


def _heading(key: str) -> str:
    words = key.replace("_", " ")
    return words.upper() if key in {"eer", "fta", "fte", "bpcer"} else words[:1].upper() + words[1:]


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"
