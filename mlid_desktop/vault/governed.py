"""What supervisors alone may change, signed under the control root so that every operator can check it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault.database import GOVERNED
from mlid_desktop.vault.envelope import bind

DEVICES = "devices"


def write_devices(
    connection: Connection, devices: tuple[DeviceIdentity, ...], key: Ed25519PrivateKey, header: bytes
) -> None:
    """Replaces the list of registered devices."""
    value = json.dumps([[one.scheme, one.key, one.name] for one in devices], ensure_ascii=False).encode()
    connection.execute(sa.delete(GOVERNED).where(GOVERNED.c.name == DEVICES))
    signature = key.sign(bind(b"governed", header, DEVICES.encode(), value))
    connection.execute(sa.insert(GOVERNED).values(name=DEVICES, value=value, signature=signature))


def devices(connection: Connection, verify_key: bytes, header: bytes) -> tuple[DeviceIdentity, ...]:
    """The registered devices. Raises VaultError(VAULT_DAMAGED) where the list was not signed by a supervisor."""
    row = connection.execute(sa.select(GOVERNED).where(GOVERNED.c.name == DEVICES)).first()
    if row is None:
        return ()
    try:
        signed = bind(b"governed", header, DEVICES.encode(), row.value)
        Ed25519PublicKey.from_public_bytes(verify_key).verify(row.signature, signed)
        return tuple(DeviceIdentity(scheme, key, name) for scheme, key, name in json.loads(row.value))
    except (InvalidSignature, ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=DEVICES) from None
