"""``mlid update``: installs a newer version from a signed file, without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, StationError, UsageError
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.installation.self_check import Installation
from mlid_desktop.station.installation.updater import apply_update, inspect_update, installer_for
from mlid_desktop.station.text.language import N_ as _


def update(
    source: Annotated[Path, typer.Option("--from", help=_("The update, as the publisher gave it out."))],
    vault: Annotated[
        list[Path] | None, typer.Option("--vault", help=_("A vault of this machine; it is backed up first."))
    ] = None,
    backup_to: Annotated[
        Path | None, typer.Option("--backup-to", help=_("Folder for the backups, best on another disk."))
    ] = None,
    no_vault: Annotated[bool, typer.Option("--no-vault", help=_("There is no vault on this machine."))] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check the update, back up the vaults, install it, try its first start; where that fails the version before is put
    back."""
    program = Program.start(as_json=as_json)
    installation = Installation.of_this_program(resource_folder())
    if installation is None:
        raise StationError(Code.STATION_UPDATE_REFUSED, why=program.language.text("this program runs from its sources"))
    if not source.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(source))
    if not no_vault and not (vault and backup_to):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--vault, --backup-to (--no-vault)")
    installer = installer_for(installation)
    offered, before = inspect_update(source, installation, installer.packaging)
    steps = program.language.text("Installing {offered} over {before}.", offered=offered.version, before=before)
    program.output.note(steps)

    def back_up() -> None:
        for folder in vault or ():
            target = (backup_to or Path()) / f"{folder.name}-{before}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            with program.unlocked(folder, operator, passphrase_file) as unlocked:
                unlocked.session.administration.back_up(str(target))
            program.output.note(program.language.text("Backed up {vault} to {folder}.", vault=folder, folder=target))

    done = apply_update(source, installation, installer, back_up)
    program.output.result(
        {"before": done.before, "after": done.after, "vaults": [str(folder) for folder in vault or ()]},
        [program.language.text("Version {after} is installed.", after=done.after)],
    )
