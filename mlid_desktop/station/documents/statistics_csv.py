"""The anonymised statistics as rows and as a CSV file."""

from __future__ import annotations

import csv
import io

from mlid_desktop.vault.subjects.statistics import Statistics

FEW = "<5"  # what stands in place of a count from 1 to 4
HEADS = ("month", "event", "kind", "count")


def statistics_rows(statistics: Statistics) -> list[tuple[str, str, str, str]]:
    """The statistics as rows: acts by month, then templates by modality."""
    acts = [(act.month, act.event, act.kind, _count(act.count)) for act in statistics.acts]
    return acts + [("", "templates", modality, _count(count)) for modality, count in statistics.templates.items()]


def statistics_csv(statistics: Statistics) -> bytes:
    """The statistics as CSV with a header."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([HEADS, *statistics_rows(statistics)])
    return table.getvalue().encode()


def _count(count: int | None) -> str:
    return FEW if count is None else str(count)
