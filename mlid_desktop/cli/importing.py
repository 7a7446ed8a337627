"""``mlid import``: enrol people from a folder of pictures and a list."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.capture_progress import capture_progress
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, UnlockedProgram, handed_out, leave
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.people_csv import harmless_cell
from mlid_desktop.station.services.importing.bulk_import import ImportList, ImportRow, RowOutcome, RowReport, read_list
from mlid_desktop.station.text.language import N_ as _

EXIT_SOME_REFUSED = 3  # as where a person must look at what did not go through
SEPARATORS = {";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
OUTCOMES = {
    RowOutcome.SAVED: _("saved"),
    RowOutcome.WOULD_BE_SAVED: _("would be saved"),
    RowOutcome.THERE_ALREADY: _("there already"),
    RowOutcome.REFUSED: _("refused"),
    RowOutcome.FAULTY: _("faulty"),
}


def import_people(
    folder: Annotated[Path, typer.Argument(help=_("Folder of the pictures."))],
    vault: options.VaultOption,
    csv_file: Annotated[Path, typer.Option("--csv", help=_("The list: who, consent, and which picture is whose."))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Go through everything and save nothing."))] = False,
    resume: Annotated[bool, typer.Option("--resume", help=_("Skip numbers that are enrolled already."))] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help=_("Write what became of each row to this CSV."))
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help=_("How the list is encoded, such as windows-1256; else found out."))
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Enrol people from a folder of pictures and a list, each whole or not at all (supervisor)."""
    program = Program.start(as_json=as_json)
    if not folder.is_dir():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(folder))
    if report is not None:
        options.require_output(report, csv_file, folder, passphrase_file, replace=force)
    now = program.station.clock.now()
    listed = read_list(folder, csv_file, now, encoding)  # what cannot be used is said before a passphrase is asked for
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        fields = unlocked.session.site_fields.schema()
        if fields.fields:
            listed = read_list(folder, csv_file, now, encoding, fields)
        _tell_of_list(program, listed)
        done = list(listed.faulty)
        try:
            done.extend(_imported(unlocked, listed.rows, dry_run=dry_run, resume=resume))
        finally:  # what stops everything leaves the report of what went before, to resume by
            done.sort(key=lambda row: row.line)
            written = report is None or _written(program, report, done, replace=force)
    _tell(program, listed, done)
    if not written:
        leave(EXIT_NOT_HANDED_OUT)
    if any(row.outcome in (RowOutcome.REFUSED, RowOutcome.FAULTY) for row in done):
        leave(EXIT_SOME_REFUSED)


def _imported(
    unlocked: UnlockedProgram, rows: Sequence[ImportRow], *, dry_run: bool, resume: bool
) -> Iterator[RowReport]:
    program, session = unlocked.program, unlocked.session

    def open_source(address: str, modality: Modality) -> Source:
        return program.station.open_source(address, modality, session)

    with capture_progress(program.output, program.language.text("Importing")) as publish:
        session.galleries.progress = publish.show_gallery
        yield from session.bulk_import.run(open_source, rows, publish, dry_run=dry_run, resume=resume)


def _written(program: Program, report: Path, done: Sequence[RowReport], *, replace: bool) -> bool:
    return handed_out(program, lambda: write_private(report, _table(done), replace=replace))


def _tell_of_list(program: Program, listed: ImportList) -> None:
    """Prints how the import list was read, where it differs from the description: a wrong guess shows before anything
    is saved."""
    text = program.language.text
    if listed.encoding != "utf-8":
        program.output.note(text("The list was read as {encoding}.", encoding=listed.encoding.upper()))
    if listed.separator != ",":
        name = text(SEPARATORS.get(listed.separator, listed.separator))
        program.output.note(text("Its cells are separated by: {separator}.", separator=name))
    if listed.unknown:
        program.output.note(text("Columns that were skipped: {names}.", names=", ".join(listed.unknown)))


def _tell(program: Program, listed: ImportList, done: Sequence[RowReport]) -> None:
    language = program.language
    counts = Counter(row.outcome for row in done)
    document = {
        "list": {"encoding": listed.encoding, "separator": listed.separator, "passed_by": list(listed.unknown)},
        "counts": {outcome.value: counts[outcome] for outcome in RowOutcome},
        "rows": [
            {"line": row.line, "number": row.number, "outcome": row.outcome.value, "why": row.why} for row in done
        ],
    }
    rows = [(str(row.line), row.number, language.text(OUTCOMES[row.outcome]), row.why) for row in done]
    heads = [language.text(head) for head in (_("Line"), _("Number"), _("Outcome"), _("Why"))]
    program.output.table(document, heads, rows, language.text("The list has no rows."))


def _table(done: Sequence[RowReport]) -> bytes:
    text = io.StringIO()
    rows = [(row.line, harmless_cell(row.number), row.outcome.value, row.why) for row in done]
    csv.writer(text, lineterminator="\n").writerows([("line", "number", "outcome", "why"), *rows])
    return text.getvalue().encode()
