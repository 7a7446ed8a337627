"""The report that ``mlid evaluate calibrate`` prints about the calibration table it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.cli.context import Program
from mlid_desktop.station.documents.output_files import require_folder, require_writable

if TYPE_CHECKING:
    from mlid_desktop.evaluation.calibration_run import CalibrationRun


def require_table(out: Path, inputs: Iterable[Path] = (), *, replace: bool) -> None:
    """Checks that the calibration table can be written, before anything is compared. Raises UsageError."""
    if out.parent.exists():
        require_writable(out, inputs, replace=replace)
    else:
        require_folder(out.parent, [out.name])


def report_calibration(program: Program, run: CalibrationRun, out: Path, *, replace: bool) -> None:
    """Writes the calibration table, and says how far its data carry."""
    from mlid_desktop.evaluation import calibration_run  # noqa: PLC0415 - late: start-up of the other commands

    language = program.language
    calibration_run.write_calibration(out, run.calibration, replace=replace)
    made = run.calibration
    document = {
        "dataset": made.dataset,
        "extractor": made.extractor,
        "people": made.people,
        "genuine": made.genuine,
        "impostor": made.impostor,
        "limit_fmr": made.limit_fmr,
        "groups": made.groups,
        "merged": [list(pair) for pair in run.merged],
        "missed": run.missed,
        "file": str(out),
    }
    lines = [
        language.text(
            "{people} people, {impostor} comparisons of strangers.", people=made.people, impostor=made.impostor
        ),
        language.text("Better than 1 in {number} cannot be said from these data.", number=int(1 / made.limit_fmr)),
        language.text("Written to {path}.", path=out),
    ]
    program.output.result(document, lines)
