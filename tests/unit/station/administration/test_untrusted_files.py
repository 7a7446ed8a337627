"""What comes from outside, bent in thousands of ways, ends in a typed fault or is read; the bench runs a million."""

from __future__ import annotations

from pathlib import Path

from tests.bench.fuzz_custody import fuzz


def test_bent_checkpoints_exports_ledgers_texts_and_lists_end_in_typed_faults(tmp_path: Path) -> None:
    came = fuzz(4000, 7, tmp_path)
    assert sum(came.values()) == 4000
    assert {what.partition(":")[0] for what in came} == {"checkpoint", "ledger", "export", "text", "rows"}
    assert came["checkpoint: usage.bad_argument"] > 100
    assert came["ledger: vault.damaged"] > 100
