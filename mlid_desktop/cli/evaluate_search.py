"""``mlid evaluate fingerprint-search``: how long a search among many fingers takes, and what its first stage loses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.evaluate import _bar
from mlid_desktop.cli.evaluation_outputs import EvaluationOutputs, OutOption
from mlid_desktop.station.text.language import N_ as _


def evaluate_search(
    out: OutOption,
    subjects: Annotated[int, typer.Option("--subjects", help=_("Fingers in the largest gallery."))] = 10_000,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """1:N load over synthetic fingers: time and mates found by size of the gallery."""
    from mlid_desktop.evaluation.fingerprint import search as finger_search  # noqa: PLC0415 - late: start-up of the other commands
    from mlid_desktop.evaluation.report import plots, report  # noqa: PLC0415 - late: start-up

    program = Program.start(as_json=as_json)
    outputs = EvaluationOutputs.checked(out, replace=force)
    language = program.language
    with _bar(program, language.text("Searching")) as advance:
        load = finger_search.evaluate_search(subjects, advance)
    rows = [asdict(point) | {"fingers_per_s": point.fingers_per_s} for point in load.points]
    around = report.run_context({"path": "synthetic fingers", "subjects": subjects}, {})
    document = {
        "kind": "fingerprint-search",
        **around,
        "searches": load.searches,
        "template_bytes": load.median_template_bytes,
        "points": {str(row["fingers"]): row for row in rows},
    }
    sizes = [float(row["fingers"]) for row in rows]
    drawn = {
        language.text("Time of a search"): plots.curve_plot(
            {language.text("Median"): (sizes, [float(row["search_ms"]) for row in rows])},
            language.text("Fingers in the gallery"),
            language.text("Milliseconds"),
        )
    }
    outputs.write(program, document, drawn, language.text("Search among synthetic fingers"))
    lines = [
        language.text("{fingers} fingers: {ms} ms a search.", fingers=row["fingers"], ms=f"{row['search_ms']:.0f}")
        for row in rows
    ]
    program.output.result(document, [*lines, outputs.written(program)])
