"""The part of an unlocked vault that supervisors govern the desk through: devices, policy, calibration."""

from __future__ import annotations

import hashlib

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.unlocked.state import Workings

DECIDING = frozenset({"policy", "calibration"})  # what verdicts follow from


class Governing(Workings):
    """Everybody reads what is governed; supervisors change it, under the control root."""

    def registered_devices(self) -> tuple[DeviceIdentity, ...]:
        """Devices that a supervisor vouched for: their samples count as live. Raises VaultError where forged."""
        return signed_values.read_devices(self._governed(signed_values.DEVICES))

    def register_device(self, device: DeviceIdentity) -> None:
        """From now on samples of this device count as live."""
        self._require(Act.GOVERN)
        known = self.registered_devices()
        if device not in known:
            self._govern(signed_values.DEVICES, signed_values.device_bytes((*known, device)), "device.registered")

    def settings_blob(self, name: str) -> bytes | None:
        """A policy or calibration that a supervisor stored, None where there is none. Raises VaultError if forged."""
        return self._governed(signed_values.BLOB_PREFIX + name)

    def store_blob(self, name: str, content: bytes) -> None:
        """Keeps something of the desk's set-up under the supervisors' signature; what decides is for
        :meth:`store_policy`. Raises ValueError for its names."""
        self._require(Act.GOVERN)
        if name.partition("/")[0] in DECIDING:
            raise ValueError("what decides is changed by two")
        self._govern(signed_values.BLOB_PREFIX + name, content, "settings.stored")

    def store_policy(self, name: str, content: bytes, second: SecondPerson | None) -> None:
        """Keeps a policy or a calibration under the supervisors' signature. Raises
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._require_two(Act.CHANGE_POLICY, second)
        self._govern(signed_values.BLOB_PREFIX + name, content, "settings.stored", second=confirmed)

    def _governed(self, name: str) -> bytes | None:
        self._require_open()
        with self._database.reading() as connection:
            return signed_values.read(connection, name, self._key_file.control.verify_key, self.identity)

    def _govern(self, name: str, value: bytes, event: str, **facts: str) -> None:
        signing = signing_key(self._keys.roots, self.identity)
        with self._change() as change:
            signed_values.write(change, name, value, signing, self.identity)
            self._enter(change, event, name=name, digest=hashlib.sha256(value).hexdigest(), **facts)
