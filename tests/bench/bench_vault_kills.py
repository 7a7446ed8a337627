"""A thousand kills at random instants while a vault is enrolling, keeping drafts, rotating, backing up, erasing,
restoring and removing somebody; after each everything is verified (``tests/unit/vault/killed_work.py``)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.bench.report import Report
from tests.unit.vault.killed_work import kills

KILLS = 1_000
LONGEST_S = 0.4  # every act takes less than that
SEED = 77


def run(report: Report) -> None:
    """An AssertionError says what was lost; there is none to survive."""
    if not hasattr(os, "fork"):
        report.note("needs a process that is copied as it stands")
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        done = kills(Path(scratch) / "home", range(KILLS), LONGEST_S, SEED)
    report.figure("kills survived whole", sum(done.values()), "kills", at_least=KILLS)
    for act, number in done.items():
        report.figure(f"of these while they: {act}", number, "kills")
