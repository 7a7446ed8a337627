"""``mlid stats``: anonymous counts of what was done with a vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.statistics_csv import statistics_csv, statistics_rows
from mlid_desktop.station.text.language import N_ as _

stats_commands = typer.Typer(no_args_is_help=True, help=_("Anonymised statistics."))


@stats_commands.command("export")
def export_statistics(
    vault: options.VaultOption,
    out: Annotated[Path | None, typer.Option("--out", help=_("Write a CSV to this file."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Counts by month, without identifiers; counts under 5 are not told (supervisor, auditor)."""
    program = Program.start(as_json=as_json)
    if out is not None:
        options.require_output(out, passphrase_file, replace=force)
    language = program.language
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        counted = unlocked.session.subjects.statistics()
        rows = statistics_rows(counted)
        if out is not None:
            write_private(out, statistics_csv(counted), replace=force)
        document = {
            "acts": [
                {"month": act.month, "event": act.event, "kind": act.kind, "count": act.count} for act in counted.acts
            ],
            "templates": dict(counted.templates),
        }
        heads = [language.text(head) for head in (_("Month"), _("What"), _("Kind"), _("How often"))]
        program.output.table(document, heads, rows, language.text("Nothing was counted yet."))
