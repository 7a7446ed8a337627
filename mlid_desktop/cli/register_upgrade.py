"""``mlid register upgrade``: the register gets the newest schema that this program knows."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.register_access import AdministratorOption
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.administration.register.upgrading import done_words, plan_words
from mlid_desktop.station.text.language import N_ as _


def register(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("upgrade")(upgrade)


def upgrade(
    vault: options.VaultOption,
    administrator: AdministratorOption = "",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help=_("A desk that may be cut off until its program is newer; repeat for more.")),
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Update the register to the newest version that this program knows, at the desk that leads (supervisor, with a
    second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        register = unlocked.session.register
        plan = register.plan_to_upgrade()
        if plan.is_older:
            program.output.note(plan_words(plan, program.language))
            confirmed = unlocked.require_second(Act.GOVERN, second, second_passphrase_file)
            plan = register.upgrade(administrator, without or (), confirmed)
        document = {
            "from": plan.version,
            "to": plan.newest,
            "cut_off": [desk.name for desk in plan.cut_off],
        }
        program.output.result(document, [done_words(plan, program.language)])
