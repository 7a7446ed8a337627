"""``mlid audit``: checks, shows and exports the audit, signs checkpoints, writes the day's report."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program, leave
from mlid_desktop.domain.audit import AuditEntry, AuditFinding, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.administration.audit_reports import (
    audit_finding_text,
    check_export_file,
    checkpoint_characters,
    read_checkpoint_file,
)
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.pdf import write_sheet
from mlid_desktop.station.text.exit_codes import EXIT_FAULT
from mlid_desktop.station.text.language import N_ as _

audit_commands = typer.Typer(no_args_is_help=True, help=_("What was done at this desk, and whether it still stands."))

OutOption = Annotated[Path, typer.Option("--out", help=_("Write to this file."))]
AgainstOption = Annotated[
    Path | None, typer.Option("--against", help=_("A checkpoint that was kept outside the vault."))
]


@audit_commands.command("verify")
def verify(
    vault: Annotated[Path | None, typer.Option("--vault", envvar="MLID_VAULT", help=_("Folder of the vault."))] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help=_("Check this exported audit instead of a vault; no key is needed."))
    ] = None,
    against: AgainstOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Read the whole audit; name what was removed, changed, reordered, cut off or put back."""
    program = Program.start(as_json=as_json)
    outside = None if against is None else read_checkpoint_file(against)
    if export is not None:
        checked = check_export_file(export, outside)
        _say(program, checked.entries, checked.finding, {"signed_up_to": _sequence(checked.checkpoint)})
        return
    if vault is None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--vault | --export")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        report = unlocked.session.administration.check_audit(outside)
        more = {
            "checkpoints": report.checkpoints,
            "codes_checked": report.codes_checked,
            "against": _sequence(report.against),
        }
        _say(program, report.entries, report.finding, more)


@audit_commands.command("show")
def show(
    vault: options.VaultOption,
    first: Annotated[int, typer.Option("--from", min=1, help=_("First entry."))] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, help=_("Last entry."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """The entries (supervisor, auditor)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        entries = unlocked.session.administration.audit_entries(first, last)
        heads = [program.language.text(head) for head in (_("Entry"), _("When"), _("What"), _("Facts"))]
        rows = [(str(entry.sequence), _moment(entry.at), entry.event, _facts(entry)) for entry in entries]
        document = {
            "entries": [
                {
                    "sequence": entry.sequence,
                    "at": entry.at.isoformat(),
                    "event": entry.event,
                    "facts": dict(entry.facts),
                }
                for entry in entries
            ]
        }
        program.output.table(document, heads, rows, program.language.text("There is no entry."))


@audit_commands.command("export")
def export_entries(
    vault: options.VaultOption,
    out: OutOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write the audit to a file that can be checked without any key (supervisor, auditor)."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        exported = unlocked.session.administration.export_audit()
        write_private(out, exported, replace=force)
        program.output.written(out, lines=exported.count(b"\n"))


@audit_commands.command("checkpoint")
def checkpoint(
    vault: options.VaultOption,
    out: OutOption,
    newest: Annotated[
        bool, typer.Option("--newest", help=_("Write the one that was signed last, and sign none (everybody)."))
    ] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Sign how far the audit has come, and write it to a file to be kept outside the vault (supervisor)."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        administration = unlocked.session.administration
        signed = administration.newest_checkpoint() if newest else administration.sign_checkpoint()
        if signed is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--newest")
        write_private(out, (checkpoint_characters(signed) + "\n").encode(), replace=force)
        program.output.written(out, sequence=signed.sequence)


@audit_commands.command("report")
def report(
    vault: options.VaultOption,
    out: OutOption,
    day: Annotated[str | None, typer.Option("--day", help=_("Which day, such as 2026-01-31; today otherwise."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """The day's report as PDF, with a signed checkpoint as QR code (supervisor)."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, replace=force)
    try:
        wanted = program.station.clock.now().astimezone().date() if day is None else date.fromisoformat(day)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--day") from None
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        sheet = unlocked.session.administration.report_of_day(wanted, program.language)
        write_sheet(out, sheet, program.language, replace=force)
        program.output.written(out, day=wanted.isoformat())


def _say(program: Program, entries: int, finding: AuditFinding | None, more: dict[str, Any]) -> None:
    language = program.language
    found = None if finding is None else {"fault": finding.fault.value, "entry": finding.entry}
    whole = language.plural("The audit is whole: {number} entry.", "The audit is whole: {number} entries.", entries)
    lines = [whole if finding is None else audit_finding_text(finding, language)]
    program.output.result({"whole": finding is None, "entries": entries, "finding": found} | more, lines)
    if finding is not None:
        leave(EXIT_FAULT)


def _facts(entry: AuditEntry) -> str:
    return "  ".join(f"{name}={value}" for name, value in sorted(entry.facts.items()) if value != "")


def _moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _sequence(signed: Checkpoint | None) -> int | None:
    return None if signed is None else signed.sequence
