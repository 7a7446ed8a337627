"""A check by the face at a person's pace, of somebody of whom the passive check is not sure."""

from __future__ import annotations

from tests.bench.pace import UNSURE, checked, desk, enrolled_by_face
from tests.bench.report import Report


def run(report: Report) -> None:
    """From number to verdict, with the movements of a challenge."""
    with desk(report) as stage:
        if stage is not None:
            enrolled_by_face(stage, UNSURE)
            seconds, said = checked(stage)
            report.figure("one check from number to verdict, with a challenge", seconds, "s")
            report.note(said)
