"""The rates that a reader of an evaluation report looks for first, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

SINGLE_RATES = ("eer", "fta", "fte", "bpcer")
RATES_BY_NAME = ("fnmr_at_fmr", "apcer", "errors")
BOUNDED_RATES = ("equal_error", "refused")  # by name, each with its own bounds

HeadlineRates = dict[str, tuple[float, tuple[float, float] | None]]


def headline_rates(document: Mapping[str, Any]) -> HeadlineRates:
    """The rates with their intervals, by name: ``eer``, ``fnmr_at_fmr 1e-3``, …; in all of them less is better.
    What is no rate is passed over."""
    intervals = _table(document, "intervals")
    rates = {name: (document.get(name), intervals.get(name)) for name in SINGLE_RATES}
    for table in RATES_BY_NAME:
        bounds = _table(intervals, table)
        rates |= {f"{table} {name}": (value, bounds.get(name)) for name, value in _table(document, table).items()}
    for table in BOUNDED_RATES:
        rates |= {f"{table} {name}": _bounded(value) for name, value in _table(document, table).items()}
    rates |= {
        accepted_name(who, rule): _bounded(value)
        for who, rules in _table(document, "accepted").items()
        if isinstance(rules, dict)
        for rule, value in rules.items()
    }
    return {name: (float(rate), _read_bounds(bounds)) for name, (rate, bounds) in rates.items() if is_rate(rate)}


def accepted_name(who: str, rule: str) -> str:
    """The name of the rate at which a rule accepts who brings what."""
    return f"accepted {who}, {rule}"


def is_rate(value: Any) -> TypeGuard[float]:
    """Whether a value of a report is a rate: a number of 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


def _bounded(untrusted: Any) -> tuple[Any, Any]:
    if not isinstance(untrusted, dict):
        return None, None
    return untrusted.get("rate"), [untrusted.get("low"), untrusted.get("high")]


def _read_bounds(untrusted: Any) -> tuple[float, float] | None:
    if isinstance(untrusted, list) and len(untrusted) == 2 and all(is_rate(bound) for bound in untrusted):
        return float(untrusted[0]), float(untrusted[1])
    return None


def _table(untrusted: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = untrusted.get(name)
    return value if isinstance(value, dict) else {}
