"""A vault that was unlocked once for several commands in a row: what ``mlid batch`` and ``mlid shell`` hand to each of
them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.domain.errors import Code, UsageError

if TYPE_CHECKING:
    from mlid_desktop.station.assemble import Station
    from mlid_desktop.station.session import StationSession

_shared: ContextVar[SharedDesk | None] = ContextVar("shared desk", default=None)


@dataclass(frozen=True, slots=True, eq=False)
class SharedDesk:
    """The station and the session of the vault in ``folder`` that commands share. ``asks``: somebody is at the terminal
    who can be asked for a second person's passphrase."""

    station: Station
    session: StationSession
    folder: Path
    asks: bool

    def require_same(self, folder: Path, operator: str | None) -> None:
        """Raises UsageError(USAGE_BAD_ARGUMENT) where a command names another vault, or another operator."""
        if folder.resolve() != self.folder.resolve():
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--vault")
        if operator is not None and operator != self.session.operator.name:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--operator")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hands the desk to the commands that are run in a ``with`` block. It travels as a context variable because
        Typer calls a command with its options alone."""
        before = _shared.set(self)
        try:
            yield
        finally:
            _shared.reset(before)


def shared_desk() -> SharedDesk | None:
    """The desk that the running command shares with others; None where it has to unlock a vault itself."""
    return _shared.get()
