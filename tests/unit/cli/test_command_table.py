"""Commands are found in their table, imported when called, and shown in the person's language."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mlid_desktop import __version__
from mlid_desktop.cli.command_table import COMMANDS, CommandRow, load_command, translate_help
from mlid_desktop.station.text.language import open_language
from tests.makers import ROOT


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_row_leads_to_its_command(row: CommandRow) -> None:
    command = load_command(row)
    assert command.name == row.name
    assert command.help


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_what_a_command_says_of_itself_and_its_options_is_translated(row: CommandRow, language: str) -> None:
    plain, told = load_command(row), load_command(row)
    translate_help(told, open_language(ROOT / "resources" / "translations", language))
    english, translated = list(_help_texts(plain)), list(_help_texts(told))
    assert [text for text, other in zip(english, translated, strict=True) if text == other] == []


def _help_texts(command: Any) -> Iterator[str]:
    yield from (helped.help for helped in (command, *command.params) if getattr(helped, "help", None))
    for inner in getattr(command, "commands", {}).values():
        yield from _help_texts(inner)


def test_names_are_given_once() -> None:
    names = [row.name for row in COMMANDS]
    assert len(set(names)) == len(names)


def test_help_imports_no_command() -> None:
    script = (
        "import sys; from mlid_desktop.cli.main import run; run(['--help']);"
        "print(*(name for name in sys.modules if name.startswith('mlid_desktop.cli.')), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    commands = {f"mlid_desktop.cli.{row.module}" for row in COMMANDS}
    assert set(shown.stderr.split()) & commands == set()
    assert all(f"  {row.name} " in shown.stdout for row in COMMANDS)


def test_the_version_is_told() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mlid_desktop.cli.main", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["mlid", __version__]
