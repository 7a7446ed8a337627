"""What desks leave for one another in a register: one-time keys, sealed mail, and who asks to join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.reaching import cells

PEOPLE, WRAPS = "people", "wraps"  # mail about who may open the vault, and mail with bucket keys


@dataclass(frozen=True, slots=True)
class Applicant:
    """A desk that asks to join: its identifier (32 hex digits), its two public keys, the one that its answer is sealed
    to, 32 bytes each, and the request for its TLS certificate (PEM)."""

    desk: str
    sign_key: bytes
    box_key: bytes
    once_key: bytes
    tls_request: bytes


@dataclass(frozen=True, slots=True)
class Prekey:
    """A public key (32 bytes) that mail is sealed to once, its identifier (16 bytes), and its desk's signature."""

    identifier: bytes
    public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail to a desk, sealed to the one-time key with this identifier: ``kind`` says what (:data:`PEOPLE`,
    :data:`WRAPS`), one of each at most."""

    number: int
    kind: str
    prekey: bytes
    sealed: bytes = field(repr=False)


def ask_to_join(connection: RegisterConnection, code: str, applicant: Applicant) -> None:
    """Enters a desk that asks to join, under its code. Raises RegisterError(REGISTER_BUSY) where too many wait."""
    keys = [applicant.sign_key, applicant.box_key, applicant.once_key, applicant.tls_request]
    connection.rows("SELECT ask_to_join(%s, %s, %s, %s, %s, %s)", [code, UUID(applicant.desk), *keys])


def read_applicant(connection: RegisterConnection, code: str) -> Applicant | None:
    """The desk that asks under this code; None where none does."""
    rows = connection.rows("SELECT desk, sign_pk, box_pk, once_pk, tls_request FROM applicant WHERE code = %s", [code])
    if not rows:
        return None
    desk, *keys = cells("applicant", rows[0], (UUID, bytes, bytes, bytes, bytes))
    return Applicant(desk.hex, *keys)


def answer_applicant(connection: RegisterConnection, code: str, answer: bytes) -> None:
    """Leaves the sealed answer to a desk that asks."""
    connection.rows("SELECT answer_applicant(%s, %s)", [code, answer])


def take_answer(connection: RegisterConnection, code: str) -> bytes | None:
    """Takes the answer to a desk that asks; None while there is none."""
    (found,) = cells("applicant", connection.rows("SELECT take_answer(%s)", [code])[0], (bytes | None,))
    return None if found is None else bytes(found)


def put_prekeys(connection: RegisterConnection, keys: Sequence[Prekey]) -> None:
    """Puts one-time public keys of this desk in the place of those that are there."""
    parts = [[key.identifier for key in keys], [key.public for key in keys], [key.signature for key in keys]]
    connection.rows("SELECT put_prekeys(%b::bytea[], %b::bytea[], %b::bytea[])", parts)


def prekeys(connection: RegisterConnection, desk: str) -> list[Prekey]:
    """The one-time keys that a desk has here."""
    rows = connection.rows("SELECT id, pk, signature FROM prekey WHERE desk = %s ORDER BY id", [UUID(desk)])
    return [Prekey(*cells("prekey", row, (bytes, bytes, bytes))) for row in rows]


def send_mail(connection: RegisterConnection, desk: str, kind: str, prekey: bytes, sealed: bytes) -> None:
    """Leaves mail for a desk, in the place of what of this kind it did not take yet, and uses the one-time key up."""
    connection.rows("SELECT send_mail(%s, %s, %s, %s)", [UUID(desk), kind, prekey, sealed])


def read_mail(connection: RegisterConnection, desk: str) -> list[Mail]:
    """The mail that waits for a desk."""
    with connection.together():
        return ask_mail(connection, desk)()


def ask_mail(connection: RegisterConnection, desk: str) -> Callable[[], list[Mail]]:
    """As :func:`read_mail`, within :meth:`~RegisterConnection.together`."""
    rows = connection.ask("SELECT number, kind, prekey, sealed FROM mailbox WHERE desk = %s", UUID(desk))
    return lambda: [Mail(*cells("mailbox", row, (int, str, bytes, bytes))) for row in rows()]


def without_wraps(connection: RegisterConnection) -> frozenset[str]:
    """The desks that left one-time keys, and for which no bucket keys wait."""
    rows = connection.rows(
        "SELECT DISTINCT desk FROM prekey WHERE NOT EXISTS"
        " (SELECT FROM mailbox WHERE mailbox.desk = prekey.desk AND kind = %s)",
        [WRAPS],
    )
    return frozenset(cells("prekey", row, (UUID,))[0].hex for row in rows)


def drop_mail(connection: RegisterConnection, number: int) -> None:
    """Deletes a piece of mail to this desk."""
    connection.rows("SELECT drop_mail(%s)", [number])
