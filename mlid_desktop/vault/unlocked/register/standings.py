"""How a register and its desks stand: who they are, how far each has followed, and which erasures it has carried
out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.domain.subjects import LedgerEntry
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register.installation import DeskRow
from mlid_desktop.vault.store.register.items import SeenHead
from mlid_desktop.vault.store.register.schema import OLDEST_SCHEMA
from mlid_desktop.vault.store.schema import LEDGER
from mlid_desktop.vault.store.statements import select_rows
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.unlocked.register.desk_words import DeskWord, acknowledged
from mlid_desktop.vault.unlocked.state import VaultState

REMOVED: Final = "register-removed"  # a governed value: the desks that were taken out, whatever the server says
RENEWED: Final = "register-renewed"  # numbers of changes, by the entry whose keys were destroyed by then
MOST_RENEWALS: Final = 1000
SILENT: Final = timedelta(days=30)  # a desk that said nothing for so long is to be taken out
ERASED_AFTER: Final = sa.select(LEDGER.c.sequence).where(LEDGER.c.sequence > sa.bindparam("known"))


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register that was made: the password with which desks ask to join, and what the server's administrator has to
    allow: the authority of desks' certificates (PEM), and lines of its access rules."""

    join_role: str
    password: str = field(repr=False)
    authority: bytes
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterStatus:
    """How a register and the desk with this identifier stand, and which desks there are: ``number`` of the newest
    change, ``behind`` how many this desk has not seen, ``in_step_at`` when it last was in step, ``waiting`` how many
    withdrawals of consent wait at this desk for the register, ``schema`` the version of the register's tables."""

    identifier: str
    leads: bool
    number: int
    behind: int
    encrypted: bool
    server_version: int
    desks: tuple[str, ...]
    in_step_at: datetime | None
    waiting: int
    schema: int


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """Counts of what was read in a register and found whole."""

    changes: int
    items: int
    point: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: how many items came, how many went, and how far the copy is now; and of how many people
    something that was noted at this desk alone was brought there."""

    come: int
    gone: int
    point: Point
    brought: int = 0

    @property
    def has_changed(self) -> bool:
        """Whether anybody stands otherwise than before."""
        return bool(self.come or self.gone or self.brought)


@dataclass(frozen=True, slots=True)
class DeskStanding:
    """A desk: its word (None where it has said nothing yet), how many changes it has not seen, whether it is this one,
    leads, or was taken out, and by how much its clock was ahead of the server's when it said this."""

    identifier: str
    word: DeskWord | None
    behind: int
    is_own: bool
    leads: bool
    is_removed: bool
    clock_ahead: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """What people call it; the beginning of its identifier where it has no name."""
        return (self.word.name if self.word is not None else "") or self.identifier[:12]

    @property
    def schema(self) -> int:
        """The newest schema of a register that it says it knows; one that says none knows the oldest."""
        return OLDEST_SCHEMA if self.word is None else self.word.schema

    @property
    def said_at(self) -> datetime | None:
        """When it last said how it stands, by its own clock."""
        return None if self.word is None else self.word.at


@dataclass(frozen=True, slots=True)
class ErasureStanding:
    """An erasure, the desks that have carried it out, and those that have not, which may still hold the person."""

    entry: LedgerEntry
    done: tuple[DeskStanding, ...]
    waiting: tuple[DeskStanding, ...]


def standings_of(
    rows: Iterable[DeskRow],
    heads: Iterable[SeenHead],
    point: Point,
    own: str,
    removed: Collection[str],
    roots: Roots,
    identity: VaultIdentity,
) -> tuple[DeskStanding, ...]:
    """The desks of a register that is at this point; ``heads`` are words that their desks signed. Raises
    RegisterError(REGISTER_DAMAGED)."""
    said = {head.desk: head for head in heads}
    found = []
    for row in rows:
        head = said.get(row.desk)
        try:
            word = None if head is None else DeskWord.opened(head.sealed, row.desk, roots, identity)
        except VaultError:  # of before the roots were others: it is as the desk signed it
            word = None
        except (ValueError, KeyError, TypeError):
            raise RegisterError(Code.REGISTER_DAMAGED, what="seen_head") from None
        behind = point.number - (0 if head is None else head.point.number)
        is_removed = row.is_removed or row.desk in removed
        ahead = timedelta(0) if word is None or head is None or head.at is None else word.at - head.at
        found.append(DeskStanding(row.desk, word, max(0, behind), row.desk == own, row.supervises, is_removed, ahead))
    return tuple(found)


