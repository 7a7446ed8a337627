"""Settings that supervisors sign: registered devices, policy, calibration, trust anchors."""

from __future__ import annotations

import hashlib

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.unlocked.state import VaultState

DECIDING = frozenset({"policy", "calibration"})  # what verdicts follow from


class VaultSettings:
    """The settings of a vault: everybody reads them; supervisors change them, under the control root."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def devices(self) -> tuple[DeviceIdentity, ...]:
        """The devices that a supervisor registered: their samples count as live. Raises VaultError where forged."""
        return signed_values.read_devices(self._read(signed_values.DEVICES))

    def register_device(self, device: DeviceIdentity) -> None:
        """Registers a device, whose samples count as live from now on. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._state.require(Act.GOVERN)
        known = self.devices()
        if device not in known:
            self._write(signed_values.DEVICES, signed_values.device_bytes((*known, device)), "device.registered")

    def read(self, name: str) -> bytes | None:
        """Reads a policy, a calibration or another value that a supervisor stored, None where there is none. Raises
        VaultError where it is forged."""
        return self._read(signed_values.BLOB_PREFIX + name)

    def store(self, name: str, content: bytes) -> None:
        """Stores a value of the desk's set-up under the supervisors' signature; what decisions depend on is for
        :meth:`store_policy`. Raises ValueError for its names, VaultError(VAULT_NOT_PERMITTED)."""
        self._state.require(Act.GOVERN)
        if name.partition("/")[0] in DECIDING:
            raise ValueError("what decides is changed by two")
        self._write(signed_values.BLOB_PREFIX + name, content, "settings.stored")

    def store_policy(self, name: str, content: bytes, second: SecondPerson | None) -> None:
        """Stores a policy or a calibration under the supervisors' signature. Raises VaultError(VAULT_NOT_PERMITTED,
        VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._state.require_two(Act.CHANGE_POLICY, second)
        self._write(signed_values.BLOB_PREFIX + name, content, "settings.stored", second=confirmed)

    def _read(self, name: str) -> bytes | None:
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            return signed_values.read(connection, name, state.key_file.control.verify_key, state.identity)

    def _write(self, name: str, value: bytes, event: str, **facts: str) -> None:
        state = self._state
        signing = signing_key(state.keys.roots, state.identity)
        with state.changing() as transaction:
            signed_values.write(transaction, name, value, signing, state.identity)
            state.record(transaction, event, name=name, digest=hashlib.sha256(value).hexdigest(), **facts)
