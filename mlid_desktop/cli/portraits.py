"""``mlid subject portrait``: lists who has a portrait, destroys one alone, and hands it out to the person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, handed_out, leave
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.documents.erasure_certificate import portrait_certificate
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.pdf import write_sheet
from mlid_desktop.station.text.language import N_ as _

portrait_commands = typer.Typer(
    no_args_is_help=True, help=_("Portraits that are kept: whose they are; destroy one, hand it out.")
)
NumberArgument = Annotated[str, typer.Argument(help=_("The person's number."))]


@portrait_commands.command("list")
def list_portraits(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Who has a portrait, also where the policy keeps none any more: those are destroyed one by one."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        everybody = sorted(unlocked.session.subjects.everybody(), key=lambda person: person.number)
        people = [person for person in everybody if person.portrait]
        keeps = unlocked.session.policy.keeps_portraits
        listed = [{"number": person.number, "name": person.name} for person in people]
        program.output.table(
            {"policy_keeps_portraits": keeps, "people": listed},
            [text(head) for head in (_("Number"), _("Name"))],
            [(person.number, person.name) for person in people],
            text("Nobody has a portrait here."),
        )
        if people and not keeps:
            program.output.note(text("The policy of this vault keeps no portraits: they are shown nowhere."))


@portrait_commands.command("withdraw")
def withdraw_portrait(
    number: NumberArgument,
    vault: options.VaultOption,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help=_("Write the certificate of the destruction to this PDF."))
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Destroy the person's portrait; everything else stays. No reason is asked."""
    program = Program.start(as_json=as_json)
    language = program.language
    if certificate is not None:
        options.require_output(certificate, passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        erased = unlocked.session.portraits.withdraw(subject)
        lines, written = [language.text("The portrait of {name} is destroyed.", name=subject.name)], True
        if certificate is not None:
            sheet = portrait_certificate(subject, erased, unlocked.session.vault_id, language)
            written = handed_out(program, lambda: write_sheet(certificate, sheet, language, replace=force))
            if written:
                lines.append(language.text("Written to {path}.", path=str(certificate)))
        held = len(erased.backups)
        if held:
            lines.append(
                language.plural("{number} backup may still hold it.", "{number} backups may still hold it.", held)
            )
        document = {
            "portrait_destroyed": subject.number,
            "ledger_entry": erased.entry.sequence,
            "backups_that_may_hold_it": [
                {"backup": backup.backup_id, "made_at": backup.made_at.isoformat(), "place": backup.location}
                for backup in erased.backups
            ],
        }
        program.output.result(document, lines)
        if not written:
            leave(EXIT_NOT_HANDED_OUT)


@portrait_commands.command("export")
def export_portrait(
    number: NumberArgument,
    vault: options.VaultOption,
    out: Annotated[Path, typer.Option("--out", help=_("Write the picture to this JPEG file."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Hand the person their own portrait, as they asked; two people hand it out."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, second_passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        subject = unlocked.session.subjects.by_number(number)
        confirmed = unlocked.require_second(Act.EXPORT_PERSON, second, second_passphrase_file)
        write_private(out, unlocked.session.portraits.picture_of(subject, confirmed), replace=force)
        program.output.written(out)
