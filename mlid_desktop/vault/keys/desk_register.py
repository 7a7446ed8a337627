"""The desks that changed a vault: what their signatures are checked with, and who vouched for it (FORMAT.md, 21)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.crypto.signing import SigningKey
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.desk_keys import (
    DeskKeys,
    desk_certificate_bytes,
    find_desk_keys,
    is_certified,
    make_desk_keys,
)
from mlid_desktop.vault.keys.device_secret import OpenStore
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store.schema import DESKS
from mlid_desktop.vault.store.transaction import Transaction


def join(
    transaction: Transaction, roots: Roots, identity: VaultIdentity, store: OpenStore, since: int
) -> tuple[DeskKeys, bool]:
    """The desk of this machine, and whether it comes to others only now. One that is entered here has ``since`` as the
    number of its first change, and a supervisor has still to vouch for it."""
    keys = find_desk_keys(transaction.facts, roots, identity, store)
    if keys is None:
        keys, kept = make_desk_keys(roots, identity, store)
        transaction.facts.update(kept)
    if is_registered(transaction.connection, keys):
        return keys, False
    comes_to_others = transaction.connection.execute(sa.select(DESKS.c.desk)).first() is not None
    row: dict[str, Cell] = {
        "desk": keys.desk,
        "sign_pk": keys.sign_pk,
        "box_pk": keys.box_pk,
        "since": since,
        "epoch": 0,
        "certificate": b"",
    }
    transaction.insert(DESKS, [row])
    return keys, comes_to_others


def is_registered(connection: Connection, keys: DeskKeys) -> bool:
    """Whether this desk is entered, with these keys."""
    row = connection.execute(sa.select(DESKS).where(DESKS.c.desk == keys.desk)).first()
    return row is not None and (row.sign_pk, row.box_pk) == (keys.sign_pk, keys.box_pk)


def lacks_certificates(connection: Connection) -> bool:
    """Whether no supervisor vouched yet for one of the desks."""
    return connection.execute(sa.select(DESKS.c.desk).where(DESKS.c.epoch == 0)).first() is not None


def certify(transaction: Transaction, signing: SigningKey, epoch: int, identity: VaultIdentity) -> list[str]:
    """Signs the certificate of every desk that has none, with the supervisors' signing key of this epoch. Gives those
    among them that came after the first of all."""
    rows = transaction.connection.execute(sa.select(DESKS).order_by(DESKS.c.since, DESKS.c.desk)).all()
    lacking = [row for row in rows if row.epoch == 0]
    for row in lacking:
        signed = desk_certificate_bytes(identity.header, row.desk, row.sign_pk, row.box_pk, epoch)
        transaction.update(DESKS, DESKS.c.desk == row.desk, epoch=epoch, certificate=signing.sign(signed))
    return [row.desk for row in lacking if row.desk != rows[0].desk]


def require_certified(connection: Connection, trusted: Sequence[bytes], identity: VaultIdentity) -> None:
    """Raises VaultError(VAULT_DAMAGED) where a certificate is by none of the supervisors' verify keys, past or
    present. A desk that has none yet is no fault: the next supervisor who unlocks gives it."""
    for row in connection.execute(sa.select(DESKS).where(DESKS.c.epoch > 0)):
        keys = (row.sign_pk, row.box_pk)
        if not is_certified(trusted, identity.header, row.desk, *keys, row.epoch, row.certificate):
            raise VaultError(Code.VAULT_DAMAGED, what=DESKS.name)
