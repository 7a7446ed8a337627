"""What a desk of a register keeps of a person's failed attempts besides its own count: numbers that tell them from
those of other desks and of other days, what its acceptances cleared elsewhere, and what it heard of others.

No clock is compared. An acceptance clears what its desk had heard of, by number, so that none that fails later or
elsewhere meanwhile is cleared by it; numbers are never given twice, so that nothing cleared once clears anything again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.store.register.attempts import SINCE
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.unlocked.register.link import seen_schema

NOTED: Final = "register-attempt/"  # and a person
NEWEST: Final = "register-attempts"  # the number that was given last
MOST_KEPT: Final = 100  # numbers of one person, as many as any policy counts


@dataclass(frozen=True, slots=True)
class Said:
    """What a desk says of a person: the numbers of failed attempts in a row, in their order, and by other desks up to
    which of theirs an acceptance here cleared them."""

    failed: tuple[int, ...] = ()
    cleared: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.failed and not self.cleared


@dataclass(frozen=True, slots=True)
class Heard:
    """How many attempts failed at another desk that nobody cleared, the number of the newest, and when this desk heard
    of it first, by its own time."""

    failed: int
    newest: int
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptAttempts:
    """What is kept of a person: what this desk says, in a row with this ``number``, and what it heard of others."""

    said: Said = field(default_factory=Said)
    number: int = 0
    heard: Mapping[str, Heard] = field(default_factory=dict)

    @property
    def elsewhere(self) -> int:
        """Failed attempts at other desks."""
        return sum(heard.failed for heard in self.heard.values())

    @property
    def heard_at(self) -> datetime | None:
        """When this desk heard of the newest of them."""
        return max((heard.at for heard in self.heard.values()), default=None)


NOTHING: Final = KeptAttempts()


def are_together(facts: Mapping[str, bytes]) -> bool:
    """Whether the vault is in a register that has the failed attempts of all desks."""
    return seen_schema(facts) >= SINCE


def read_noted(facts: Mapping[str, bytes], subject_id: str) -> KeptAttempts:
    """What is kept of a person. Raises VaultError(VAULT_DAMAGED)."""
    kept = facts.get(NOTED + subject_id)
    if kept is None:
        return NOTHING
    try:
        content = json.loads(kept)
        heard = {
            desk: Heard(int(failed), int(newest), datetime.fromisoformat(at))
            for desk, (failed, newest, at) in content["heard"].items()
        }
        return KeptAttempts(read_said(content), int(content["number"]), heard)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what=NOTED) from None


def everybody_noted(facts: Mapping[str, bytes]) -> dict[str, KeptAttempts]:
    """What is kept of each person."""
    names = [name.removeprefix(NOTED) for name in facts if name.startswith(NOTED)]
    return {subject_id: read_noted(facts, subject_id) for subject_id in names}


def write_noted(transaction: Transaction, subject_id: str, noted: KeptAttempts) -> None:
    """Keeps it; nothing where there is nothing to keep and no row of this desk that stands in the register."""
    if noted == NOTHING:
        transaction.facts.pop(NOTED + subject_id, None)
        return
    heard = {desk: [known.failed, known.newest, known.at.isoformat()] for desk, known in noted.heard.items()}
    content = {**said_content(noted.said), "number": noted.number, "heard": heard}
    transaction.facts[NOTED + subject_id] = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def said_content(said: Said) -> dict[str, object]:
    """What a desk says, as JSON."""
    return {"failed": list(said.failed), "cleared": dict(said.cleared)}


def read_said(untrusted: Mapping[str, object]) -> Said:
    """The inverse of :func:`said_content`. Raises ValueError, KeyError, TypeError, AttributeError."""
    failed, cleared = untrusted["failed"], untrusted["cleared"]
    if not isinstance(failed, list) or not isinstance(cleared, dict):
        raise TypeError("no list of attempts")
    return Said(tuple(int(number) for number in failed), {str(desk): int(number) for desk, number in cleared.items()})


class Numbers:
    """Numbers that were given to nothing before, from the facts of a vault on; they are kept with what they are given
    to."""

    def __init__(self, facts: Mapping[str, bytes]) -> None:
        self.newest = int.from_bytes(facts.get(NEWEST, b""), "big")

    def next(self) -> int:
        """The next number."""
        self.newest += 1
        return self.newest

    def keep(self, transaction: Transaction) -> None:
        """Keeps how far they were given."""
        transaction.set_counter(NEWEST, self.newest)


def note_counted(transaction: Transaction, subject_id: str | None, failed: int) -> None:
    """Gives the newest of so many attempts that failed in a row at this desk a number."""
    if subject_id is None or not are_together(transaction.facts):
        return
    numbers, noted = Numbers(transaction.facts), read_noted(transaction.facts, subject_id)
    given = (*_numbered(numbers, noted.said.failed, failed - 1), numbers.next())
    said = replace(noted.said, failed=given[-MOST_KEPT:])
    write_noted(transaction, subject_id, replace(noted, said=said, number=given[-1]))
    numbers.keep(transaction)


def note_cleared(transaction: Transaction, subject_id: str | None) -> None:
    """An acceptance, or two people, cleared what failed at this desk, and at others as far as it was heard of."""
    noted = NOTHING if subject_id is None else read_noted(transaction.facts, subject_id)
    if subject_id is not None and noted != NOTHING:
        numbers = Numbers(transaction.facts)
        newest = {desk: heard.newest for desk, heard in noted.heard.items()}
        said = Said((), {**noted.said.cleared, **newest})
        write_noted(transaction, subject_id, KeptAttempts(said, numbers.next()))
        numbers.keep(transaction)


def forget_noted(transaction: Transaction, subject_id: str) -> None:
    """Drops what is kept of a person who is erased."""
    transaction.facts.pop(NOTED + subject_id, None)


def with_elsewhere(facts: Mapping[str, bytes], subject_id: str | None, own: AttemptRecord) -> AttemptRecord:
    """A person's attempts, those at other desks with them."""
    noted = NOTHING if subject_id is None else read_noted(facts, subject_id)
    if not noted.elsewhere:
        return own
    times = [at for at in (own.last_failed_at, noted.heard_at) if at is not None]
    return AttemptRecord(
        own.failed_in_a_row + noted.elsewhere, max(times), own.clock_set_back, noted.elsewhere, noted.heard_at
    )


