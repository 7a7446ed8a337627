"""Bent answers, a few of the million that the benchmark tries."""

from __future__ import annotations

from tests.bench.fuzz_sbi import fuzz


def test_nothing_but_typed_faults_comes_of_bent_answers() -> None:
    outcomes = fuzz(4000, seed=1)
    assert sum(outcomes.values()) == 4000
    assert {name.split()[0] for name in outcomes} == {"discovery", "info", "capture", "messages", "preview"}
    assert any(name.startswith("capture") and name.endswith("untrusted") for name in outcomes)
