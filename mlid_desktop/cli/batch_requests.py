"""The lines of a batch: what is asked in one, and how it becomes the arguments of a command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from mlid_desktop.cli.command_table import COMMANDS, CommandRow, load_command
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import unicode_text

MAX_LINE_BYTES = 64 * 1024
MOST_PASSED_OVER = 64  # times that many bytes of one line
MAX_WORDS = 3
NOT_IN_A_BATCH = frozenset({"batch", "shell"})
SHARED_OPTIONS = frozenset({"vault", "operator", "passphrase-file", "json", "help"})
KEYS = frozenset({"id", "command", "options", "arguments"})

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What a line of a batch asks: the ``words`` of a command, its ``options`` by their long names without dashes, and
    its ``arguments``."""

    words: tuple[str, ...]
    options: Mapping[str, Any]
    arguments: tuple[str, ...]


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a batch with their numbers, from 1, but for empty ones; of one that is too long, the beginning,
    which is no request. Raises UsageError(USAGE_BAD_ARGUMENT) for a line that does not end, as of a device."""
    number = 0
    while untrusted := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        passed_over = 0
        while len(untrusted) > MAX_LINE_BYTES and not untrusted.endswith(b"\n"):
            passed_over += 1
            if passed_over > MOST_PASSED_OVER:
                raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"{number}: …")
            if not (rest := stream.readline(MAX_LINE_BYTES)) or rest.endswith(b"\n"):
                break
        if untrusted.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, untrusted


def parse_line(untrusted: bytes) -> tuple[Any, dict[str, Any]]:
    """The identifier of a line, and all that it holds. Raises UsageError(USAGE_BAD_ARGUMENT) for what is no JSON
    object."""
    try:
        found = json.loads(unicode_text(untrusted)) if len(untrusted) <= MAX_LINE_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what='{"command": …, "options": {…}}')
    identifier = found.get("id")
    return (identifier if isinstance(identifier, str | int) else None), found


def checked_request(untrusted: Mapping[str, Any]) -> BatchRequest:
    """What a line asks. Raises UsageError(USAGE_BAD_ARGUMENT) that names what is wrong."""
    unknown = next((key for key in untrusted if key not in KEYS), None)
    if unknown is not None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=unknown)
    command, options = untrusted.get("command"), untrusted.get("options", {})
    words = command.split() if isinstance(command, str) else command
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="command")
    if not 0 < len(words) <= MAX_WORDS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="command")
    arguments = untrusted.get("arguments", [])
    if not isinstance(arguments, list) or not all(_is_scalar(value) for value in arguments):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="arguments")
    if not isinstance(options, dict):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="options")
    return BatchRequest(tuple(words), options, tuple(map(str, arguments)))


def find_row(name: str) -> CommandRow:
    """The row of a command that can be part of a batch. Raises UsageError(USAGE_BAD_ARGUMENT) where there is none."""
    for row in COMMANDS:
        if row.name == name and name not in NOT_IN_A_BATCH:
            return row
    raise UsageError(Code.USAGE_BAD_ARGUMENT, what=name)


@dataclass(frozen=True, slots=True)
class FoundCommand:
    """The Typer command of the first word, the ``inner`` one that the words name, their ``names`` from the second on,
    and the words that are left, which are arguments."""

    first: Any
    inner: Any
    names: tuple[str, ...]
    rest: tuple[str, ...]


def find_command(words: Sequence[str]) -> FoundCommand:
    """The command that words name, such as ``audit show``. Raises UsageError(USAGE_BAD_ARGUMENT) where there is none,
    or none that can be part of a batch."""
    first = inner = load_command(find_row(words[0]))
    names: list[str] = []
    while hasattr(inner, "commands"):
        name = words[len(names) + 1] if len(words) > len(names) + 1 else ""
        inner = inner.commands.get(name)
        if inner is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=" ".join(words))
        names.append(name)
    return FoundCommand(first, inner, tuple(names), tuple(words[len(names) + 1 :]))


def command_arguments(request: BatchRequest, found: FoundCommand) -> list[str]:
    """The arguments by which the first command is called with what a request says. JSON is asked for where the command
    can answer so. Raises UsageError(USAGE_BAD_ARGUMENT) for an option that it does not have, or that the whole batch
    shares."""
    written: list[str] = []
    for name, value in request.options.items():
        yes, no = _spellings(found.inner, name)
        for single in value if isinstance(value, list) else [value]:
            if not _is_scalar(single):
                raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--{name}")
            if isinstance(single, bool):
                written += [yes] if single else no
            else:
                written.append(f"{yes}={single}")
    if answers_in_json(found.inner):
        written.append("--json")
    arguments = [*found.rest, *request.arguments]
    return [*found.names, *written, *(["--", *arguments] if arguments else [])]


def answers_in_json(command: Any) -> bool:
    """Whether a command can answer with a JSON document."""
    return any("--json" in parameter.opts for parameter in command.params)


def _spellings(command: Any, name: str) -> tuple[str, list[str]]:
    """The option of this name as it is written, and how a flag is written that is not wished; nothing where leaving it
    out says so."""
    option = f"--{name}"
    if name not in SHARED_OPTIONS:
        for parameter in command.params:
            if option in parameter.opts:
                return option, list(parameter.secondary_opts[:1])
            if option in parameter.secondary_opts:
                return option, list(parameter.opts[:1])
    raise UsageError(Code.USAGE_BAD_ARGUMENT, what=option)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, Scalar)
