"""Each commit appends one signed change; what is done to the log behind the vault's back is named at unlock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.changes import change_log
from mlid_desktop.vault.store.schema import CHANGES, DESKS
from tests.doubles import FixedClock
from tests.unit.vault.conftest import reopened
from tests.unit.vault.unlocked.logged_changes import changes, desks


class TestLog:
    def test_each_commit_is_one_change_of_its_generation(self, busy: Vault) -> None:
        found = changes(busy)
        assert [number for number, _, _ in found] == list(range(1, busy._state.commits.head.generation + 1))
        assert [act for _, act, _ in found[-5:]] == ["enrolment.saved", *["attempt.counted"] * 4]
        assert {desk for _, _, desk in found} == {desks(busy)[0].desk}
        assert busy.verify().subjects == 1

    def test_a_change_that_fails_leaves_no_trace(self, busy: Vault) -> None:
        before = changes(busy)
        with pytest.raises(ValueError, match="no event"), busy._state.changing() as transaction:
            busy._state.record(transaction, "nothing.known")
        assert changes(busy) == before
        busy.count_attempt(None)
        busy.verify()

    def test_without_a_desk_nothing_is_written_into_a_log(self, busy: Vault) -> None:
        busy._state.commits.desk = None
        with pytest.raises(RuntimeError):
            busy.count_attempt(None)
        assert busy._state.desk_keys is not None
        busy._state.adopt_desk(busy._state.desk_keys)
        busy.verify()

    def test_a_checkpoint_cuts_it_and_covers_the_cut(self, busy: Vault, folder: Path, clock: FixedClock) -> None:
        before = changes(busy)[-1]
        signed = busy.audit.sign_checkpoint()
        assert [(number, act) for number, act, _ in changes(busy)] == [(before[0] + 1, "checkpoint.signed")]
        assert signed.change_link
        busy.verify()
        busy.count_attempt(None)
        busy.audit.sign_checkpoint()
        busy.lock()
        again = reopened(folder, clock)
        again.verify()
        assert len(changes(again)) == 1
        with again._state.database.changing() as connection:  # as if nobody had signed that it is cut there
            connection.execute(sa.delete(CHANGES))
        with pytest.raises(VaultError) as fault:
            again.verify()
        assert fault.value.code is Code.VAULT_DAMAGED
        again.lock()

    def test_at_unlock_the_newest_alone_are_checked(
        self, busy: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(change_log, "NEWEST", 3)
        damage(busy, lambda c: c.execute(sa.update(CHANGES).where(CHANGES.c.n == 2).values(act="subject.erased")))
        vault = reopened(folder, clock)
        with pytest.raises(VaultError) as fault:
            vault.verify()
        assert fault.value.facts["what"] == "change 2"
        with pytest.raises(VaultError):  # and nothing is signed, nor cut away, that does not hold
            vault.audit.sign_checkpoint()
        assert changes(vault)[0][0] == 1
        vault.lock()

    def test_a_rotation_and_a_deep_one_carry_it_on(self, busy: Vault, folder: Path, clock: FixedClock) -> None:
        busy.rotation.rotate()
        busy.rotation.rotate(deep=True)
        desk = desks(busy)[0]
        busy.lock()
        again = reopened(folder, clock)
        again.verify()
        assert [act for _, act, _ in changes(again)].count("roots.rotated") == 2
        assert [row.desk for row in desks(again)] == [desk.desk]
        again.lock()


def damage(vault: Vault, act: Callable[[Connection], object]) -> None:
    """Does something to the database behind the vault's back, as whoever has its key can, and locks it."""
    with vault._state.database.changing() as connection:
        act(connection)
    vault.lock()


def exchange(connection: Connection) -> None:
    """Two neighbours in one another's place."""
    rows = [row._asdict() for row in connection.execute(sa.select(CHANGES).order_by(CHANGES.c.n.desc()).limit(3))][1:]
    connection.execute(sa.delete(CHANGES).where(CHANGES.c.n.in_([row["n"] for row in rows])))
    numbers = [row["n"] for row in rows]
    connection.execute(sa.insert(CHANGES), [{**row, "n": n} for row, n in zip(rows, reversed(numbers), strict=True)])


def forge(connection: Connection) -> None:
    """The newest change says something else, linked as it should be, signed by a key of one's own."""
    newest = connection.execute(sa.select(sa.func.max(CHANGES.c.n))).scalar_one()
    mine = signing_key_of(bytearray(b"k" * 32)).sign(b"whatever")
    connection.execute(sa.update(CHANGES).where(CHANGES.c.n == newest).values(signature=mine))


def at_end(back: int) -> sa.ColumnElement[bool]:
    return CHANGES.c.n == sa.select(sa.func.max(CHANGES.c.n) - back).scalar_subquery()


DAMAGE: dict[str, tuple[Callable[[Connection], object], str]] = {
    "left out": (lambda c: c.execute(sa.delete(CHANGES).where(at_end(2))), "removed"),
    "cut off": (lambda c: c.execute(sa.delete(CHANGES).where(at_end(0))), "truncated"),
    "all gone": (lambda c: c.execute(sa.delete(CHANGES)), "truncated"),
    "another act": (lambda c: c.execute(sa.update(CHANGES).where(at_end(1)).values(act="upkeep")), "changed"),
    "another subject": (lambda c: c.execute(sa.update(CHANGES).where(at_end(1)).values(subject="")), "changed"),
    "another desk": (lambda c: c.execute(sa.update(CHANGES).where(at_end(0)).values(desk="ab" * 16)), "unknown_desk"),
    "exchanged": (exchange, "reordered"),
    "forged": (forge, "forged"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_done_to_it_is_named_at_unlock(busy: Vault, folder: Path, clock: FixedClock, what: str) -> None:
    act, how = DAMAGE[what]
    damage(busy, act)
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code is Code.VAULT_DAMAGED
    assert str(fault.value.facts["what"]).startswith("change ")
    assert fault.value.facts["how"] == how


def test_a_desk_with_another_key_is_noticed(busy: Vault, folder: Path, clock: FixedClock) -> None:
    mine = verify_key_of(signing_key_of(bytearray(b"k" * 32)))
    damage(busy, lambda c: c.execute(sa.update(DESKS).values(sign_pk=mine)))
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code is Code.VAULT_DAMAGED
