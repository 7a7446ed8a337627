"""``mlid register alike``: people whom two desks enrolled at about the same time, and who may be one person."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.text.language import N_ as _


def register(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("alike")(alike)


def alike(
    vault: options.VaultOption,
    apart: Annotated[
        tuple[str, str] | None,
        typer.Option("--apart", help=_("Two numbers whose people are two: decided with a second person.")),
    ] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List pairs that two desks enrolled at about the same time and that may be one person, or tell two people
    apart."""
    program = Program.start(as_json=as_json)
    text = program.language.text
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        newcomers = unlocked.session.newcomers
        newcomers.bring_up_to_date()
        if apart is not None:
            confirmed = unlocked.require_second(Act.DECIDE_SEARCH, second, second_passphrase_file)
            first, other = (unlocked.session.subjects.by_number(number).subject_id for number in apart)
            newcomers.tell_apart((first, other), confirmed)
        pairs = newcomers.alike()
        lines = [
            text(
                "{name}, No. {number}, and {other}, No. {other_number}: one person?",
                name=first.name,
                number=first.number,
                other=second_person.name,
                other_number=second_person.number,
            )
            for first, second_person in pairs
        ]
        document = {"alike": [[person.number for person in pair] for pair in pairs]}
        program.output.result(document, lines or [text("No pair waits for a decision.")])
