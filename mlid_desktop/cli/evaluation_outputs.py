"""Where ``mlid evaluate`` writes: options, checked before anything is measured, and the report at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli.context import Program
from mlid_desktop.station.documents.output_files import require_folder, require_writable
from mlid_desktop.station.text.language import N_ as _

REPORT_FILES = ("report.json", "report.html")
OutOption = Annotated[Path, typer.Option("--out", help=_("Folder for report.json and report.html."))]
SaveOption = Annotated[Path | None, typer.Option("--save", help=_("Keep the numbers as a baseline in this file."))]
CompareOption = Annotated[Path | None, typer.Option("--compare", help=_("Compare with this baseline."))]
TableOption = Annotated[Path, typer.Option("--out", help=_("File for the calibration."))]


@dataclass(frozen=True, slots=True)
class EvaluationOutputs:
    """The folder of a report, and the files of the baselines to save and to compare with."""

    folder: Path
    save: Path | None
    compare: Path | None
    replace: bool

    @classmethod
    def checked(
        cls, folder: Path, save: Path | None = None, compare: Path | None = None, *, replace: bool
    ) -> EvaluationOutputs:
        """The outputs, once it is known that they can be written. Raises UsageError: USAGE_OUTPUT_EXISTS where one is
        there and ``replace`` is not asked, USAGE_OUTPUT_IS_INPUT for a baseline that is compared with,
        USAGE_OUTPUT_UNWRITABLE."""
        require_folder(folder, REPORT_FILES, replace=replace)
        if save is not None:
            require_writable(save, [] if compare is None else [compare], replace=replace)
        return cls(folder, save, compare, replace)

    def finish(
        self,
        program: Program,
        document: dict[str, Any],
        drawn: dict[str, str],
        title: str,
        sentences: Sequence[str] = (),
    ) -> None:
        """Compares with the baseline, writes the report and the new baseline, and prints the headline rates, or the
        sentences where a rate is nothing without what it rests on."""
        from mlid_desktop.evaluation.report import report  # noqa: PLC0415 - late: start-up of the other commands
        from mlid_desktop.station.documents.measurement_page import percent  # noqa: PLC0415 - late: as above

        if self.compare is not None:
            document["compared"] = report.compare_baseline(self.compare, document)
        self.write(program, document, drawn, title, sentences)
        if self.save is not None:
            report.save_baseline(self.save, document, replace=self.replace)
        lines = [
            f"{name}: {percent(rate)}" + ("" if bounds is None else f" ({percent(bounds[0])} – {percent(bounds[1])})")
            for name, (rate, bounds) in report.headline_rates(document).items()
        ]
        program.output.result(document, [*(sentences or lines), self.written(program)])

    def write(
        self,
        program: Program,
        document: dict[str, Any],
        drawn: dict[str, str],
        title: str,
        sentences: Sequence[str] = (),
    ) -> None:
        """Writes the report."""
        from mlid_desktop.evaluation.report import report  # noqa: PLC0415 - late: start-up of the other commands

        report.write_report(self.folder, document, drawn, title, program.language, sentences, replace=self.replace)

    def written(self, program: Program) -> str:
        """The sentence that says where the report is."""
        return program.language.text("Report written to {folder}.", folder=self.folder)
