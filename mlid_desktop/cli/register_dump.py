"""``mlid register dump-check``: what a dump of a register is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.administration.register.service import DumpReport
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language


def register(commands: typer.Typer) -> None:
    """Adds the command."""
    commands.command("dump-check")(dump_check)


def dump_check(
    file: Annotated[Path, typer.Argument(help=_("What pg_dump wrote of the register, in whatever format."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check a dump of the register without a server: whole, of this register, and how far it goes."""
    program = Program.start(as_json=as_json)
    if not file.exists():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(file))
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        found = unlocked.session.register.check_dump(file)
        document = {
            "change": found.point.number,
            "changes": found.changes,
            "items": found.items,
            "people_under_renewed_keys": found.unopened,
            "behind": found.behind,
        }
        program.output.result(document, _lines(found, program.language))


def _lines(found: DumpReport, language: Language) -> list[str]:
    text = language.text
    lines = [
        text(
            "The dump is whole, and of this register: {items} items, {changes} signed changes.",
            items=found.items,
            changes=found.changes,
        )
    ]
    if found.behind:
        lines.append(
            text(
                "It was made before the newest {changes} changes that this desk saw. "
                "Desks refuse a server that is set back to it.",
                changes=found.behind,
            )
        )
    else:
        lines.append(text("It has every change that this desk saw."))
    if found.unopened:
        lines.append(
            text(
                "People under keys that were renewed since: {people}. Of them the signed sum alone was checked.",
                people=found.unopened,
            )
        )
    return lines