def erasures_of(
    entries: Iterable[LedgerEntry], desks: Sequence[DeskStanding], facts: Mapping[str, bytes]
) -> tuple[ErasureStanding, ...]:
    """The erasures of the register, the newest first, with the desks that have carried each out. A desk that was taken
    out is one that has not, unless it said so before."""
    renewed = renewals(facts)
    found = []
    for entry in entries:
        if entry.sequence in renewed:
            done = tuple(desk for desk in desks if acknowledged(entry.sequence, renewed, desk.word))
            waiting = tuple(desk for desk in desks if desk not in done)
            found.append(ErasureStanding(entry, done, waiting))
    return tuple(reversed(found))


def removed_desks(local: Connection, state: VaultState) -> dict[str, int]:
    """The desks that supervisors took out, with the numbers of the changes by which they did. Raises
    VaultError(VAULT_DAMAGED)."""
    kept = signed_values.read(local, REMOVED, state.key_file.control.verify_key, state.identity)
    return {str(desk): int(number) for desk, number in json.loads(kept or b"{}").items()}


def other_desks(local: Connection, state: VaultState, own: str, desks: Mapping[str, bytes]) -> dict[str, bytes]:
    """The desks of the register besides one's ``own`` and those that were taken out, with their keys. Raises
    VaultError(VAULT_DAMAGED)."""
    gone = {own, *removed_desks(local, state)}
    return {desk: key for desk, key in desks.items() if desk not in gone}


def silent_desks(
    heads: Iterable[SeenHead], others: Collection[str], now: datetime, roots: Roots, identity: VaultIdentity
) -> tuple[str, ...]:
    """The names of other desks that said nothing for so long that they are to be taken out; ``heads`` are words that
    their desks signed."""
    found = []
    for head in heads:
        if head.desk in others:
            with suppress(VaultError, ValueError, KeyError, TypeError):  # of before the roots were others
                word = DeskWord.opened(head.sealed, head.desk, roots, identity)
                found += [word.name or head.desk[:12]] if now - word.at > SILENT else []
    return tuple(sorted(found))


def desks_behind(heads: Iterable[SeenHead], others: Collection[str], facts: Mapping[str, bytes]) -> frozenset[str]:
    """The other desks that have not seen the newest destruction of keys that this one noted; ``heads`` are words that
    their desks signed."""
    seen, newest = {head.desk: head.point.number for head in heads}, max(renewals(facts).values(), default=0)
    return frozenset(desk for desk in others if seen.get(desk, 0) < newest)


def renewals(facts: Mapping[str, bytes]) -> dict[int, int]:
    """The numbers of the changes by which keys of erased people were gone, by the entries of the list of erasures."""
    return {int(entry): int(number) for entry, number in json.loads(facts.get(RENEWED, b"{}")).items()}


def note_erasures(transaction: Transaction, number: int) -> None:
    """Notes, of entries of the list of erasures that are new here, by which change of the register they were done at
    the latest."""
    known = renewals(transaction.facts)
    after = select_rows(transaction.connection, ERASED_AFTER, {"known": max(known, default=0)})
    fresh = [sequence for (sequence,) in after]
    if fresh:
        known |= dict.fromkeys(fresh, number)
        content = {str(which): known[which] for which in sorted(known)[-MOST_RENEWALS:]}
        transaction.facts[RENEWED] = json.dumps(content, separators=(",", ":")).encode()


def found_desk(desks: Sequence[DeskStanding], untrusted: str) -> DeskStanding:
    """The desk that is meant by its name, or by how its identifier begins. Raises RegisterError(REGISTER_NO_SUCH_DESK)
    where it is none, or could be several."""
    typed = untrusted.strip().casefold()
    named = [desk for desk in desks if desk.name.casefold() == typed]
    begun = [desk for desk in desks if len(typed) >= 6 and desk.identifier.startswith(typed)]
    found = named or begun
    if len(found) != 1:
        raise RegisterError(Code.REGISTER_NO_SUCH_DESK, name=untrusted[:60])
    return found[0]
