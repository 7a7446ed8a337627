"""Tests of attack detection in an unlocked demo vault: begun by two, added to at the desk, erased by two."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.subjects import attack_tests
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.state import VaultState


class AttackTests:
    """The one test that a demo vault may hold, as bytes in their order; the first entry is its plan."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys

    def begin(self, plan: bytes, second: SecondPerson | None) -> None:
        """Begins a test. Raises UsageError(USAGE_NEEDS_DEMO_VAULT, USAGE_TEST_UNDER_WAY),
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        self._state.require(Act.TEST_ATTACKS)
        if not self._state.identity.demo:
            raise UsageError(Code.USAGE_NEEDS_DEMO_VAULT)
        with self._state.database.reading() as connection:
            if attack_tests.count(connection):
                raise UsageError(Code.USAGE_TEST_UNDER_WAY)
        confirmed = self._state.require_two(Act.TEST_ATTACKS, second)
        with self._state.changing() as transaction:
            attack_tests.insert(transaction, plan, self._state.keys.subjects)
            self._state.record(transaction, "attack_test.begun", second=confirmed)

    def append(self, content: bytes, kind: str) -> int:
        """Adds an entry of this kind, durable when this returns; gives its place. Raises
        UsageError(USAGE_NO_TEST)."""
        self._state.require(Act.ENROL)
        with self._state.changing() as transaction:
            if not attack_tests.count(transaction.connection):
                raise UsageError(Code.USAGE_NO_TEST)
            sequence = attack_tests.insert(transaction, content, self._state.keys.subjects)
            self._state.record(transaction, "attack_test.presented", name=kind, entries=sequence)
        return sequence

    def entries(self) -> tuple[bytes, ...]:
        """Opens every entry, in their order; nothing where there is no test. Raises VaultError."""
        with self._state.reading(Act.ENROL) as connection:
            return attack_tests.open_entries(connection, self._state.keys.subjects)

    def erase(self, second: SecondPerson | None) -> None:
        """Erases the test with its keys. Raises VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._state.require_two(Act.TEST_ATTACKS, second)
        buckets, delete = {attack_tests.BUCKET}, attack_tests.delete_all
        self._keys.erase(buckets, delete, "attack_test.erased", second=confirmed)
