"""``mlid stats``: anonymous figures of what was done with a vault."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.documents.figure_sheet import HEADS, figure_lines, figures_csv
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.figures.period import PeriodKind
from mlid_desktop.station.text.language import N_ as _

stats_commands = typer.Typer(no_args_is_help=True, help=_("Anonymised statistics."))


@stats_commands.command("export")
def export_statistics(
    vault: options.VaultOption,
    out: Annotated[Path | None, typer.Option("--out", help=_("Write a CSV to this file."))] = None,
    period: Annotated[PeriodKind, typer.Option("--period", help=_("Which stretch of time."))] = PeriodKind.ALL,
    on: Annotated[str, typer.Option("--on", help=_("A day in it, as 2026-01-31; today without."))] = "",
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Figures by hour, day or month, without identifiers; counts under 5 are not told (supervisor, auditor)."""
    program = Program.start(as_json=as_json)
    if out is not None:
        options.require_output(out, passphrase_file, replace=force)
    language, day = program.language, _day(on)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        figures = unlocked.session.figures
        table = figures.table_to_export(figures.period(period, day))
        if out is not None:
            write_private(out, figures_csv(table), replace=force)
        document = {
            "period": {"kind": period.value, "first": f"{table.period.first}", "last": f"{table.period.last}"},
            "rows": [asdict(row) for row in table.rows],
        }
        heads = [language.text(head) for head in HEADS]
        program.output.table(document, heads, figure_lines(table, language), language.text("Nothing was counted yet."))


def _day(told: str) -> date | None:
    """The day of the option. Raises UsageError(USAGE_BAD_ARGUMENT)."""
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--on") from None
