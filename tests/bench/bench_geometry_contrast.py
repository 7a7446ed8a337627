"""The layout of every page and dialog, at every size, in every language, in high contrast: how many are at fault."""

from __future__ import annotations

from tests.bench.bench_geometry import measure_layout
from tests.bench.report import Report


def run(report: Report) -> None:
    """Each language once."""
    measure_layout(report, "contrast")
