"""``mlid policy``: shows and changes the decision policy of a vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.decision.policy import MAX_POLICY_BYTES
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.text.language import N_ as _

policy_commands = typer.Typer(no_args_is_help=True, help=_("What the desk decides by."))


@policy_commands.command("show")
def show(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """The policy in force."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        identity = unlocked.session.policy.identity
        program.output.result(
            {"name": identity.name, "digest": identity.digest},
            [program.language.text("Policy {name} ({digest})", name=identity.name, digest=identity.digest[:12])],
        )


@policy_commands.command("set")
def change(
    file: Annotated[Path, typer.Argument(help=_("The new policy."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Decide by another policy from the next unlock on (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    content = options.read_bounded(file, MAX_POLICY_BYTES)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.CHANGE_POLICY, second, second_passphrase_file, policy=content)
        identity = unlocked.session.administration.store_policy(content, confirmed)
        program.output.result(
            {"name": identity.name, "digest": identity.digest},
            [program.language.text("From now on: policy {name}.", name=identity.name)],
        )
