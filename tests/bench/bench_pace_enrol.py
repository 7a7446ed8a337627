"""Three modalities enrolled at a person's pace, of somebody of whom the passive check is sure."""

from __future__ import annotations

from tests.bench.pace import SURE, desk, enrolled_at_pace, stands_there
from tests.bench.report import Report


def run(report: Report) -> None:
    """What each step takes."""
    with desk(report) as stage:
        if stage is not None:
            stands_there(stage, SURE)
            enrolled_at_pace(report, stage, "three modalities at a person's pace", asked=True)
