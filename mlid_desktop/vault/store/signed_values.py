"""Governed values: what supervisors alone may change, signed under the control root so that everybody can check it
(FORMAT.md, 8)."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.signing import SigningKey, require_signed
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.schema import GOVERNED
from mlid_desktop.vault.store.statements import rows_with
from mlid_desktop.vault.store.transaction import Transaction

DEVICES = "devices"
BLOB_PREFIX = "blob/"
MAXIMUM_VALUE = 4 * 1024 * 1024
MAXIMUM_DEVICES = 256


def write(transaction: Transaction, name: str, value: bytes, key: SigningKey, identity: VaultIdentity) -> None:
    """Writes a governed value, replacing an earlier one."""
    if len(value) > MAXIMUM_VALUE:
        raise ValueError("a governed value is small")
    transaction.delete(GOVERNED, GOVERNED.c.name == name)
    signature = key.sign(signed_bytes(name, value, identity))
    transaction.insert(GOVERNED, [{"name": name, "value": value, "signature": signature}])


def read(connection: Connection, name: str, verify_key: bytes, identity: VaultIdentity) -> bytes | None:
    """Reads a governed value, None where there is none. Raises VaultError(VAULT_DAMAGED) where no supervisor signed
    it."""
    rows = rows_with(connection, GOVERNED, {"name": name})
    if not rows:
        return None
    row = rows[0]
    require_signed(verify_key, row.signature, signed_bytes(name, row.value, identity), name)
    return bytes(row.value)


def names(connection: Connection) -> tuple[str, ...]:
    """The names of all governed values."""
    return tuple(connection.execute(sa.select(GOVERNED.c.name).order_by(GOVERNED.c.name)).scalars())


def device_bytes(devices: tuple[DeviceIdentity, ...]) -> bytes:
    """The list of registered devices as the bytes of a governed value."""
    if len(devices) > MAXIMUM_DEVICES:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    return json.dumps(
        [[device.scheme, device.key, device.name, device.pin] for device in devices], ensure_ascii=False
    ).encode()


def read_devices(value: bytes | None) -> tuple[DeviceIdentity, ...]:
    """Inverse of :func:`device_bytes`; before format 3 there were no pins. Raises VaultError(VAULT_DAMAGED)."""
    try:
        return tuple(DeviceIdentity(*_texts(device)) for device in json.loads(value or b"[]"))
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=DEVICES) from None


def _texts(untrusted: Any) -> list[str]:
    if (
        not isinstance(untrusted, list)
        or not 3 <= len(untrusted) <= 4
        or not all(isinstance(t, str) for t in untrusted)
    ):
        raise ValueError
    return untrusted


def signed_bytes(name: str, value: bytes, identity: VaultIdentity) -> bytes:
    """The bytes that a governed value's signature is over."""
    return bind(b"governed", identity.header, name.encode(), value)
