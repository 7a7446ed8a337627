"""``mlid batch``: many commands from a file of JSON lines, the vault unlocked once.

A line names a command (``command``), its options by their long names (``options``), its arguments (``arguments``) and
an identifier that comes back (``id``). Its answer holds the exit code that the command alone would have had. The batch
leaves with 0 where every line was answered, whatever the answer; with 2 where a line was wrong, and with 4 where one
failed.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.batch_requests import (
    answers_in_json,
    checked_request,
    command_arguments,
    find_command,
    parse_line,
    read_lines,
)
from mlid_desktop.cli.command_run import EXIT_BUG, run_command, vault_defaults
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, leave
from mlid_desktop.cli.shared_desk import SharedDesk
from mlid_desktop.domain.errors import Code, MlidError, StationError, UsageError
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.exit_codes import EXIT_FAULT, EXIT_USAGE, exit_code
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

STANDARD_INPUT = "-"
NOT_ANSWERED = (EXIT_FAULT, EXIT_NOT_HANDED_OUT, EXIT_BUG)  # what a line may leave with that is no answer


@dataclass(slots=True)
class LineAnswer:
    """What became of a line: the exit code of its command, its JSON document or the lines it said instead, what it
    noted besides, and its fault."""

    exit: int = 0
    result: Any = None
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str | None = None

    def document(self, line: int, identifier: str | int | None) -> dict[str, Any]:
        """The answer as it is written, with the line it is to and that line's identifier."""
        return {
            "line": line,
            "id": identifier,
            "exit": self.exit,
            "result": self.result,
            "said": self.said,
            "notes": self.notes,
            "fault": self.fault,
        }


def batch(
    file: Annotated[
        str,
        typer.Argument(help=_("A file of JSON lines, a command in each; - is standard input.")),
    ],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
) -> None:
    """Run commands from a file, the vault unlocked once."""
    program = Program.start(as_json=True)
    worst = 0
    with _opened(file) as stream, program.unlocked(vault, operator, passphrase_file) as unlocked:
        desk = SharedDesk(program.station, unlocked.session, vault, asks=False)
        with desk.in_use(), program.output.progress(program.language.text("Batch")) as bar:
            for number, untrusted in read_lines(stream):
                bar.update(bar.task_ids[0], total=None, note=str(number))
                identifier, answer = answer_line(untrusted, desk, program.language)
                sys.stdout.write(json.dumps(answer.document(number, identifier), ensure_ascii=False) + "\n")
                sys.stdout.flush()
                worst = _worse(worst, answer.exit)
    if worst:
        leave(worst)


def answer_line(untrusted: bytes, desk: SharedDesk, language: Language) -> tuple[str | int | None, LineAnswer]:
    """Runs what a line asks, and returns the line's identifier with the answer. Raises nothing but
    StationError(STATION_OUTPUT_LOST)."""
    answer, identifier = LineAnswer(), None

    def tell(fault: MlidError) -> None:
        if fault.code is Code.STATION_OUTPUT_LOST:
            raise fault
        answer.fault = fault.code.value
        answer.notes.append(str(sentence(fault, language)))

    try:
        identifier, found = parse_line(untrusted)
        request = checked_request(found)
        command = find_command(request.words)
        arguments = command_arguments(request, command)
    except UsageError as fault:
        tell(fault)
        answer.exit = exit_code(fault)
        return identifier, answer
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        defaults = vault_defaults(command.names, desk.folder)
        answer.exit = run_command(command.first, arguments, tell, defaults, f"mlid {request.words[0]}")
    answer.notes += err.getvalue().splitlines()
    try:
        answer.result = json.loads(out.getvalue()) if answers_in_json(command.inner) else None
    except ValueError:  # nothing was answered, or more than a document
        answer.result = None
    if answer.result is None:
        answer.said = out.getvalue().splitlines()
    return identifier, answer


def _worse(worst: int, code: int) -> int:
    if code in NOT_ANSWERED:
        return EXIT_FAULT
    return max(worst, EXIT_USAGE) if code == EXIT_USAGE else worst


@contextlib.contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """The lines to read. Raises UsageError(USAGE_PATH_MISSING), StationError where standard input is closed."""
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise StationError(Code.STATION_SYSTEM_REFUSED, why="standard input is closed")
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; what is read later must not be called missing
    except (OSError, ValueError):
        raise UsageError(Code.USAGE_PATH_MISSING, path=file) from None
    with stream:
        yield stream
