"""Operators of an unlocked vault: their slots and passphrases, the recovery code, a second person's confirmation."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keys import recovery_code, slot_register
from mlid_desktop.vault.keys.device_secret import OpenStore, made_device_secret, open_store
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.slot_operations import (
    RECOVERY_NAME,
    Admission,
    OpenedSlot,
    add_operator_slot,
    add_recovery_slot,
    replace_operator_slot,
    replace_passphrase,
)
from mlid_desktop.vault.keys.slot_register import SlotOrigin
from mlid_desktop.vault.keys.slots import BY_RECOVERY, FLOOR, NO_DEVICE_SECRET, NOTHING_ADDED, KdfCost
from mlid_desktop.vault.keys.unlock_throttle import UnlockThrottle, open_slot_counted
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.unlocked.rotation import Rotation
from mlid_desktop.vault.unlocked.state import VaultState


class Operators:
    """Manages the operators of a vault: supervisors give and take away access; everybody changes their own
    passphrase."""

    def __init__(self, state: VaultState, rotation: Rotation) -> None:
        self._state = state
        self._rotation = rotation

    def all(self) -> tuple[Operator, ...]:
        """The operators who have a slot."""
        return self._state.key_file.operators

    @property
    def has_recovery_code(self) -> bool:
        """Whether there is a recovery slot."""
        return any(grant.kind == BY_RECOVERY for grant in self._state.key_file.control.grants)

    def add(self, name: str, role: Role, passphrase: str, cost: KdfCost | None = None) -> None:
        """Adds an operator with a slot. Raises VaultError(VAULT_WEAK_PASSPHRASE)."""
        self._state.require(Act.ADMIT_OPERATOR)
        admission = Admission(passphrase, cost or self._own_cost())
        changed = add_operator_slot(self._state.key_file, Operator(name, role), admission, self._state.keys.roots)
        self._rewrite_key_file(changed, "operator.added", (name, SlotOrigin.ADDED, ""), added=name, role=role.value)

    def remove(self, name: str, *, deep: bool = True) -> None:
        """Removes an operator's slot and rotates the roots, so that what this person knew opens nothing written later.
        Raises VaultError(VAULT_UNKNOWN_OPERATOR, VAULT_LAST_SUPERVISOR), UsageError for oneself."""
        self._state.require(Act.ADMIT_OPERATOR)
        leaving = self._state.key_file.grant(name).operator
        if name in {self._state.operator.name, RECOVERY_NAME}:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="operator")
        staying = [operator for operator in self.all() if operator != leaving]
        if not any(operator.role is Role.SUPERVISOR for operator in staying):
            raise VaultError(Code.VAULT_LAST_SUPERVISOR)
        self._rotation.rotate_without(name, deep=deep)

    def reset_passphrase(self, name: str, passphrase: str, cost: KdfCost | None = None) -> None:
        """Sets a new passphrase for an operator who forgot the old one, or was locked out. Raises VaultError."""
        self._state.require(Act.ADMIT_OPERATOR)
        admission = Admission(passphrase, cost or self._own_cost())
        changed = replace_operator_slot(self._state.key_file, name, admission, self._state.keys.roots)
        how = SlotOrigin.RECOVERED if self._state.operator.name == RECOVERY_NAME else SlotOrigin.RESET
        self._rewrite_key_file(changed, "operator.changed", (name, how, ""), changed=name, how="passphrase")
        UnlockThrottle(self._state.folder).clear(name, self._state.clock.now())

    def change_passphrase(
        self,
        present: str,
        fresh: str,
        cost: KdfCost | None = None,
        *,
        binding: str | None = None,
        store: OpenStore = open_store,
    ) -> None:
        """Changes the operator's own passphrase; the present one is asked for again. ``binding`` ties it to this
        machine's key store, or ("none") unties it; a tied one is lost with the machine, so there must be a recovery
        code. Raises VaultError: wrong passphrase, weak passphrase, no device secret, no recovery code."""
        self._state.require_open()
        name = self._state.operator.name
        if name == RECOVERY_NAME:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        if binding not in {None, NO_DEVICE_SECRET} and not self.has_recovery_code:
            raise VaultError(Code.VAULT_NO_RECOVERY_CODE)
        opened = self._open_slot(name, present, store)
        latch = self._state.key_file.latch(name)
        wanted = latch.binding if binding is None else binding
        vault_id = self._state.identity.vault_id
        device = made_device_secret(wanted, vault_id, store) if wanted != NO_DEVICE_SECRET else NOTHING_ADDED
        admission = Admission(fresh, cost or latch.cost, device)
        changed = replace_passphrase(self._state.key_file, name, opened.private, admission)
        opened.wipe()
        self._rewrite_key_file(changed, "passphrase.changed", how=wanted)

    def set_recovery_code(self, code: str, again: str) -> None:
        """Makes ``code`` (from ``recovery_code.new_code``, shown once) the vault's recovery code; one made before is
        void. ``again`` is what the person typed from the paper. Raises VaultError(VAULT_BAD_RECOVERY_CODE) where it
        differs: then nothing was changed."""
        self._state.require(Act.ADMIT_OPERATOR)
        checked = recovery_code.checked_code(code)
        if recovery_code.checked_code(again) != checked:
            raise VaultError(Code.VAULT_BAD_RECOVERY_CODE)
        changed = add_recovery_slot(self._state.key_file, Admission(checked, FLOOR), self._state.keys.roots)
        self._rewrite_key_file(changed, "recovery.made", (RECOVERY_NAME, SlotOrigin.ADDED, ""))

    def confirm_passphrase(self, name: str, passphrase: str, store: OpenStore = open_store) -> Operator:
        """Identifies an operator by passphrase, counted like any try. Raises VaultError."""
        self._state.require_open()
        opened = self._open_slot(name, passphrase, store)
        opened.wipe()
        return opened.operator

    def confirm_second(self, name: str, passphrase: str) -> SecondPerson:
        """A second operator's confirmation of one act, by passphrase; it is handed to that act. Raises VaultError."""
        self._state.require_open()
        if name == self._state.operator.name:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        return self._state.second_persons.confirmed(self.confirm_passphrase(name, passphrase))

    def renew_pinned_key(self, passphrase: str, opened: OpenedSlot) -> None:
        """Pins the supervisors' new verify key in the operator's latch when unlocking after a rotation, so that a
        holder of the old signing key cannot deceive this operator any more. Wipes the private key."""
        key_file, name = self._state.key_file, opened.operator.name
        if opened.pinned != key_file.control.verify_key:
            admission = Admission(passphrase, self._own_cost(), opened.device)
            self._state.write_key_file(replace_passphrase(key_file, name, opened.private, admission))
        wipe(opened.private)

    def settle_register(self) -> None:
        """Registers, when unlocking, slots that nobody registered (their maker was interrupted or did not want to be
        known): they wait like new ones, and everybody is told."""
        state = self._state
        grants = state.key_file.control.grants
        with state.database.reading() as connection:
            if slot_register.is_settled(connection, grants):
                return
        with state.changing() as transaction:
            for grant in slot_register.settle(transaction, grants):
                give_notice(transaction, NoticeKind.SLOT_FOUND, "", grant.name)

    def _open_slot(self, name: str, passphrase: str, store: OpenStore) -> OpenedSlot:
        state = self._state
        opened, _ = open_slot_counted(state.folder, state.key_file, name, passphrase, state.clock.now(), store)
        return opened

    def _own_cost(self) -> KdfCost:
        return self._state.key_file.latch(self._state.operator.name).cost

    def _rewrite_key_file(
        self, key_file: KeyFile, event: str, made: tuple[str, SlotOrigin, str] | None = None, **facts: str
    ) -> None:
        """Writes the key file, then records the change in the audit: the entry names the new generation too. A slot
        whose entry a kill prevents is found at the next unlock."""
        state = self._state
        state.write_key_file(key_file)
        with state.changing() as transaction:
            state.record(transaction, event, **facts)
            if made is not None:
                name, how, second = made
                slot_register.register(transaction, key_file.grant(name), how, state.operator.name, second)
