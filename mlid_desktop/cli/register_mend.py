"""``mlid register mend``: a server that was restored from an older state gets back what it lost."""

from __future__ import annotations

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.register.mending import unheard_words


def register(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("mend")(mend)


def mend(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Put back what a server lost that was restored from an older state (supervisor, with a second person), from the
    desk that saw the most of it."""
    program = Program.start(as_json=as_json)
    language = program.language
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        plan = unlocked.session.register.plan_to_mend()
        lacks = language.text("Changes that the server lacks, and this desk saw: {changes}.", changes=plan.lacks)
        program.output.note(lacks)
        if plan.unheard:
            program.output.note(unheard_words(plan, language))
        confirmed = unlocked.require_second(Act.RESTORE, second, second_passphrase_file)
        changes = unlocked.session.register.mend(confirmed)
        said = language.text("Changes put back: {changes}. Other desks go on by themselves.", changes=changes)
        program.output.result({"changes": changes, "unheard": list(plan.unheard)}, [said])
