"""``mlid``: the entry point, and the one place where a fault becomes an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from mlid_desktop import __version__
from mlid_desktop.cli.command_run import run_command
from mlid_desktop.cli.command_table import CommandGroup, spoken_commands
from mlid_desktop.cli.output import Output
from mlid_desktop.cli.streams import give_up, prepare_streams
from mlid_desktop.devices.driver_entry import run_hidden_verb
from mlid_desktop.domain.errors import MlidError, StationError
from mlid_desktop.process.environment import prepare_environment
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import read_settings
from mlid_desktop.station.installation.process_hardening import harden_process
from mlid_desktop.station.text.exit_codes import exit_code
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language, open_language

app = typer.Typer(
    name="mlid",
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=_("Enrol people once and check them again, wholly on this machine."),
)


def show_version(asked: bool) -> None:
    """Writes the version and ends the program, where it was asked for."""
    if asked:
        typer.echo(f"mlid {__version__}")
        raise typer.Exit


@app.callback()
def take_program_options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=show_version, help=_("Show the version and end."))
    ] = False,
) -> None:
    """Takes the options that belong to ``mlid`` itself, not to a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one ``mlid`` command and leaves with its exit code: 0 accepted or done, 1 rejected, 2 usage, 3 inconclusive,
    4 fault."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    prepare_environment()
    harden_process()
    hidden = run_hidden_verb(given)
    if hidden is not None:
        sys.exit(hidden)
    prepare_streams()
    sys.exit(run_and_flush(given))


def run_and_flush(arguments: Sequence[str]) -> int:
    """Runs one command, writes out its result and returns the exit code: 4 where the result could not be written."""
    code = run(arguments)
    try:
        sys.stdout.flush()
    except StationError as fault:
        Output(_spoken(), as_json=False).fault(fault)
        give_up()
        return exit_code(fault)
    return code


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; faults are printed on stderr as code and sentence."""
    try:
        language = _spoken()
    except MlidError as fault:
        Output(open_language(resource_folder() / "translations"), as_json=False).fault(fault)
        return exit_code(fault)
    return run_command(spoken_commands(app, language), arguments, Output(language, as_json=False).fault)


def _spoken() -> Language:
    return open_language(resource_folder() / "translations", read_settings().language)


if __name__ == "__main__":
    main()
