"""The interface for other programs against 20,000 cases that schemathesis makes from its description: half of them
signed by an admitted caller, one run at a window that answers, one at a locked one."""

from __future__ import annotations

import time

from tests.bench.report import Report
from tests.described_interface import send_described_cases

CASES = 11_500  # asked for in each run: of two operations nothing can be made that does not fit


def run(report: Report) -> None:
    """No reply may be another than the description has; and what a case took."""
    for words, locked in (("unlocked", False), ("locked", True)):
        begun = time.perf_counter()
        outcome = send_described_cases(CASES, locked=locked)
        took = time.perf_counter() - begun
        report.figure(f"{words}: cases sent", outcome.cases, "cases")
        report.figure(f"{words}: of them signed", 100 * outcome.signed / outcome.cases, "%")
        report.figure(f"{words}: not as described", len(outcome.failures), "cases", at_most=0)
        report.figure(f"{words}: a case, with making it", 1000 * took / outcome.cases, "ms")
        told = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
        report.note(f"{words}: {told}")
        for failure in outcome.failures[:10]:
            report.note(failure)
