"""The part of an unlocked vault that says who may open it: people, passphrases, the recovery code."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.device_secret import OpenStore, device_secret, made_device_secret, open_store
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.slot_operations import (
    RECOVERY_NAME,
    Admission,
    OpenedSlot,
    admitted,
    open_slot,
    readmitted,
    with_passphrase,
    with_recovery,
)
from mlid_desktop.vault.keys.slots import BY_RECOVERY, FLOOR, NO_DEVICE_SECRET, NOTHING_ADDED, KdfCost
from mlid_desktop.vault.keys.unlock_throttle import TriesFile
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.unlocked.state import Workings


class Access(Workings):
    """Supervisors let people in; everybody changes their own passphrase."""

    @property
    def has_recovery_code(self) -> bool:
        """Whether there is a recovery slot."""
        return any(grant.kind == BY_RECOVERY for grant in self._key_file.control.grants)

    def add_operator(self, name: str, role: Role, passphrase: str, cost: KdfCost | None = None) -> None:
        """Gives another person a slot. Raises VaultError(VAULT_WEAK_PASSPHRASE)."""
        self._require(Act.ADMIT_OPERATOR)
        admission = Admission(passphrase, cost or self._own_cost())
        changed = admitted(self._key_file, Operator(name, role), admission, self._keys.roots)
        self._rewrite_key_file(changed, "operator.added", added=name, role=role.value)

    def reset_passphrase(self, name: str, passphrase: str, cost: KdfCost | None = None) -> None:
        """A new passphrase for somebody who forgot theirs, or was locked out. Raises VaultError."""
        self._require(Act.ADMIT_OPERATOR)
        admission = Admission(passphrase, cost or self._own_cost())
        changed = readmitted(self._key_file, name, admission, self._keys.roots)
        self._rewrite_key_file(changed, "operator.changed", changed=name, how="passphrase")
        TriesFile(self._folder).succeeded(name, self._clock.now())

    def change_passphrase(
        self,
        present: str,
        fresh: str,
        cost: KdfCost | None = None,
        *,
        binding: str | None = None,
        store: OpenStore = open_store,
    ) -> None:
        """One's own passphrase; the one of now is asked for again. ``binding`` ties it to this machine's key store, or
        ("none") unties it; a tied one is lost with the machine, so there must be a recovery code. Raises VaultError:
        wrong passphrase, weak passphrase, no device secret, no recovery code."""
        self._require_open()
        name = self._operator.name
        if name == RECOVERY_NAME:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        if binding not in {None, NO_DEVICE_SECRET} and not self.has_recovery_code:
            raise VaultError(Code.VAULT_NO_RECOVERY_CODE)
        opened = self._tried(name, present, store)
        latch = self._key_file.latch(name)
        wanted = latch.binding if binding is None else binding
        device = (
            made_device_secret(wanted, self.identity.vault_id, store) if wanted != NO_DEVICE_SECRET else NOTHING_ADDED
        )
        changed = with_passphrase(self._key_file, name, opened.private, Admission(fresh, cost or latch.cost, device))
        opened.wipe()
        self._rewrite_key_file(changed, "passphrase.changed", how=wanted)

    def set_recovery_code(self, code: str, again: str) -> None:
        """Makes ``code`` (from ``recovery.new_code``, shown once) the vault's recovery code; one made before is void.
        ``again`` is what the person typed from the paper. Raises VaultError(VAULT_BAD_RECOVERY_CODE) where it
        differs: then nothing was changed."""
        self._require(Act.ADMIT_OPERATOR)
        checked = recovery_code.checked_code(code)
        if recovery_code.checked_code(again) != checked:
            raise VaultError(Code.VAULT_BAD_RECOVERY_CODE)
        changed = with_recovery(self._key_file, Admission(checked, FLOOR), self._keys.roots)
        self._rewrite_key_file(changed, "recovery.made")

    def confirm_passphrase(self, name: str, passphrase: str, store: OpenStore = open_store) -> Operator:
        """Who this is, proven by passphrase, counted like any try. Raises VaultError."""
        self._require_open()
        opened = self._tried(name, passphrase, store)
        opened.wipe()
        return opened.operator

    def renew_pin(self, passphrase: str, opened: OpenedSlot) -> None:
        """Part of unlocking: after a rotation the person's latch pins the supervisors' new verify key, so that whoever
        kept the old one cannot deceive the person any more. Wipes the private key."""
        control, name = self._key_file.control, opened.operator.name
        if opened.pinned != control.verify_key:
            admission = Admission(passphrase, self._own_cost(), opened.device)
            self._write_key_file(with_passphrase(self._key_file, name, opened.private, admission))
        wipe(opened.private)

    def _tried(self, name: str, passphrase: str, store: OpenStore) -> OpenedSlot:
        """One try, counted before it is made."""
        latch = self._key_file.latch(self._key_file.grant(name).name)
        device = device_secret(latch.binding, self.identity.vault_id, store)
        tries = TriesFile(self._folder)
        tries.begin(name, self._clock.now())
        opened = open_slot(self._key_file, name, passphrase, device)
        tries.succeeded(name, self._clock.now())
        return opened

    def _own_cost(self) -> KdfCost:
        return self._key_file.latch(self._operator.name).cost

    def _rewrite_key_file(self, key_file: KeyFile, event: str, **facts: str) -> None:
        """Writes the key file, then notes what was changed: the entry names the new generation too."""
        self._write_key_file(key_file)
        self._note(event, **facts)
