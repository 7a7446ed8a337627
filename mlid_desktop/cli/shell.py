"""``mlid shell``: commands typed one after another, the vault unlocked once, and locked when nobody types."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from queue import Empty, SimpleQueue

from mlid_desktop.cli import options
from mlid_desktop.cli.batch_requests import NOT_IN_A_BATCH, find_row
from mlid_desktop.cli.command_run import run_command, vault_defaults
from mlid_desktop.cli.command_table import COMMANDS, load_command, translate_help
from mlid_desktop.cli.context import Program
from mlid_desktop.cli.shared_desk import SharedDesk
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.text.exit_codes import exit_code

PROMPT = "mlid> "
THREAD = "typed lines"
ENDS = frozenset({"exit", "quit", "lock"})
HELP = frozenset({"help", "?", "--help"})


def shell(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
) -> None:
    """Type commands one after another, the vault unlocked once."""
    program = Program.start(as_json=False)
    text, minutes = program.language.text, program.station.settings.auto_lock_minutes
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        desk = SharedDesk(program.station, unlocked.session, vault, asks=True)
        typed = TypedLines(PROMPT if sys.stdin is not None and sys.stdin.isatty() else "")
        program.output.note(text("Commands as after “mlid”; “help” lists them, “exit” locks the vault."))
        with desk.in_use(), closing(typed):
            while (line := typed.read(60.0 * minutes)) is not None and line.strip() not in ENDS:
                run_typed(line, program, desk)
    if line is None and typed.tired:
        program.output.note(text("Locked, as nothing was typed for {minutes} minutes.", minutes=minutes))


def run_typed(line: str, program: Program, desk: SharedDesk) -> int:
    """Runs a typed command, and returns its exit code; nothing was typed: 0."""
    tell = program.output.fault
    try:
        words = split_words(line)
        if not words:
            return 0
        if words[0] in HELP:
            tell_commands(program)
            return 0
        command = load_command(find_row(words[0]))
    except UsageError as fault:
        tell(fault)
        return exit_code(fault)
    translate_help(command, program.language)
    return run_command(command, words[1:], tell, vault_defaults(words[1:2], desk.folder), f"mlid {words[0]}")


def split_words(line: str) -> list[str]:
    """The words of a typed line, quoted as in a shell. Raises UsageError(USAGE_BAD_ARGUMENT) where a quotation does not
    end."""
    try:
        return shlex.split(line)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=line.strip()) from None


def tell_commands(program: Program) -> None:
    """Notes every command that can be typed, with its purpose."""
    for row in COMMANDS:
        if row.name not in NOT_IN_A_BATCH:
            program.output.note(f"{row.name}: {program.language.text(row.purpose)}")


class TypedLines:
    """Reads lines from standard input on a thread of its own, each only when it is asked for, so that waiting can end
    and a command has the keyboard to itself. ``tired`` says that it ended."""

    def __init__(self, prompt: str, read: Callable[[str], str] = input) -> None:
        self._prompt = prompt
        self._read = read
        self._asked = threading.Semaphore(0)
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._closed = False
        self.tired = False
        threading.Thread(target=self._run, name=THREAD, daemon=True).start()

    def read(self, patience_s: float) -> str | None:
        """The next line; None at the end of the input, or after so many seconds without one."""
        self._asked.release()
        try:
            return self._lines.get(timeout=patience_s)
        except Empty:
            self.tired = True
            return None

    def close(self) -> None:
        """Ends the thread; one that waits for a line ends with the input, or the program."""
        self._closed = True
        self._asked.release()

    def _run(self) -> None:
        while self._asked.acquire() and not self._closed:
            try:
                self._lines.put(self._read(self._prompt))
            except (EOFError, OSError, ValueError, UnicodeDecodeError):
                self._lines.put(None)
                return
