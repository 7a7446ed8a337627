"""What every command needs: the station, the language, the output and an unlocked vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer

from mlid_desktop.cli.options import read_passphrase
from mlid_desktop.cli.output import Output
from mlid_desktop.cli.shared_desk import shared_desk
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.station.assemble import Station, assemble
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.notices import notice_text

EXIT_NOT_HANDED_OUT = 5  # done and saved, but a file that was asked for besides could not be written


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One run of one command: the station it works with and where it prints."""

    station: Station
    output: Output

    @classmethod
    def start(cls, *, as_json: bool) -> Program:
        """Assembles the station of this machine, or takes the one that a batch shares."""
        shared = shared_desk()
        station = assemble() if shared is None else shared.station
        return cls(station, Output(station.language, as_json=as_json))

    @property
    def language(self) -> Language:
        """The language that the output is written in."""
        return self.station.language

    @contextmanager
    def unlocked(self, vault: Path, operator: str | None, passphrase_file: Path | None) -> Iterator[UnlockedProgram]:
        """Unlocks the vault with the asked passphrase for a ``with`` block, and locks it again whatever happens. One
        that a batch has unlocked is used, and stays so. Raises UsageError where another is asked for there."""
        shared = shared_desk()
        if shared is not None:
            shared.require_same(vault, operator)
            yield UnlockedProgram(self, shared.session)
            return
        passphrase = read_passphrase(passphrase_file, self.language.text("Passphrase: "))
        session = self.station.unlock_vault(vault, operator, passphrase)
        if session.clock_is_wrong:
            self.output.fault(VaultError(Code.VAULT_CLOCK_SET_BACK))
        self._tell_notices(session)
        try:
            yield UnlockedProgram(self, session)
        finally:
            session.lock()

    def _tell_notices(self, session: StationSession) -> None:
        """Prints what everybody who opens the vault has to know, until this person has said to have seen it."""
        waiting = session.administration.notices()
        for notice in waiting:
            self.output.note(notice_text(notice, self.language))
        if waiting:
            self.output.note(self.language.text("Shown until you have seen it: mlid vault notices --seen"))


@dataclass(frozen=True, slots=True, eq=False)
class UnlockedProgram:
    """A command's run together with the session of an unlocked vault."""

    program: Program
    session: StationSession

    @property
    def operator(self) -> Operator:
        """The operator who unlocked the vault."""
        return self.session.operator

    def open_sources(self, addresses: Mapping[Characteristic, str]) -> dict[Characteristic, Source]:
        """Opens the source at every address, as the kind (live, recorded, simulated) that this vault grants it."""
        return {
            characteristic: self.program.station.open_source(
                address, characteristic.modality, self.session, characteristic.position
            )
            for characteristic, address in addresses.items()
        }

    def open_watching_camera(self, addresses: Mapping[Characteristic, str]) -> Source | None:
        """The camera opened once more, to watch who says digits; None unless both face and voice are captured. A
        camera delivers nothing before it is used."""
        if not {FACE, VOICE} <= set(addresses):
            return None
        return self.program.station.open_source(addresses[FACE], Modality.FACE, self.session)

    def require_second(
        self,
        act: Act,
        second: str | None,
        passphrase_file: Path | None,
        *,
        leaving: str = "",
        policy: bytes | None = None,
    ) -> SecondPerson | None:
        """The second person, proven by passphrase; None where the act may be done alone for the time being, which is
        said. Raises VaultError where one is needed and none is named, or who is named may not confirm it."""
        if second is None:
            administration = self.session.administration
            if administration.second_needed(act, leaving=leaving, untrusted_policy=policy):
                raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
            self.program.output.note(
                self.program.language.text("Done by one person, as nobody else can confirm it yet: the audit says so.")
            )
            return None
        passphrase = read_passphrase(passphrase_file, self.program.language.text("Second person's passphrase: "))
        return self.session.confirm_second(second, passphrase)


def handed_out(program: Program, write: Callable[[], None]) -> bool:
    """Writes a file about work that is already saved, and returns whether that succeeded; a fault is printed, and
    undoes nothing."""
    try:
        write()
    except UsageError as fault:
        program.output.fault(fault)
        program.output.note(program.language.text("What was asked for is done and saved; only this file is missing."))
        return False
    return True


def leave(code: int) -> NoReturn:
    """Ends the command with its exit code."""
    raise typer.Exit(code)
