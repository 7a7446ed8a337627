"""``mlid vault``: create, check and administer a vault, its operators and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.administration.vault_admin import KdfCost, SecondFounder, new_code
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.notices import FOUNDED_BY_ONE

vault_commands = typer.Typer(no_args_is_help=True, help=_("Create, check and look after a vault."))
FolderArgument = Annotated[Path, typer.Argument(help=_("Folder of the vault."))]
NewPassphraseOption = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help=_("File with the new passphrase; asked for otherwise."))
]
CodeOption = Annotated[
    Path | None, typer.Option("--code-file", help=_("File with the recovery code; asked for otherwise."))
]
DeepOption = Annotated[bool, typer.Option("--deep", help=_("Encrypt every record again too."))]


@vault_commands.command("create")
def create_vault(
    folder: Annotated[Path, typer.Argument(help=_("Folder of the new vault."))],
    demo: Annotated[
        bool, typer.Option("--demo", help=_("Recorded and simulated sources count in this vault."))
    ] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: Annotated[str, typer.Option("--operator", help=_("Name of the first supervisor."))] = "supervisor",
    second: Annotated[str | None, typer.Option("--second", help=_("Who creates the vault with the first."))] = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    second_role: Annotated[Role, typer.Option("--second-role", help=_("What they may do."))] = Role.SUPERVISOR,
    as_json: options.JsonOption = False,
) -> None:
    """Create a vault with its first supervisor, best together with a second person: each types a passphrase that the
    other does not see."""
    program = Program.start(as_json=as_json)
    passphrase = options.read_passphrase(passphrase_file, program.language.text("Passphrase: "))
    founder = None
    if second is not None:
        typed = options.read_passphrase(second_passphrase_file, program.language.text("Second person's passphrase: "))
        founder = SecondFounder(second, second_role, typed)
    session = program.station.create_vault(folder, operator, passphrase, demo=demo, second=founder)
    vault_id, cost = session.vault_id, session.administration.passphrase_cost()
    session.lock()
    if founder is None and not demo:
        program.output.note(program.language.text(FOUNDED_BY_ONE))
    program.output.result(
        {"vault": vault_id, "demo": demo, "folder": str(folder), "operator": operator, "second": second}
        | {"passphrase_cost": cost_document(cost)},
        [program.language.text("Created a vault in {folder}.", folder=folder), cost_line(cost, program.language)],
    )


def cost_document(cost: KdfCost) -> dict[str, int]:
    """What a guess at a passphrase costs, for scripts."""
    return {"memory_kib": cost.memory_kib, "passes": cost.passes, "lanes": cost.lanes}


def cost_line(cost: KdfCost, language: Language) -> str:
    """What a guess at a passphrase costs, in a sentence."""
    mebibytes = round(cost.memory_kib / 1024)
    return language.text(
        "Each guess at your passphrase takes {memory} MiB of memory and {passes} passes over it (Argon2id).",
        memory=mebibytes,
        passes=cost.passes,
    )


@vault_commands.command("verify")
def verify_vault(
    folder: FolderArgument,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Read every page and every record."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        with program.output.progress(program.language.text("Reading")):
            report = unlocked.session.administration.verify()
        cost = unlocked.session.administration.passphrase_cost()
        program.output.result(
            {"subjects": report.subjects, "records": report.records, "whole": True}
            | {"passphrase_cost": cost_document(cost)},
            [
                program.language.plural(
                    "The vault is whole: {number} person.", "The vault is whole: {number} people.", report.subjects
                ),
                cost_line(cost, program.language),
            ],
        )


@vault_commands.command("add-operator")
def add_operator(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(help=_("Name of the new operator."))],
    role: Annotated[Role, typer.Option("--role", help=_("What the operator may do."))] = Role.OPERATOR,
    new_passphrase_file: NewPassphraseOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Give another person access (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.ADMIT_OPERATOR, second, second_passphrase_file)
        fresh = options.read_passphrase(new_passphrase_file, program.language.text("New operator's passphrase: "))
        unlocked.session.administration.add_operator(name, role, fresh, confirmed)
        program.output.result(
            {"operator": name, "role": role.value}, [program.language.text("Added {name}.", name=name)]
        )


@vault_commands.command("remove-operator")
def remove_operator(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(help=_("Who is to be taken out."))],
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take somebody's access away; keys are changed and everything is encrypted again (supervisor, with a second
    person where there is a third)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.REMOVE_OPERATOR, second, second_passphrase_file, leaving=name)
        with program.output.progress(program.language.text("Encrypting again")):
            unlocked.session.administration.remove_operator(name, confirmed)
        program.output.result({"removed": name}, [program.language.text("Removed {name}.", name=name)])


@vault_commands.command("rotate")
def rotate(
    folder: FolderArgument,
    deep: DeepOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Change the keys that everything hangs on; passphrases stay (supervisor)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        with program.output.progress(program.language.text("Encrypting again")):
            unlocked.session.administration.rotate_keys(deep=deep)
        program.output.result({"rotated": True, "deep": deep}, [program.language.text("The keys were changed.")])


@vault_commands.command("passwd")
def change_passphrase(
    folder: FolderArgument,
    device: Annotated[
        bool | None,
        typer.Option("--device/--no-device", help=_("Tie the passphrase to this machine's key store, or untie it.")),
    ] = None,
    new_passphrase_file: NewPassphraseOption = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Change your own passphrase."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    present = options.read_passphrase(passphrase_file, text("Passphrase: "))
    session = program.station.unlock_vault(folder, operator, present)
    try:
        fresh = options.read_passphrase(new_passphrase_file, text("New passphrase: "))
        session.administration.change_passphrase(present, fresh, to_device=device)
    finally:
        session.lock()
    program.output.result({"changed": True}, [text("The passphrase was changed.")])


@vault_commands.command("recovery-code")
def recovery_code(
    folder: FolderArgument,
    again_file: Annotated[
        Path | None,
        typer.Option("--again-file", help=_("Where the code is read again once it was shown; asked for otherwise.")),
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Make the code for the day when every passphrase is forgotten. It is shown once: write it down (supervisor, with a
    second person where there is one)."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.MAKE_RECOVERY_CODE, second, second_passphrase_file)
        code = new_code()
        program.output.note(text("Recovery code: {code}", code=code))
        again = options.read_passphrase(again_file, text("Write it down, then type it from the paper: "))
        unlocked.session.administration.set_recovery_code(code, again, confirmed)
        program.output.result({"recovery_code": True}, [text("This code opens the vault from now on. Lock it away.")])


@vault_commands.command("recover")
def recover(
    folder: FolderArgument,
    operator: Annotated[str, typer.Option("--operator", help=_("Who gets a new passphrase."))],
    code_file: CodeOption = None,
    new_passphrase_file: NewPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Give somebody a new passphrase by the recovery code; whoever is alone admits somebody new by it. For a day of the
    vault's own time the person confirms nothing for others, and everybody is told."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    code = options.read_passphrase(code_file, text("Recovery code: "))
    fresh = options.read_passphrase(new_passphrase_file, text("New passphrase: "))
    program.station.vault_admin().recover(folder, code, operator, fresh)
    program.output.result({"recovered": operator}, [text("{name} has a new passphrase.", name=operator)])


@vault_commands.command("migrate")
def migrate(
    folder: FolderArgument,
    backup: Annotated[str | None, typer.Option("--backup", help=_("Folder of a new backup, made first."))] = None,
    without_backup: Annotated[bool, typer.Option("--without-backup", help=_("Make no backup first."))] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Update a vault of an earlier version of this program."""
    if (backup is None) is not without_backup:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--backup | --without-backup")
    program = Program.start(as_json=as_json)
    text = program.language.text
    passphrase = options.read_passphrase(passphrase_file, text("Passphrase: "))
    with program.output.progress(text("Updating")) as bar:

        def progress(share: float) -> None:
            bar.update(bar.task_ids[0], completed=share)

        migrated = program.station.vault_admin().migrate(folder, operator, passphrase, backup, progress)
    said = [text("The vault was updated.") if migrated else text("The vault is of the present version.")]
    if migrated and backup is not None:
        said.append(text("Wrote a backup to {folder}.", folder=backup))
    program.output.result({"migrated": migrated}, said)


@vault_commands.command("clock")
def clock(
    folder: FolderArgument,
    right: Annotated[
        bool, typer.Option("--right", help=_("The clock of this machine is right: go by it again (supervisor)."))
    ] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Which time the vault goes by, and whether the clock of this machine can be right."""
    program = Program.start(as_json=as_json)
    language = program.language
    with program.unlocked(folder, operator, passphrase_file) as unlocked:
        if right:
            unlocked.session.administration.trust_clock()
        machine, now = program.station.clock.now(), unlocked.session.now()
        is_wrong = unlocked.session.clock_is_wrong
        document = {"machine": machine.isoformat(), "vault": now.isoformat(), "clock_is_wrong": is_wrong}
        lines = [
            language.text("This machine: {time}", time=language.moment(machine)),
            language.text("The vault: {time}", time=language.moment(now)),
        ]
        program.output.result(document, lines)
