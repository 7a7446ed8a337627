"""Where ``mlid evaluate`` writes: options, checked before anything is measured, and the report at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlid_desktop.cli.context import Program, leave
from mlid_desktop.station.documents.measurement import REPORT_FILES, heading, percent
from mlid_desktop.station.documents.output_files import require_folder, require_writable
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from mlid_desktop.evaluation.report.baselines import RateChange

EXIT_WORSE = 1

OutOption = Annotated[Path, typer.Option("--out", help=_("Folder for report.json, report.html and report.pdf."))]
SaveOption = Annotated[Path | None, typer.Option("--save", help=_("Keep the numbers as a baseline in this file."))]
CompareOption = Annotated[
    Path | None, typer.Option("--compare", help=_("Compare with this baseline; exit 1 if significantly worse."))
]
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
        notes: Sequence[str] = (),
    ) -> None:
        """Compares with the baseline, writes the report and the new baseline, and prints the headline rates, or the
        sentences where a rate is nothing without what it rests on. Leaves with 1 where a rate is significantly worse
        than that of the baseline."""
        from mlid_desktop.evaluation.report import baselines  # noqa: PLC0415 - late: start-up of the other commands
        from mlid_desktop.evaluation.report.headline_rates import headline_rates  # noqa: PLC0415 - late: as above

        changes = {} if self.compare is None else baselines.compare_baseline(self.compare, document)
        if self.compare is not None:
            document["compared"] = baselines.change_document(changes)
        self.write(program, document, drawn, title, sentences, notes)
        if self.save is not None:
            baselines.save_baseline(self.save, document, replace=self.replace)
        lines = [
            f"{heading(name, program.language)}: {percent(rate)}"
            + ("" if bounds is None else f" ({percent(bounds[0])} – {percent(bounds[1])})")
            for name, (rate, bounds) in headline_rates(document).items()
        ]
        compared = () if self.compare is None else change_sentences(changes, program.language)
        program.output.result(document, [*(sentences or lines), *compared, self.written(program)])
        if any(change.worse for change in changes.values()):
            leave(EXIT_WORSE)

    def write(
        self,
        program: Program,
        document: dict[str, Any],
        drawn: dict[str, str],
        title: str,
        sentences: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> None:
        """Writes the report."""
        from mlid_desktop.evaluation.report import report  # noqa: PLC0415 - late: start-up of the other commands

        report.write_report(
            self.folder, document, drawn, title, program.language, sentences, notes, replace=self.replace
        )

    def written(self, program: Program) -> str:
        """The sentence that says where the report is."""
        return program.language.text("Report written to {folder}.", folder=self.folder)


def change_sentences(changes: Mapping[str, RateChange], language: Language) -> tuple[str, ...]:
    """What became significantly worse than in the baseline, a sentence each; one sentence where nothing did."""
    worse = tuple(
        language.text(
            "Significantly worse than the baseline: {name}, {before} before, {now} now.",
            name=heading(name, language),
            before=percent(change.before),
            now=percent(change.now),
        )
        for name, change in changes.items()
        if change.worse
    )
    if worse:
        return worse
    if not changes:
        return (language.text("The baseline has no rate that this report has, so nothing was compared."),)
    return (language.text("No rate is significantly worse than in the baseline."),)
