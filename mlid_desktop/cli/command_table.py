"""Every command of ``mlid`` with the module that has it.

A command is imported when it is called, so that ``--help`` and each short command start without the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language


@dataclass(frozen=True, slots=True)
class CommandRow:
    """The name of one ``mlid`` command and where it is: ``attribute`` of ``mlid_desktop.cli.<module>`` is its function,
    or a group of commands; ``purpose`` is its line in the list of commands."""

    name: str
    module: str
    attribute: str
    purpose: str


COMMANDS: Final = (
    CommandRow("enrol", "enrol_verify_identify", "enrol", _("Enrol a person.")),
    CommandRow("verify", "enrol_verify_identify", "verify", _("Check that a person is who they were enrolled as.")),
    CommandRow("identify", "enrol_verify_identify", "identify", _("Search among all who are enrolled, for review.")),
    CommandRow("records", "records", "records", _("See who is enrolled; read or erase a record.")),
    CommandRow("template", "templates", "template", _("Take or convert the template of a finger.")),
    CommandRow("compare", "templates", "compare", _("Say how alike two fingers in files are.")),
    CommandRow("record", "sound", "record_sound", _("Record sound to a WAV file.")),
    CommandRow("devices", "devices_and_models", "devices", _("List, register and trust devices.")),
    CommandRow("self-check", "installation", "self_check", _("Compare the installation with the publisher's list.")),
    CommandRow("doctor", "installation", "doctor", _("Test what this desk needs, with a report for support.")),
    CommandRow("settings", "installation", "settings", _("Show every setting of this desk.")),
    CommandRow("wording", "wording", "wording", _("Each sentence of a language beside its English.")),
    CommandRow("update", "update", "update", _("Install a newer version from a file.")),
    CommandRow("import", "importing", "import_people", _("Enrol people from a folder and a list.")),
    CommandRow(
        "subject", "subject_rights", "subject_commands", _("What a person may ask for: withdraw, see what is kept.")
    ),
    CommandRow("fields", "fields", "field_commands", _("The site's own fields.")),
    CommandRow(
        "suspicions", "suspicions", "suspicion_commands", _("Suspicions of an attack, and letting people try again.")
    ),
    CommandRow("audit", "audit", "audit_commands", _("What was done at this desk, and whether it still stands.")),
    CommandRow("stats", "stats", "stats_commands", _("Anonymised statistics.")),
    CommandRow("policy", "policy", "policy_commands", _("What the desk decides by.")),
    CommandRow("models", "devices_and_models", "model_commands", _("The models: what is installed, install, verify.")),
    CommandRow("vault", "backups", "vault_commands", _("Create, check and look after a vault.")),
    CommandRow("register", "register", "register_commands", _("One register for many desks, on PostgreSQL.")),
    CommandRow("batch", "batch", "batch", _("Run commands from a file, the vault unlocked once.")),
    CommandRow("shell", "shell", "shell", _("Type commands one after another, the vault unlocked once.")),
    CommandRow("attack-test", "attack_test", "attack_test_commands", _("Test attack detection on this site.")),
    CommandRow("calibrate", "calibrate", "calibrate_commands", _("Calibrate on the people of this site.")),
    CommandRow("callers", "callers", "caller_commands", _("Other programs that may ask this desk.")),
    CommandRow("answer", "callers", "answer_commands", _("Answers that this desk gave another program.")),
    CommandRow("ask", "asking", "ask_commands", _("Ask a desk of this machine, as another program does.")),
    CommandRow("open", "links", "open_link", _("Hand a link of another program to the window.")),
    CommandRow("evaluate", "evaluation_commands", "evaluation_commands", _("Measure error rates on a labelled set.")),
)


class CommandGroup(TyperGroup):
    """Typer group whose commands are the rows of ``COMMANDS``. ``language`` is the one that help is shown in."""

    language: Language | None = None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature of the base class
        """The names of all commands, in the order of the table."""
        return [row.name for row in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as above
        """The command of this name, imported now; None where there is none."""
        row = next((row for row in COMMANDS if row.name == cmd_name), None)
        if row is None:
            return None
        found = load_command(row)
        if self.language is not None:
            translate_help(found, self.language)
        return found

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as above
        """Writes the list of commands for ``--help`` from the table, without importing a command."""
        translated = (lambda purpose: purpose) if self.language is None else self.language.text
        with formatter.section("Commands"):
            formatter.write_dl([(row.name, translated(row.purpose)) for row in COMMANDS])


def load_command(row: CommandRow) -> Any:
    """Imports the command (or group) of a row, and returns Typer's command object."""
    target = getattr(import_module(f"mlid_desktop.cli.{row.module}"), row.attribute)
    if isinstance(target, typer.Typer):
        target.rich_markup_mode = None  # as the program's own help
        found: Any = typer.main.get_group(target)  # a group stays one, also with a single command
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        single.command(row.name)(target)
        found = typer.main.get_command(single)
    found.name = row.name
    _require_text(found)
    return found


def _require_text(command: Any) -> None:
    """Has a command, and its subcommands, refuse bytes that are no text where it takes text: a shell hands them over as
    halves of characters, which no file and no record holds. Paths may be made of them, and not of nothing."""
    for param in command.params:
        if param.callback is None and param.bare_type() == "str":
            param.callback = _text
        elif param.bare_type() == "Path":
            param.process_value = partial(_path, param, param.process_value)
    for inner in getattr(command, "commands", {}).values():
        _require_text(inner)


def _text(_: Any, param: Any, value: Any) -> Any:
    """The value or values of an option, which are text. Raises UsageError(USAGE_BAD_ARGUMENT)."""
    for given in value if isinstance(value, list | tuple) else (value,):
        if isinstance(given, str) and not given.isascii() and any("\ud800" <= letter <= "\udfff" for letter in given):
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=param.opts[0])
    return value


def _path(param: Any, process: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """The path or paths of an option. Raises UsageError(USAGE_BAD_ARGUMENT) for an empty one, as of a variable of a
    script that nobody set: it would be the folder in which the command happens to run."""
    if "" in (value if isinstance(value, list | tuple) else (value,)):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=param.opts[0])
    return process(ctx, value)


def spoken_commands(program: typer.Typer, language: Language) -> Any:
    """The commands of ``mlid``, with help in this language."""
    command: Any = typer.main.get_command(program)
    if isinstance(command, CommandGroup):
        command.language = language
    translate_help(command, language)
    return command


def help_message(help_text: str) -> str:
    """A help text as the catalogue has it: its paragraphs, each in one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in help_text.split("\n\n"))


def translate_help(command: Any, language: Language) -> None:
    """Translates the help texts of a command, its options and its subcommands through the catalogue. (Typer's command
    classes are not public: duck-typed.)"""
    for helped in (command, *command.params):
        if getattr(helped, "help", None):
            helped.help = language.text(help_message(helped.help))
    for inner in getattr(command, "commands", {}).values():
        translate_help(inner, language)
