"""Who opens a vault: recovery code, passphrases that change, tries that are counted, a secret of the machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.keys import recovery_code
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from mlid_desktop.vault.keys.slot_operations import RECOVERY_NAME
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.keys.unlock_throttle import FREE_TRIES, LOCKED_OUT_AFTER, UnlockThrottle
from mlid_desktop.vault.lifecycle import Vault, recover_vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened, witness

CLERK = "clerk's passphrase"
FRESH = "a fresh passphrase"


def refused(folder: Path, clock: FixedClock, passphrase: str, name: str | None = "sup") -> Code:
    """The code that an unlock ends with."""
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock, name, passphrase)
    return fault.value.code


class TestRecoveryCode:
    def test_it_opens_the_vault_and_gives_out_a_new_passphrase(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        vault.save(enrolment())
        code = recovery_code.new_code()
        vault.operators.set_recovery_code(code, code.lower().replace("-", " "), witness(vault))
        vault.lock()
        again = recover_vault(folder, code=code, clock=clock)
        assert again.operator.role is Role.SUPERVISOR
        again.operators.reset_passphrase("sup", FRESH, cost=FLOOR)
        again.lock()
        assert refused(folder, clock, PASSPHRASE) is Code.VAULT_WRONG_PASSPHRASE
        opened = reopened(folder, clock, "sup", FRESH)
        assert opened.verify().subjects == 1
        assert "recovery.used" in {entry.event for entry in opened.audit.entries()}
        opened.lock()

    def test_nothing_changes_before_it_was_typed_again(self, vault: Vault, folder: Path) -> None:
        before = (folder / KEY_FILE).read_bytes()
        for again in ("", recovery_code.new_code()):
            with pytest.raises(VaultError) as fault:
                vault.operators.set_recovery_code(recovery_code.new_code(), again, witness(vault))
            assert fault.value.code is Code.VAULT_BAD_RECOVERY_CODE
        assert (folder / KEY_FILE).read_bytes() == before
        assert not vault.operators.has_recovery_code

    def test_a_new_code_makes_the_old_one_void(self, vault: Vault, folder: Path, clock: FixedClock) -> None:
        first, second = recovery_code.new_code(), recovery_code.new_code()
        vault.operators.set_recovery_code(first, first, witness(vault))
        vault.operators.set_recovery_code(second, second, witness(vault))
        vault.lock()
        with pytest.raises(VaultError) as fault:
            recover_vault(folder, code=first, clock=clock)
        assert fault.value.code is Code.VAULT_WRONG_PASSPHRASE
        recover_vault(folder, code=second, clock=clock).lock()

    def test_it_is_no_operator_and_nobody_may_be_called_so(self, vault: Vault) -> None:
        code = recovery_code.new_code()
        vault.operators.set_recovery_code(code, code, witness(vault))
        assert [operator.name for operator in vault.operators.all()] == ["sup", "witness"]
        with pytest.raises(UsageError):
            vault.operators.add(RECOVERY_NAME, Role.OPERATOR, CLERK, witness(vault), FLOOR)

    @given(index=st.integers(0, 27), letter=st.sampled_from(recovery_code.ALPHABET))
    def test_a_mistaken_letter_is_noticed_without_any_work(self, index: int, letter: str) -> None:
        code = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-" + recovery_code._check("AAAABBBBCCCCDDDDEEEEFFFF")
        letters = code.replace("-", "")
        changed = letters[:index] + letter + letters[index + 1 :]
        if changed == letters:
            assert recovery_code.checked_code(changed) == code
            return
        with pytest.raises(VaultError):
            recovery_code.checked_code(changed)

    def test_letters_that_look_like_digits_are_taken_for_them(self) -> None:
        code = recovery_code.new_code()
        typed = code.replace("0", "o").replace("1", "l")
        assert recovery_code.checked_code(typed) == code


class TestPassphrases:
    def test_everybody_changes_their_own(self, vault: Vault, folder: Path, clock: FixedClock) -> None:
        vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
        vault.lock()
        clerk = reopened(folder, clock, "clerk", CLERK)
        clerk.operators.change_passphrase(CLERK, FRESH)
        clerk.lock()
        assert refused(folder, clock, CLERK, "clerk") is Code.VAULT_WRONG_PASSPHRASE
        reopened(folder, clock, "clerk", FRESH).lock()

    def test_the_present_one_is_asked_for_again(self, vault: Vault, folder: Path) -> None:
        before = (folder / KEY_FILE).read_bytes()
        with pytest.raises(VaultError) as fault:
            vault.operators.change_passphrase("somebody else's", FRESH)
        assert fault.value.code is Code.VAULT_WRONG_PASSPHRASE
        with pytest.raises(VaultError) as fault:
            vault.operators.change_passphrase(PASSPHRASE, "short")
        assert fault.value.code is Code.VAULT_WEAK_PASSPHRASE
        assert (folder / KEY_FILE).read_bytes() == before

    def test_a_supervisor_gives_a_new_one_and_a_clerk_does_not(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
        vault.operators.reset_passphrase("clerk", FRESH, witness(vault), FLOOR)
        vault.lock()
        clerk = reopened(folder, clock, "clerk", FRESH)
        acts: tuple[Callable[[], object], ...] = (
            lambda: clerk.operators.reset_passphrase("sup", FRESH),
            lambda: clerk.operators.remove("sup", witness(clerk)),
            lambda: clerk.operators.set_recovery_code(recovery_code.new_code(), ""),
            clerk.rotation.rotate,
        )
        for forbidden in acts:
            with pytest.raises(VaultError) as fault:
                forbidden()
            assert fault.value.code is Code.VAULT_NOT_PERMITTED
        clerk.lock()


class TestTries:
    def test_after_some_wrong_ones_even_the_right_one_has_to_wait(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        vault.lock()
        for _ in range(FREE_TRIES):
            assert refused(folder, clock, "wrong passphrase") is Code.VAULT_WRONG_PASSPHRASE
        assert refused(folder, clock, PASSPHRASE) is Code.VAULT_TRY_LATER
        clock.advance(6)
        assert refused(folder, clock, "wrong passphrase") is Code.VAULT_WRONG_PASSPHRASE
        clock.advance(6)
        assert refused(folder, clock, PASSPHRASE) is Code.VAULT_TRY_LATER  # the delay has doubled
        clock.advance(6)
        reopened(folder, clock).lock()
        assert refused(folder, clock, "wrong passphrase") is Code.VAULT_WRONG_PASSPHRASE  # counted anew

    def test_the_count_is_on_disk_before_the_try(self, tmp_path: Path, clock: FixedClock) -> None:
        tries = UnlockThrottle(tmp_path)
        for _ in range(FREE_TRIES):
            tries.begin("sup", clock.now())  # and the power goes: nobody says how it ended
        with pytest.raises(VaultError) as fault:
            UnlockThrottle(tmp_path).begin("sup", clock.now())
        assert fault.value.code is Code.VAULT_TRY_LATER
        UnlockThrottle(tmp_path).begin("clerk", clock.now())  # somebody else's count

    def test_the_longest_way_is_a_lock_out(self, tmp_path: Path, clock: FixedClock) -> None:
        tries = UnlockThrottle(tmp_path)
        for _ in range(LOCKED_OUT_AFTER):
            clock.advance(16 * 60)
            tries.begin("sup", clock.now())
        clock.advance(timedelta(hours=23).total_seconds())
        with pytest.raises(VaultError) as fault:
            tries.begin("sup", clock.now())
        assert fault.value.facts["seconds"] == 3601
        clock.advance(3600)
        tries.begin("sup", clock.now())

    def test_a_clock_set_back_starts_the_delay_anew(self, tmp_path: Path, clock: FixedClock) -> None:
        tries = UnlockThrottle(tmp_path)
        for _ in range(FREE_TRIES):
            tries.begin("sup", clock.now())
        clock.set_wall(clock.now() - timedelta(days=400))
        with pytest.raises(VaultError):
            tries.begin("sup", clock.now())
        clock.advance(6)
        tries.begin("sup", clock.now())

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"checksum":"","tries":{}}', b"\xff" * 70_000])
    def test_damage_is_no_way_around_it_and_shuts_nobody_out_for_ever(
        self, tmp_path: Path, clock: FixedClock, content: bytes
    ) -> None:
        (tmp_path / "tries").write_bytes(content)
        with pytest.raises(VaultError):
            UnlockThrottle(tmp_path).begin("sup", clock.now())
        clock.advance(16 * 60)
        UnlockThrottle(tmp_path).begin("sup", clock.now())

    def test_a_second_person_is_counted_too(self, vault: Vault) -> None:
        vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
        held = witness(vault)
        for _ in range(FREE_TRIES):
            with pytest.raises(VaultError):
                vault.operators.confirm_second("clerk", "wrong passphrase")
        with pytest.raises(VaultError) as fault:
            vault.operators.confirm_second("clerk", CLERK)
        assert fault.value.code is Code.VAULT_TRY_LATER
        vault.operators.reset_passphrase("clerk", FRESH, held, FLOOR)
        with pytest.raises(VaultError) as fault:
            vault.operators.confirm_second("clerk", FRESH)
        assert fault.value.code is Code.VAULT_SECOND_MUST_WAIT


def test_removing_somebody_takes_the_slot_and_changes_the_roots(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    vault.operators.add("gone", Role.SUPERVISOR, FRESH, witness(vault), FLOOR)
    person = vault.save(enrolment())
    before = vault._state.keys.roots
    known = (bytes(before.data), bytes(before.control or b""))
    vault.operators.remove("gone", witness(vault))
    after = vault._state.keys.roots
    assert bytes(after.data) not in known
    assert bytes(after.control or b"") not in known
    assert vault.record(person.subject_id).details.number == "1001"
    vault.lock()
    assert refused(folder, clock, FRESH, "gone") is Code.VAULT_UNKNOWN_OPERATOR
    clerk = reopened(folder, clock, "clerk", CLERK)  # was away, and has the same passphrase
    clerk.verify()
    clerk.lock()
    assert {operator.name for operator in read_key_file((folder / KEY_FILE).read_bytes()).operators} == {
        "sup",
        "witness",
        "clerk",
    }


def test_nobody_removes_themselves_or_the_last_supervisor(vault: Vault, folder: Path, clock: FixedClock) -> None:
    with pytest.raises(UsageError):
        vault.operators.remove("sup", witness(vault))
    code = recovery_code.new_code()
    vault.operators.set_recovery_code(code, code, witness(vault))
    vault.lock()
    again = recover_vault(folder, code=code, clock=clock)
    with pytest.raises(VaultError) as fault:
        again.operators.remove("sup")
    assert fault.value.code is Code.VAULT_LAST_SUPERVISOR
    again.lock()
