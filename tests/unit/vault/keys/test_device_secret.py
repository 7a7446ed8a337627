"""A secret of the machine in a passphrase, and what a passphrase costs on this machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys import device_secret, kdf_calibration, recovery_code
from mlid_desktop.vault.keys.kdf_calibration import calibrated_cost
from mlid_desktop.vault.keys.slots import CEILING, FLOOR, KdfCost
from mlid_desktop.vault.lifecycle import Vault, recover_vault, unlock_vault
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, reopened, witness

FRESH = "a fresh passphrase"


class FalseKeyStore:
    """A key store of the operating system, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class TestDeviceSecret:
    def bound(self, vault: Vault) -> tuple[FalseKeyStore, str]:
        code, store = recovery_code.new_code(), FalseKeyStore()
        vault.operators.set_recovery_code(code, code, witness(vault))
        vault.operators.change_passphrase(
            PASSPHRASE, PASSPHRASE, FLOOR, binding="secret-service", store=lambda _: store
        )
        vault.lock()
        return store, code

    def unlocked(self, folder: Path, clock: FixedClock, store: FalseKeyStore) -> Vault:
        return unlock_vault(
            folder, operator_name="sup", passphrase=PASSPHRASE, clock=clock, store=lambda name: checked(name, store)
        )

    def test_the_right_passphrase_opens_nothing_without_it(self, vault: Vault, folder: Path, clock: FixedClock) -> None:
        store, code = self.bound(vault)
        self.unlocked(folder, clock, store).lock()
        with pytest.raises(VaultError) as fault:
            self.unlocked(folder, clock, FalseKeyStore())
        assert fault.value.code is Code.VAULT_NO_DEVICE_SECRET
        other = FalseKeyStore()
        other.kept = dict.fromkeys(store.kept, "00" * 32)
        with pytest.raises(VaultError) as fault:
            self.unlocked(folder, clock, other)
        assert fault.value.code is Code.VAULT_WRONG_PASSPHRASE
        recover_vault(folder, code=code, clock=clock).lock()  # the recovery slot is never bound to a machine

    def test_it_survives_a_rotation_and_is_untied_by_its_owner(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        store, _ = self.bound(vault)
        opened = self.unlocked(folder, clock, store)
        opened.rotation.rotate()
        opened.lock()
        opened = self.unlocked(folder, clock, store)
        opened.operators.change_passphrase(PASSPHRASE, PASSPHRASE, binding="none", store=lambda _: store)
        opened.lock()
        reopened(folder, clock).lock()

    def test_without_a_recovery_code_nobody_ties_themselves_to_a_machine(self, vault: Vault) -> None:
        with pytest.raises(VaultError) as fault:
            vault.operators.change_passphrase(
                PASSPHRASE, FRESH, binding="secret-service", store=lambda _: FalseKeyStore()
            )
        assert fault.value.code is Code.VAULT_NO_RECOVERY_CODE

    def test_only_named_stores_are_asked(self) -> None:
        with pytest.raises(VaultError) as fault:
            device_secret.device_secret("plaintext-file", "00" * 16)
        assert fault.value.code is Code.VAULT_UNSUPPORTED_VERSION

    @pytest.mark.parametrize("name", sorted(device_secret.BACKENDS))
    def test_a_store_that_is_not_there_is_named(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(device_secret.BACKENDS, name, ("mlid_no_such_module", "Keyring"))
        with pytest.raises(VaultError) as fault:
            device_secret.open_store(name)
        assert fault.value.code is Code.VAULT_NO_DEVICE_SECRET


def checked(name: str, store: FalseKeyStore) -> FalseKeyStore:
    """The store, asked for by the name that the latch gives."""
    assert name == "secret-service"
    return store


class TestCost:
    @given(kib_per_s=st.floats(1e3, 1e9), aim=st.floats(0.0, 10.0))
    def test_it_is_within_floor_and_ceiling_on_every_machine(self, kib_per_s: float, aim: float) -> None:
        cost = calibrated_cost(aim, lambda asked: asked.memory_kib * asked.passes / kib_per_s)
        for name in ("memory_kib", "passes", "lanes"):
            assert getattr(FLOOR, name) <= getattr(cost, name) <= getattr(CEILING, name)

    def test_a_machine_that_is_busy_meanwhile_gives_no_weaker_cost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spent, now, asked = iter([0.9, 0.5, 0.7, 1.9]), [0.0], list[int]()

        class Costly:
            def __init__(self, *, memory_cost: int, **_: object) -> None:
                asked.append(memory_cost)

            def derive(self, _passphrase: bytes) -> bytes:
                now[0] += next(spent)
                return b""

        monkeypatch.setattr(kdf_calibration, "Argon2id", Costly)
        monkeypatch.setattr(time, "process_time", lambda: now[0])
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        cost = calibrated_cost(1.0)
        assert asked == [64 * 1024] * 3 + [cost.memory_kib]
        assert cost.memory_kib == 4 * 64 * 1024  # of the least of three, 0.5 s shared by two cores
        assert cost.passes == 3

    @given(kib_per_s=st.floats(2e5, 2e7))
    def test_it_takes_about_a_second_where_the_bounds_allow(self, kib_per_s: float) -> None:
        def takes(asked: KdfCost) -> float:
            return asked.memory_kib * asked.passes / kib_per_s

        assert 0.7 <= takes(calibrated_cost(1.0, takes)) <= 1.4
