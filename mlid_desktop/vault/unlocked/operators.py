"""Operators of an unlocked vault: their slots and passphrases, the recovery code, a second person's confirmation."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, RegisterError, UsageError, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.audit.notices import NoticeKind, StaffNotice, give_notice, mark_seen, read_notices
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
from mlid_desktop.vault.keys.slot_register import SlotEntry, SlotOrigin, register
from mlid_desktop.vault.keys.slots import BY_RECOVERY, FLOOR, NO_DEVICE_SECRET, NOTHING_ADDED, KdfCost
from mlid_desktop.vault.keys.unlock_throttle import UnlockThrottle, open_slot_counted
from mlid_desktop.vault.second_person import UNKNOWN, Act, Founding, SecondPerson, require_ruling
from mlid_desktop.vault.subjects.founding import write_founding
from mlid_desktop.vault.unlocked.erasure.rotation import Rotation
from mlid_desktop.vault.unlocked.state import VaultState

NOTICE_OF = {
    ("operator.added", SlotOrigin.ADDED): NoticeKind.OPERATOR_ADDED,
    ("operator.added", SlotOrigin.RECOVERED): NoticeKind.RECOVERY_CODE_USED,
    ("operator.changed", SlotOrigin.RECOVERED): NoticeKind.RECOVERY_CODE_USED,
    ("operator.changed", SlotOrigin.RESET): NoticeKind.OPERATOR_RESET,
    ("recovery.made", SlotOrigin.ADDED): NoticeKind.RECOVERY_CODE_MADE,
}


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

    def add(
        self, name: str, role: Role, passphrase: str, second: SecondPerson | None = None, cost: KdfCost | None = None
    ) -> None:
        """Gives another person a slot; it takes two. Raises VaultError: weak passphrase, and what the rule of two
        persons refuses."""
        self._state.require(Act.ADMIT_OPERATOR)
        admission = Admission(passphrase, cost or self.own_cost)
        changed = add_operator_slot(self._state.key_file, Operator(name, role), admission, self._state.keys.roots)
        confirmed = self._state.require_two(Act.ADMIT_OPERATOR, second)
        made = self._made(name, SlotOrigin.ADDED, confirmed)
        self._rewrite_key_file(changed, "operator.added", made, added=name, role=role.value, second=confirmed)

    def remove(self, name: str, second: SecondPerson | None = None, *, deep: bool = True) -> None:
        """Takes an operator's slot away and rotates the roots, so that what this person knew opens nothing that comes
        after. It takes two where there is a third person; the only one who stays does it alone. Raises
        VaultError(VAULT_UNKNOWN_OPERATOR, VAULT_LAST_SUPERVISOR) and what the rule refuses, UsageError for oneself."""
        self._state.require(Act.REMOVE_OPERATOR)
        leaving = self._state.key_file.grant(name).operator
        if name in {self._state.operator.name, RECOVERY_NAME}:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="operator")
        staying = [operator for operator in self.all() if operator != leaving]
        if not any(operator.role is Role.SUPERVISOR for operator in staying):
            raise VaultError(Code.VAULT_LAST_SUPERVISOR)
        if second is not None and second.operator.name == name:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        confirmed = self._state.require_two(Act.REMOVE_OPERATOR, second, leaving=name)
        self._rotation.rotate_without(name, second=confirmed, deep=deep)

    def reset_passphrase(
        self, name: str, passphrase: str, second: SecondPerson | None = None, cost: KdfCost | None = None
    ) -> None:
        """A new passphrase for an operator who forgot the old one, or was locked out; it takes two, or the recovery
        code, which makes the only person of a vault a second one too. Raises VaultError."""
        by_code = self._state.operator.name == RECOVERY_NAME
        is_new = by_code and name not in {operator.name for operator in self.all()}
        act = Act.ADMIT_OPERATOR if is_new else Act.RESET_OPERATOR
        self._state.require(act)
        admission, roots = Admission(passphrase, cost or self.own_cost), self._state.keys.roots
        if is_new:
            changed = add_operator_slot(self._state.key_file, Operator(name, Role.OPERATOR), admission, roots)
        else:
            changed = replace_operator_slot(self._state.key_file, name, admission, roots)
        confirmed = self._state.require_two(act, second)
        made = self._made(name, SlotOrigin.RESET, confirmed)
        event, who = ("operator.added", "added") if is_new else ("operator.changed", "changed")
        told: dict[str, str] = {who: name, "second": confirmed}
        told |= {"role": Role.OPERATOR.value} if is_new else {"how": "passphrase"}
        self._rewrite_key_file(changed, event, made, **told)
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
        code. Raises VaultError: wrong passphrase, weak passphrase, no device secret, no recovery code; and
        RegisterError(REGISTER_LED_ELSEWHERE) at a desk whose key file is that of the desk that leads."""
        self._state.require_open()
        if not self._state.shared.leads:
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)
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

    def set_recovery_code(self, code: str, again: str, second: SecondPerson | None = None) -> None:
        """Makes ``code`` (from ``recovery_code.new_code``, shown once) the vault's recovery code; one made before is
        void. ``again`` is what the person typed from the paper. It takes two, but of the only person one. Everybody is
        told at the next unlock. Raises VaultError(VAULT_BAD_RECOVERY_CODE) where it differs, and what the rule of two
        persons refuses: then nothing was changed."""
        self._state.require(Act.MAKE_RECOVERY_CODE)
        checked = recovery_code.checked_code(code)
        if recovery_code.checked_code(again) != checked:
            raise VaultError(Code.VAULT_BAD_RECOVERY_CODE)
        changed = add_recovery_slot(self._state.key_file, Admission(checked, FLOOR), self._state.keys.roots)
        confirmed = self._state.require_two(Act.MAKE_RECOVERY_CODE, second)
        made = self._made(RECOVERY_NAME, SlotOrigin.ADDED, confirmed)
        self._rewrite_key_file(changed, "recovery.made", made, second=confirmed)

    def second_needed(self, act: Act, *, leaving: str = "", is_shipped: bool = False) -> bool:
        """Whether a second person has to confirm this act now; False where it may be done alone. Raises VaultError
        where nobody can: VAULT_NOBODY_TO_SECOND, VAULT_RECOVERY_CODE_ALONE."""
        ruling = self._state.ruling(act, leaving=leaving, is_shipped=is_shipped)
        if ruling.refusal is Code.VAULT_SECOND_PERSON_NEEDED:
            return True
        require_ruling(ruling)
        return False

    def notices(self) -> tuple[StaffNotice, ...]:
        """What the person at the vault has not said to have seen, oldest first."""
        self._state.require_open()
        own = self._state.own_slot()
        with self._state.database.reading() as connection:
            return tuple(notice for notice in read_notices(connection) if own not in notice.seen)

    def mark_notices_seen(self) -> None:
        """The person at the vault saw them all."""
        waiting = len(self.notices())
        if waiting and self._state.operator.name != RECOVERY_NAME:
            with self._state.changing() as transaction:
                mark_seen(transaction, self._state.own_slot())
                self._state.record(transaction, "notices.seen", number=waiting)

    def confirm_passphrase(self, name: str, passphrase: str, store: OpenStore = open_store) -> Operator:
        """Identifies an operator by passphrase, counted like any try. Raises VaultError."""
        self._state.require_open()
        opened = self._open_slot(name, passphrase, store)
        opened.wipe()
        return opened.operator

    def confirm_second(self, name: str, passphrase: str) -> SecondPerson:
        """Another person's consent to one act, proven by passphrase; it is handed to that act. Raises VaultError:
        wrong passphrase, and at once what no act would let pass (the same person, the recovery code, a passphrase that
        one of the two set for the other within a day)."""
        state = self._state
        state.require_open()
        if name == state.operator.name:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        if name == RECOVERY_NAME:
            raise VaultError(Code.VAULT_RECOVERY_CODE_ALONE)
        operator, slot = self.confirm_passphrase(name, passphrase), state.key_file.grant(name).public.hex()
        require_ruling(state.ruling(Act.ERASE, slot))  # of two people it says the same for every act
        return state.second_persons.confirmed(operator, slot)

    def renew_pinned_key(self, passphrase: str, opened: OpenedSlot) -> None:
        """Pins the supervisors' new verify key in the operator's latch when unlocking after a rotation, so that a
        holder of the old signing key cannot deceive this operator any more. Wipes the private key."""
        key_file, name = self._state.key_file, opened.operator.name
        if opened.pinned != key_file.control.verify_key:
            admission = Admission(passphrase, self.own_cost, opened.device)
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

    @property
    def own_cost(self) -> KdfCost:
        """The cost of the passphrase of who unlocked the vault."""
        return self._state.key_file.latch(self._state.operator.name).cost

    def _made(self, name: str, how: SlotOrigin, second: str) -> SlotEntry:
        """What the register is to say of a slot that is made now."""
        state = self._state
        by_code = state.operator.name == RECOVERY_NAME
        origin, set_by = (SlotOrigin.RECOVERED, UNKNOWN) if by_code else (how, state.operator.name)
        return SlotEntry("", name, state.time().now, 0, set_by, second, origin)

    def _rewrite_key_file(self, key_file: KeyFile, event: str, made: SlotEntry | None = None, **facts: str) -> None:
        """Writes the key file, then records what was changed: the entry names the new generation too. A slot whose
        entry a kill prevents is found at the next unlock."""
        state = self._state
        state.write_key_file(key_file)
        with state.changing() as transaction:
            state.record(transaction, event, **facts)
            if made is not None:
                register(transaction, key_file.grant(made.name), made.how, made.set_by, made.second)
                kind = NOTICE_OF.get((event, made.how))
                told = not made.second or made.name == RECOVERY_NAME  # what two people did among themselves is no news
                if kind is not None and told:
                    give_notice(transaction, kind, state.operator.name, "" if made.name == RECOVERY_NAME else made.name)
            if made is not None and made.how is SlotOrigin.ADDED and event == "operator.added" and not made.second:
                write_founding(transaction, Founding.ADMITTED)
