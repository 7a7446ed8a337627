"""Baselines: a loss is found where it is one, and what only looks like one is not called so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.metrics import Trials, error_rates
from mlid_desktop.evaluation.report.baselines import RateChange, change_document, compare_baseline, save_baseline
from mlid_desktop.evaluation.report.headline_rates import headline_rates

PEOPLE, SAMPLES = 60, 4
DATA = {"digest": "of these people"}


def scores(seed: int) -> tuple[Trials, Trials]:
    """Trials of a matcher: some people are hard, in whatever it is that compares them."""
    source = np.random.default_rng(seed)
    hard = source.normal(0.0, 0.35, PEOPLE)
    genuine = np.repeat(np.arange(PEOPLE), SAMPLES * (SAMPLES - 1) // 2)
    first, second = np.repeat(np.stack(np.triu_indices(PEOPLE, 1)), 4, axis=1)
    own = 2.0 - np.abs(hard[genuine]) * 2.0 + source.normal(0.0, 0.3, len(genuine))
    return Trials(own, genuine, genuine), Trials(source.normal(0.0, 0.5, len(first)), first, second)


def document(genuine: Trials, impostor: Trials, **changed: Any) -> dict[str, Any]:
    rates = error_rates(genuine, impostor, PEOPLE)
    return {
        "kind": "face",
        "dataset": DATA,
        "eer": rates.eer,
        "fta": 0.0,
        "intervals": {"eer": [rates.intervals["eer"].low, rates.intervals["eer"].high], "fta": [0.0, 0.05]},
        "draws": {"eer": list(rates.draws["eer"])},
        **changed,
    }


def lower_some(genuine: Trials, people: int, by: float) -> Trials:
    """The genuine trials of some people, each so much lower."""
    return Trials(genuine.score - by * (genuine.first < people), genuine.first, genuine.second)


def compared(before: dict[str, Any], now: dict[str, Any], folder: Path) -> dict[str, RateChange]:
    save_baseline(folder / "baseline.json", before, replace=True)
    return compare_baseline(folder / "baseline.json", now)


def test_the_same_run_is_no_worse_than_itself(tmp_path: Path) -> None:
    run = document(*scores(1))
    changes = compared(run, run, tmp_path)
    assert changes.keys() == headline_rates(run).keys() == {"eer", "fta"}
    assert not any(change.worse for change in changes.values())
    assert change_document(changes)["eer"] == {
        "before": run["eer"],
        "now": run["eer"],
        "difference": [0.0, 0.0],
        "worse": False,
    }


def test_a_loss_on_the_same_people_is_found_within_what_their_number_leaves_open(tmp_path: Path) -> None:
    genuine, impostor = scores(1)
    before, now = document(genuine, impostor), document(lower_some(genuine, 40, 0.3), impostor)
    assert now["eer"] < before["intervals"]["eer"][1]  # either rate alone could be that of the other
    change = compared(before, now, tmp_path)["eer"]
    assert change.worse
    assert change.difference is not None
    assert 0.0 < change.difference.low < now["eer"] - before["eer"] < change.difference.high
    assert not compared(now, before, tmp_path)["eer"].worse


def test_on_other_people_the_same_difference_says_nothing(tmp_path: Path) -> None:
    genuine, impostor = scores(1)
    before = document(genuine, impostor, dataset={"digest": "of other people"})
    now = document(lower_some(genuine, 40, 0.3), impostor)
    assert not compared(before, now, tmp_path)["eer"].worse
    worse_by_far = document(lower_some(genuine, PEOPLE, 1.5), impostor)
    assert compared(before, worse_by_far, tmp_path)["eer"].worse


def test_matchers_that_are_as_good_are_seldom_told_apart(tmp_path: Path) -> None:
    genuine, impostor = scores(1)
    noise = np.random.default_rng(5)
    run = document(genuine, impostor)
    found = 0
    for _ in range(20):
        shaken = Trials(genuine.score + noise.normal(0.0, 0.1, len(genuine)), genuine.first, genuine.second)
        found += compared(run, document(shaken, impostor), tmp_path)["eer"].worse
    assert found <= 3  # one in forty is to be expected; more than three of twenty, once in five thousand


def test_without_rounds_a_rate_that_left_its_interval_is_worse(tmp_path: Path) -> None:
    now = document(*scores(1))
    before = {name: value for name, value in now.items() if name != "draws"} | {
        "eer": 0.0,
        "intervals": {"eer": [0.0, now["eer"] / 2], "fta": [0.0, 0.05]},
    }
    changes = compared(before, now, tmp_path)
    assert changes["eer"] == RateChange(0.0, now["eer"], None, worse=True)
    assert not changes["fta"].worse


@pytest.mark.parametrize(
    "untrusted",
    [b"", b"[]", b"{}", b'{"kind": "attack"}', b"\xff\xff", b"nonsense", b"[" * 100_000],
)
def test_what_is_no_report_of_this_kind_is_a_usage_fault(untrusted: bytes, tmp_path: Path) -> None:
    (tmp_path / "baseline.json").write_bytes(untrusted)
    with pytest.raises(UsageError) as fault:
        compare_baseline(tmp_path / "baseline.json", {"kind": "face", "eer": 0.1})
    assert fault.value.code is Code.USAGE_BAD_DATASET


def test_a_baseline_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as fault:
        compare_baseline(tmp_path / "missing.json", {"kind": "face"})
    assert fault.value.code is Code.USAGE_PATH_MISSING


@pytest.mark.parametrize("draws", [7, {"eer": "low"}, {"eer": [0.1]}, {"eer": [2.0] * 500}, {"eer": [True] * 500}])
def test_hostile_values_in_a_baseline_are_passed_over(draws: Any, tmp_path: Path) -> None:
    now = document(*scores(1))
    hostile = {"kind": "face", "eer": "low", "fta": True, "fte": 1e999, "fnmr_at_fmr": [1], "intervals": {"eer": [0]}}
    (tmp_path / "baseline.json").write_text(json.dumps(hostile))
    assert compare_baseline(tmp_path / "baseline.json", now) == {}
    (tmp_path / "baseline.json").write_text(json.dumps(hostile | {"eer": 0.1, "draws": draws, "dataset": [DATA]}))
    assert compare_baseline(tmp_path / "baseline.json", now)["eer"].difference is None
