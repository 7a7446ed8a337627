"""The numbers of a report on prompted digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlid_desktop.evaluation.voice.prompts import PromptResult

ERRORS = ("genuine_refused", "genuine_refused_by_either", "wrong_confirmed", "one_wrong_confirmed", "stranger_passed")


def prompt_document(results: Sequence[PromptResult], around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a prompted-digits report, by condition and number of references; errors are rates."""
    rows = [_row(result) for result in results]
    errors: dict[str, float] = {}
    bounds: dict[str, list[float]] = {}
    for row in rows:
        for name in ERRORS:
            label = f"{name.replace('_', ' ')}, {row['condition']}, {row['references']} takes"
            errors[label], bounds[label] = row[name], row["intervals"][name]
    return {"kind": "voice-prompt", **around, "errors": errors, "intervals": {"errors": bounds}, "conditions": rows}


def _row(result: PromptResult) -> dict[str, Any]:
    shares = {
        "genuine_refused": replace(result.confirmed, count=result.confirmed.trials - result.confirmed.count),
        "genuine_refused_by_either": replace(result.passed, count=result.passed.trials - result.passed.count),
        "wrong_confirmed": result.wrong_confirmed,
        "one_wrong_confirmed": result.one_wrong_confirmed,
        "stranger_passed": result.stranger_passed,
        "digit_heard": result.digit_heard,
        "withheld": result.withheld,
    }
    return {
        "condition": result.plan.heard_in,
        "references": result.plan.references,
        "missed": result.missed,
        **{name: share.rate for name, share in shares.items()},
        "trials": {name: share.trials for name, share in shares.items()},
        "intervals": {name: [share.interval.low, share.interval.high] for name, share in shares.items()},
        "speakers": {
            name: {label: share.rate for label, share in own.items()} for name, own in result.by_speaker.items()
        },
    }
