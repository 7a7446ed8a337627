"""Settings that supervisors sign: registered devices, policy, calibration, trust anchors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.unlocked.state import VaultState

DECIDING = frozenset({"policy", "calibration"})  # what verdicts follow from
CALIBRATION = "calibration/"  # and the modality: a site's own


class VaultSettings:
    """The settings of a vault: everybody reads them; supervisors change them, under the control root."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def devices(self) -> tuple[DeviceIdentity, ...]:
        """The devices that a supervisor registered: their samples count as live. Raises VaultError where forged."""
        return signed_values.read_devices(self._read(signed_values.DEVICES))

    def register_device(self, device: DeviceIdentity, second: SecondPerson | None) -> None:
        """From now on samples of this device count as live; it takes two. One that is registered already is left as it
        is, and so is the confirmation. Raises VaultError."""
        self._state.require(Act.REGISTER_DEVICE)
        known = self.devices()
        if device in known:
            return
        confirmed = self._state.require_two(Act.REGISTER_DEVICE, second)
        others = tuple(other for other in known if (other.scheme, other.key) != (device.scheme, device.key))
        content = signed_values.device_bytes((*others, device))
        self._write(signed_values.DEVICES, content, "device.registered", second=confirmed)

    def read(self, name: str) -> bytes | None:
        """Reads a policy, a calibration or another value that a supervisor stored, None where there is none. Raises
        VaultError where it is forged."""
        return self._read(signed_values.BLOB_PREFIX + name)

    def store(self, name: str, content: bytes, second: SecondPerson | None) -> None:
        """Keeps a value of the desk's set-up under the supervisors' signature; it takes two. What verdicts follow from
        is for :meth:`store_policy`. Raises ValueError for its names, VaultError."""
        if name.partition("/")[0] in DECIDING:
            raise ValueError("what decides is stored as a policy")
        confirmed = self._state.require_two(Act.GOVERN, second)
        self._write(signed_values.BLOB_PREFIX + name, content, "settings.stored", second=confirmed)

    def store_policy(self, name: str, content: bytes, second: SecondPerson | None, *, is_shipped: bool = False) -> None:
        """Keeps a policy or a calibration under the supervisors' signature; ``is_shipped``: it is one of the program's
        own. Raises VaultError(VAULT_NOT_PERMITTED) and what the rule of two persons refuses."""
        confirmed = self._state.require_two(Act.CHANGE_POLICY, second, is_shipped=is_shipped)
        self._write(signed_values.BLOB_PREFIX + name, content, "settings.stored", second=confirmed)

    def store_calibration(self, modality: str, content: bytes, second: SecondPerson | None) -> None:
        """Keeps a site's calibration under the supervisors' signature; of nothing, goes back to the program's. It takes
        two, and everybody is told. Raises VaultError(VAULT_NOT_PERMITTED) and what the rule of two persons refuses."""
        state, name = self._state, signed_values.BLOB_PREFIX + CALIBRATION + modality
        confirmed = state.require_two(Act.CHANGE_POLICY, second)
        signing, digest = signing_key(state.keys.roots, state.identity), hashlib.sha256(content).hexdigest()
        kind = NoticeKind.CALIBRATION_STORED if content else NoticeKind.CALIBRATION_REVERTED
        with state.sharing() as transaction:
            signed_values.write(transaction, name, content, signing, state.identity)
            state.record(transaction, "settings.stored", name=name, digest=digest, second=confirmed)
            give_notice(transaction, kind, state.operator.name, modality)

    def raise_policy(self, name: str, content: bytes, before: str, raised: Sequence[str]) -> None:
        """Puts a stricter policy in the place of one called ``before``: by the rules of the program, not by anybody's
        wish; a supervisor is there to sign it. Everybody is told which rules were ``raised``. Raises VaultError."""
        self._state.require(Act.CHANGE_POLICY)
        state, full = self._state, signed_values.BLOB_PREFIX + name
        signing, digest = signing_key(state.keys.roots, state.identity), hashlib.sha256(content).hexdigest()
        with state.sharing() as transaction:
            signed_values.write(transaction, full, content, signing, state.identity)
            state.record(transaction, "policy.raised", name=full, digest=digest, policy=before, number=len(raised))
            give_notice(transaction, NoticeKind.POLICY_RAISED, "", "; ".join([before, *raised]))

    def _read(self, name: str) -> bytes | None:
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            return signed_values.read(connection, name, state.key_file.control.verify_key, state.identity)

    def _write(self, name: str, value: bytes, event: str, **facts: str) -> None:
        state = self._state
        signing = signing_key(state.keys.roots, state.identity)
        with state.sharing() as transaction:
            signed_values.write(transaction, name, value, signing, state.identity)
            state.record(transaction, event, name=name, digest=hashlib.sha256(value).hexdigest(), **facts)