def renumbered(numbers: Numbers, noted: KeptAttempts, failed: int) -> KeptAttempts:
    """What is kept, where so many attempts failed in a row by this desk's own count: some were taken back since, or
    counted before the register had them."""
    if len(noted.said.failed) == min(failed, MOST_KEPT):
        return noted
    given = tuple(_numbered(numbers, noted.said.failed, failed))
    return replace(noted, said=replace(noted.said, failed=given), number=numbers.next())


def with_heard(
    numbers: Numbers, noted: KeptAttempts, others: Mapping[str, Said], own: str, now: datetime
) -> KeptAttempts:
    """What is kept once every other desk was heard: without those of this desk's attempts that one of them cleared."""
    everybody = (noted.said, *others.values())
    heard = {}
    for desk, said in others.items():
        failed = [number for number in said.failed if number > _cleared(everybody, desk)]
        if failed:
            before = noted.heard.get(desk)
            at = before.at if before is not None and before.newest >= failed[-1] else now
            heard[desk] = Heard(len(failed), failed[-1], at)
    standing = tuple(number for number in noted.said.failed if number > _cleared(everybody, own))
    unheard = {  # by a desk whose cleared attempts stand in the register still
        desk: number
        for desk, number in noted.said.cleared.items()
        if desk in others and any(known <= number for known in others[desk].failed)
    }
    said = Said(standing, unheard)
    return KeptAttempts(said, noted.number if said == noted.said else numbers.next(), heard)


def _cleared(everybody: Iterable[Said], desk: str) -> int:
    """Up to which number any desk cleared what failed at this one."""
    return max((said.cleared.get(desk, 0) for said in everybody), default=0)


def _numbered(numbers: Numbers, given: Sequence[int], failed: int) -> list[int]:
    """The numbers of so many attempts: the newest ones lose theirs, or get some."""
    kept = list(given)[: max(0, failed)]
    return kept + [numbers.next() for _ in range(min(failed, MOST_KEPT) - len(kept))]
