"""Checks by the face at a person's pace: the person, and three refusals of somebody else before."""

from __future__ import annotations

import statistics

from tests.bench.pace import ANOTHER, REFUSALS, SURE, checked, desk, enrolled_by_face, stands_there
from tests.bench.report import Report

CHECKS = 5


def run(report: Report) -> None:
    """From number to verdict, the passive check sure."""
    with desk(report) as stage:
        if stage is None:
            return
        enrolled_by_face(stage, SURE)
        found = [checked(stage) for _ in range(CHECKS)]
        took = [seconds for seconds, _ in found]
        report.figure("one check from number to verdict, median", statistics.median(took), "s", at_most=6.0)
        report.figure("one check from number to verdict, longest", max(took), "s")
        report.figure("accepted", [said for _, said in found].count("Accepted"), f"of {CHECKS}", at_least=CHECKS)
        stands_there(stage, ANOTHER)
        refused = [checked(stage) for _ in range(REFUSALS)]
        stands_there(stage, SURE)
        last, said = checked(stage)
        report.figure("three refusals and then the person", sum(seconds for seconds, _ in refused) + last, "s")
        report.note(", ".join([*(verdict for _, verdict in refused), said]))
