"""The part of an unlocked vault that supervisors govern the desk through: devices, policy, calibration."""

from __future__ import annotations

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault import audit, governed
from mlid_desktop.vault.roles import Act
from mlid_desktop.vault.roots import signing_key
from mlid_desktop.vault.workings import Workings


class Governing(Workings):
    """Everybody reads what is governed; supervisors change it, under the control root."""

    def registered_devices(self) -> tuple[DeviceIdentity, ...]:
        """Devices that a supervisor vouched for: their samples count as live. Raises VaultError where forged."""
        return governed.read_devices(self._governed(governed.DEVICES))

    def register_device(self, device: DeviceIdentity) -> None:
        """From now on samples of this device count as live."""
        self._require(Act.GOVERN)
        known = self.registered_devices()
        if device not in known:
            self._govern(governed.DEVICES, governed.device_bytes((*known, device)), "device.registered")

    def settings_blob(self, name: str) -> bytes | None:
        """A policy or calibration that a supervisor stored, None where there is none. Raises VaultError if forged."""
        return self._governed(governed.BLOB_PREFIX + name)

    def store_blob(self, name: str, content: bytes) -> None:
        """Keeps a policy or calibration under the supervisors' signature."""
        self._require(Act.GOVERN)
        self._govern(governed.BLOB_PREFIX + name, content, "settings.stored")

    def _governed(self, name: str) -> bytes | None:
        self._require_open()
        with self._database.reading() as connection:
            return governed.read(connection, name, self._key_file.control.verify_key, self.identity)

    def _govern(self, name: str, value: bytes, event: str) -> None:
        signing = signing_key(self._keys.roots, self.identity)
        with self._change() as change:
            governed.write(change, name, value, signing, self.identity)
            audit.append(change, self._keys.audit, event, {"operator": self._operator.name, "name": name})
