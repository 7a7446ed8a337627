"""``mlid vault backup``, ``backups``, ``forget-backup`` and ``restore``: backups of a vault, and vaults made of
them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.vault import CodeOption, FolderArgument
from mlid_desktop.cli.vault_people import vault_commands
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.vault_admin import BackupReport, Credential
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import N_ as _

__all__ = ["vault_commands"]  # those of the file before, and these

BackupArgument = Annotated[str, typer.Argument(help=_("Folder of the backup."))]


@vault_commands.command("backup")
def back_up(
    folder: FolderArgument,
    target: Annotated[str, typer.Argument(help=_("Folder of the new backup."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write a backup."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        with program.output.progress(program.language.text("Writing")):
            made = unlocked.session.administration.back_up(target)
        program.output.result(
            {"backup": made.backup_id, "place": made.location},
            [program.language.text("Wrote a backup to {folder}.", folder=made.location)],
        )


@vault_commands.command("backups")
def list_backups(
    folder: FolderArgument,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """The backups that this vault made: erasures reach them, and certificates name those that they do not reach."""
    program = Program.start(as_json=as_json)
    language = program.language
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        made = unlocked.session.administration.backups()
    document = [
        {"backup": backup.backup_id, "made_at": backup.made_at.isoformat(), "place": backup.location} for backup in made
    ]
    lines = [f"{backup.backup_id}  {language.moment(backup.made_at)}  {backup.location}" for backup in made]
    program.output.result({"backups": document}, lines or [language.text("None was made yet")])


@vault_commands.command("forget-backup")
def forget_backup(
    folder: FolderArgument,
    backup: Annotated[str, typer.Argument(help=_("Identifier of the backup, as the list of backups has it."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take a backup that was destroyed off the list: certificates of erasure do not name it any more."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        unlocked.session.administration.forget_backup(backup)
        program.output.result({"forgotten": backup}, [program.language.text("The backup was taken off the list.")])


@vault_commands.command("ledger")
def export_ledger(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", help=_("File to write."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write the list of erasures to a file: a copy of an earlier day is rid of the same people by it."""
    program = Program.start(as_json=as_json)
    options.require_output(out, passphrase_file, replace=force)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        write_private(out, unlocked.session.administration.export_erasures(), replace=force)
        program.output.written(out)


@vault_commands.command("replay-erasures")
def replay_erasures(
    folder: FolderArgument,
    ledger: Annotated[Path, typer.Argument(help=_("List of erasures of a later day than this copy of the vault."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Erase again whom a list of erasures of a later day names, after an older copy of the vault was put back
    (supervisor and a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.REPLAY_ERASURES, second, second_passphrase_file)
        erased = unlocked.session.administration.replay_erasures(ledger, confirmed)
        said = program.language.plural(
            "{number} person was erased again.", "{number} people were erased again.", erased
        )
        program.output.result({"erased": erased}, [said])


@vault_commands.command("restore")
def restore(
    backup: BackupArgument,
    folder: Annotated[Path | None, typer.Argument(help=_("Folder of the vault to be made."))] = None,
    verify: Annotated[bool, typer.Option("--verify", help=_("Read the whole backup and make no vault."))] = False,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help=_("List of erasures of a later day than the backup."))
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help=_("Put the vault that is there aside, and this in its place."))
    ] = False,
    with_code: Annotated[bool, typer.Option("--recovery-code", help=_("Open it by the recovery code."))] = False,
    code_file: CodeOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Make a vault of a backup (supervisor and a second person, or recovery code)."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    if folder is None and not verify:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="FOLDER")
    if with_code or code_file is not None:
        opens = Credential(None, options.read_passphrase(code_file, text("Recovery code: ")), is_recovery_code=True)
    else:
        opens = Credential(operator, options.read_passphrase(passphrase_file, text("Passphrase: ")))
    admin = program.station.vault_admin()
    aside: Path | None = None
    with program.output.progress(text("Reading")):
        if folder is None or verify:
            report = admin.verify(backup, opens)
        else:
            other = None
            if second is not None:
                asked = options.read_passphrase(second_passphrase_file, text("Second person's passphrase: "))
                other = Credential(second, asked)
            if replace:
                replaced = admin.replace(backup, folder, opens, other, ledger)
                report, aside = replaced.report, replaced.set_aside
            else:
                report = admin.restore(backup, folder, opens, other, ledger)
    made = None if verify else folder
    said = [text("The backup is whole.") if made is None else text("Made a vault in {folder}.", folder=made)]
    if aside is not None:
        said.append(text("What was there before is in {folder}.", folder=aside))
    program.output.result({**_document(report, made), "set_aside": None if aside is None else str(aside)}, said)


def _document(report: BackupReport, folder: Path | None) -> dict[str, object]:
    return {
        "backup": report.backup_id,
        "vault": report.vault_id,
        "made_at": report.made_at.isoformat(),
        "subjects": report.subjects,
        "records": report.records,
        "left_out": report.left_out,
        "whole": True,
        "folder": None if folder is None else str(folder),
    }
