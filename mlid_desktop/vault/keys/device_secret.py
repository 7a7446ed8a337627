"""Device secrets: what a machine adds to a passphrase, kept in the operating system's key store (FORMAT.md, section 3).

With it a stolen copy of the vault folder opens with no passphrase at all, nor does the vault on another machine: for
that there are the recovery code and the slots without a binding. The stores are named; whatever else the keyring
library would pick (it may pick a plain file) is refused. A TPM is not supported.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, Protocol

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.slots import BINDINGS, NO_DEVICE_SECRET, NOTHING_ADDED, DeviceSecret

SERVICE = "mlid-desktop"
SECRET_BYTES = 32
BACKENDS = {
    "secret-service": ("keyring.backends.SecretService", "Keyring"),
    "keychain": ("keyring.backends.macOS", "Keyring"),
    "credential-manager": ("keyring.backends.Windows", "WinVaultKeyring"),
}
PLATFORMS = {"linux": "secret-service", "darwin": "keychain", "win32": "credential-manager"}


class SecretStore(Protocol):
    """A key store of the operating system."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret stored under a service and a name, None where there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Stores a secret under a service and a name."""
        ...


OpenStore = Callable[[str], SecretStore]


def usual_binding() -> str:
    """The name of this platform's key store. Raises VaultError(VAULT_NO_DEVICE_SECRET) where it has none that is
    known."""
    if sys.platform not in PLATFORMS:
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=sys.platform)
    return PLATFORMS[sys.platform]


def open_store(binding: str) -> SecretStore:
    """Opens the named key store and no other. Raises VaultError(VAULT_NO_DEVICE_SECRET) where it is not to be had
    here."""
    module, name = BACKENDS[binding]
    try:
        found: Any = getattr(importlib.import_module(module), name)
        opened: SecretStore | None = found() if found.viable else None
    except Exception:  # noqa: BLE001 - the library, or what it loads, may be missing in many ways
        opened = None
    if opened is None:
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding)
    return opened


def kept_value(binding: str, account: str, opened: OpenStore) -> bytes | None:
    """What the named key store keeps under the account, None where that is nothing. Raises
    VaultError(VAULT_NO_DEVICE_SECRET) where the store cannot be asked."""
    try:
        kept = opened(binding).get_password(SERVICE, account)
        return None if kept is None else bytes.fromhex(kept)
    except Exception:  # noqa: BLE001 - as in open_store
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding) from None


def keep_value(binding: str, account: str, value: bytes, opened: OpenStore) -> None:
    """Keeps a value in the named key store, and reads it back. Raises VaultError(VAULT_NO_DEVICE_SECRET) where it is
    not there afterwards."""
    try:
        opened(binding).set_password(SERVICE, account, value.hex())
    except Exception:  # noqa: BLE001 - as in open_store
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding) from None
    if kept_value(binding, account, opened) != value:
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding)


def device_secret(binding: str, vault_id: str, opened: OpenStore = open_store) -> DeviceSecret:
    """The secret that this machine holds for the vault. Raises VaultError(VAULT_NO_DEVICE_SECRET) where it has none."""
    if binding == NO_DEVICE_SECRET:
        return NOTHING_ADDED
    if binding not in BINDINGS:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=binding)
    secret = _read(binding, vault_id, opened)
    if secret is None:
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding)
    return DeviceSecret(binding, secret)


def made_device_secret(binding: str, vault_id: str, opened: OpenStore = open_store) -> DeviceSecret:
    """The secret that this machine holds for the vault, as :func:`device_secret`; a machine without one is given
    one."""
    known = _read(binding, vault_id, opened)
    if known is None:
        known = os.urandom(SECRET_BYTES)
        keep_value(binding, vault_id, known, opened)
    return DeviceSecret(binding, known)


def _read(binding: str, vault_id: str, opened: OpenStore) -> bytes | None:
    secret = kept_value(binding, vault_id, opened)
    if secret is not None and len(secret) != SECRET_BYTES:
        raise VaultError(Code.VAULT_NO_DEVICE_SECRET, store=binding)
    return secret
