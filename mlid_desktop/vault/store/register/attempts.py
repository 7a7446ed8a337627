"""Failed attempts in a register, a row for each desk and person (FORMAT.md, 22), sealed and signed by the desk: beside
the chain of changes, as a check holds up nobody who writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import DeskRow, desk_row
from mlid_desktop.vault.store.register.reaching import cells

SINCE: Final = 2  # the schema that has them
ANSWERED_WITHIN_S: Final = 3.0  # at a check, which goes on without the register where it does not answer
PersonAtDesk = tuple[bytes, str]
"""A person, by name, and a desk."""


@dataclass(frozen=True, slots=True)
class SignedAttempts:
    """What a desk says of a person, whose name here is a keyed hash (32 bytes): ``number`` grows with each row that the
    desk writes, ``sealed`` is what only desks read."""

    person: bytes
    desk: str
    number: int
    sealed: bytes = field(repr=False)
    signature: bytes


def put_attempt(connection: RegisterConnection, row: SignedAttempts) -> list[tuple[SignedAttempts, DeskRow]]:
    """Puts this desk's row in the place of its older one, and gives every desk's of the person then, with the desk as
    the register lists it: in one round trip, and one desk after another. Raises RegisterError."""
    found = connection.rows(
        "SELECT given.person, given.desk, given.number, given.sealed, given.signature, known.sign_pk, known.box_pk,"
        " known.epoch, known.certificate, known.supervises, known.removed_n IS NOT NULL"
        " FROM put_attempt(%s, %s, %s, %s) AS given JOIN desk AS known USING (desk)",
        [row.person, row.number, row.sealed, row.signature],
        within=ANSWERED_WITHIN_S,
    )
    return [(_row(row_of_desk[:5]), desk_row((row_of_desk[1], *row_of_desk[5:]))) for row_of_desk in found]


def put_attempts(connection: RegisterConnection, rows: Sequence[SignedAttempts]) -> None:
    """Puts rows of this desk in the place of its older ones."""
    connection.rows(
        "SELECT put_attempts(%s::bytea[], %s::bigint[], %s::bytea[], %s::bytea[])",
        [
            [row.person for row in rows],
            [row.number for row in rows],
            [row.sealed for row in rows],
            [row.signature for row in rows],
        ],
    )


def drop_attempts(connection: RegisterConnection, people: Sequence[bytes]) -> None:
    """Deletes this desk's rows of people of whom it has nothing to say."""
    connection.rows("SELECT drop_attempts(%s::bytea[])", [list(people)])


def forget_attempts(connection: RegisterConnection, people: Sequence[bytes] | None) -> None:
    """Deletes every desk's rows of people who are erased; all rows where nobody is named."""
    connection.send("SELECT forget_attempts(%b::bytea[])", [None if people is None else list(people)])


def read_numbers(connection: RegisterConnection, people: Collection[bytes]) -> dict[PersonAtDesk, int]:
    """The numbers of the rows of these people."""
    rows = connection.rows("SELECT person, desk, number FROM attempt WHERE person = ANY (%s::bytea[])", [list(people)])
    found = (cells("attempt", row, (bytes, UUID, int)) for row in rows)
    return {(person, desk.hex): number for person, desk, number in found}


def read_attempts(connection: RegisterConnection, wanted: Collection[PersonAtDesk]) -> list[SignedAttempts]:
    """The rows of these people by these desks."""
    rows = connection.rows(
        "SELECT person, desk, number, sealed, signature FROM attempt"
        " JOIN unnest(%s::bytea[], %s::uuid[]) AS wanted(person, desk) USING (person, desk)",
        [[person for person, _ in wanted], [UUID(desk) for _, desk in wanted]],
    )
    return [_row(row) for row in rows]


def _row(untrusted: Sequence[Any]) -> SignedAttempts:
    person, desk, number, *rest = cells("attempt", untrusted, (bytes, UUID, int, bytes, bytes))
    return SignedAttempts(person, desk.hex, number, *rest)
