"""Runs ``mlid`` as a person or a script does, in this process, and hands back what they see."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from mlid_desktop.cli.main import run
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, create_vault
from tests.worked_out_once import touch_image

PASSPHRASE = "correct horse battery staple"
SECOND, SECOND_PASSPHRASE = "olga", "olga's own long passphrase"
ADA, BEN = 7, 8  # seeds of the fingers of two people


@dataclass(frozen=True, slots=True)
class Ran:
    """One command's exit code and both outputs."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one document it must be."""
        return json.loads(self.out)


def mlid(*arguments: str | Path) -> Ran:
    """One command, to its end."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True, slots=True)
class AtVault:
    """A vault and somebody who can open it."""

    folder: Path
    passphrase_file: Path
    operator: str = "supervisor"

    @property
    def options(self) -> tuple[str | Path, ...]:
        """What every command at this vault is given."""
        return ("--vault", self.folder, "--passphrase-file", self.passphrase_file, "--operator", self.operator)

    @property
    def second_passphrase_file(self) -> Path:
        """That of the other founder."""
        return self.by(SECOND).passphrase_file

    def by(self, operator: str) -> AtVault:
        """The same vault for somebody else who opens it; the file with the passphrase is named after them."""
        return replace(self, operator=operator, passphrase_file=self.folder.parent / f"{operator}.pass")

    @property
    def with_second(self) -> tuple[str | Path, ...]:
        """What an act of two is given besides."""
        return ("--second", SECOND, "--second-passphrase-file", self.second_passphrase_file)

    def mlid(self, *arguments: str | Path) -> Ran:
        """One command at this vault."""
        return mlid(*arguments, *self.options)

    def copied(self, home: Path) -> AtVault:
        """The same vault and passphrases once more, in a folder that is not there yet, for a test that changes them."""
        home = Path(shutil.copytree(self.folder.parent, home))
        return replace(self, folder=home / self.folder.name, passphrase_file=home / self.passphrase_file.name)

    def enrol(self, number: str, name: str, presented: tuple[str, str], *options: str) -> None:
        """Somebody agrees and is enrolled."""
        done = self.mlid("enrol", "--number", number, "--name", name, "--consent", "accepted", *options, *presented)
        assert done.code == 0, done.err + done.out


def new_vault(folder: Path, *, demo: bool) -> AtVault:
    """A vault founded by a supervisor and an operator, at the floor of the stretching cost."""
    made = AtVault(folder, folder.with_suffix(".pass"))
    made.passphrase_file.write_text(PASSPHRASE + "\n", encoding="utf-8")
    made.second_passphrase_file.write_text(SECOND_PASSPHRASE + "\n", encoding="utf-8")
    create_vault(
        folder,
        operator_name=made.operator,
        passphrase=PASSPHRASE,
        demo=demo,
        clock=SystemClock(),
        cost=FLOOR,
        second=SecondFounder(SECOND, Role.OPERATOR, SECOND_PASSPHRASE),
    ).lock()
    return made


def finger(seed: int, impression: int = 1, position: str = "right-index") -> tuple[str, str]:
    """A simulated finger on the simulated reader."""
    return "--finger", f"{position}=simulated:finger?seed={seed}&impression={impression}"


class RecordedFingers:
    """Impressions of made-up fingers kept as files, for tests that need the same ones often."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, seed: int, *impressions: int, position: str = "right-index") -> tuple[str, str]:
        """The option that presents these impressions in turn."""
        folder = self._folder / f"{seed}-{'-'.join(map(str, impressions))}"
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for impression in impressions:
                cv2.imwrite(str(folder / f"{impression}.png"), touch_image(seed, impression))
        return "--finger", f"{position}=dir:{folder}"
