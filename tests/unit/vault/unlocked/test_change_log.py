"""Each commit appends one signed change; what is done to the log behind the vault's back is named at unlock."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from mlid_desktop.vault.keys import desk_keys
from mlid_desktop.vault.keys.device_secret import SecretStore
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.store.changes import change_log
from mlid_desktop.vault.store.schema import CHANGES, DESKS
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, witness
from tests.unit.vault.keys.test_device_secret import FalseKeyStore

CLERK = ("clerk", "clerk's passphrase")


def changes(vault: Vault) -> list[tuple[int, str, str]]:
    with vault._state.database.reading() as connection:
        wanted = sa.select(CHANGES.c.n, CHANGES.c.act, CHANGES.c.desk).order_by(CHANGES.c.n)
        return [(row.n, row.act, row.desk) for row in connection.execute(wanted)]


def desks(vault: Vault) -> list[Any]:
    with vault._state.database.reading() as connection:
        return list(connection.execute(sa.select(DESKS).order_by(DESKS.c.since)))


def joined(vault: Vault) -> int:
    return sum(entry.event == "desk.joined" for entry in vault.audit.entries())


@pytest.fixture
def busy(vault: Vault) -> Vault:
    """A vault with some changes."""
    person = vault.save(enrolment("1"))
    for _ in range(4):
        vault.count_attempt(person.subject_id)
    return vault


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Makes this machine another one, as its own name of itself says."""

    def to_be(name: str) -> None:
        machine = tmp_path / f"machine-{name}"
        machine.write_text(f"{name}\n")
        monkeypatch.setattr(desk_keys, "MACHINE", machine)

    return to_be


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
    places = [row["n"] for row in rows]
    connection.execute(sa.insert(CHANGES), [{**row, "n": n} for row, n in zip(rows, reversed(places), strict=True)])


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


class TestDesks:
    def test_a_new_vault_has_one_that_its_founder_vouched_for(self, vault: Vault) -> None:
        (desk,) = desks(vault)
        assert (desk.since, desk.epoch, len(desk.certificate)) == (1, 1, 64)
        assert joined(vault) == 0

    def test_a_copy_on_another_machine_is_another_desk_and_on_the_same_is_not(
        self, busy: Vault, folder: Path, clock: FixedClock, tmp_path: Path, elsewhere: Callable[[str], None]
    ) -> None:
        busy.lock()
        beside = tmp_path / "beside"
        shutil.copytree(folder, beside)
        same = reopened(beside, clock)
        assert (len(desks(same)), joined(same)) == (1, 0)
        same.lock()
        elsewhere("another")
        copy = reopened(beside, clock)
        first, second = desks(copy)
        assert (first.desk != second.desk, joined(copy)) == (True, 1)
        assert second.epoch == 1
        copy.count_attempt(None)
        assert changes(copy)[-1][2] == second.desk
        copy.verify()
        copy.rotation.rotate()
        copy.lock()
        back = reopened(beside, clock)  # the same other machine again
        assert (len(desks(back)), joined(back)) == (2, 1)
        back.lock()
        elsewhere("third")
        reopened(beside, clock).lock()
        elsewhere("another")
        again = reopened(beside, clock)
        assert len(desks(again)) == 3
        again.count_attempt(None)
        assert changes(again)[-1][2] == second.desk
        again.verify()
        again.lock()

    def test_an_operator_enters_it_and_the_next_supervisor_vouches_for_it(
        self, vault: Vault, folder: Path, clock: FixedClock, elsewhere: Callable[[str], None]
    ) -> None:
        vault.operators.add(CLERK[0], Role.OPERATOR, CLERK[1], witness(vault), FLOOR)
        vault.lock()
        elsewhere("another")
        clerk = reopened(folder, clock, *CLERK)
        assert [desk.epoch for desk in desks(clerk)] == [1, 0]
        clerk.count_attempt(None)
        clerk.lock()
        supervisor = reopened(folder, clock)
        assert [desk.epoch for desk in desks(supervisor)] == [1, 1]
        supervisor.verify()
        supervisor.lock()

    def test_a_certificate_of_nobody_is_noticed(self, vault: Vault) -> None:
        with vault._state.changing() as transaction:
            transaction.update(DESKS, DESKS.c.epoch == 1, certificate=bytes(64))
        with pytest.raises(VaultError) as fault:
            vault.verify()
        assert fault.value.facts["what"] == "desks"

    def test_its_keys_are_in_the_key_store_where_there_is_one(
        self, tmp_path: Path, clock: FixedClock, elsewhere: Callable[[str], None]
    ) -> None:
        folder, kept = tmp_path / "vault", FalseKeyStore()

        def store(_name: str) -> SecretStore:
            return kept

        made = create_vault(
            folder, operator_name="sup", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, store=store
        )
        (desk,) = desks(made)
        facts = made._state.database
        with facts.reading() as connection:
            held = connection.exec_driver_sql("SELECT value FROM facts WHERE name LIKE 'desk-key/%'").scalars().all()
        assert held in [[b"secret-service"], [b"keychain"], [b"credential-manager"]]
        made.lock()
        assert [value[:32] for value in kept.kept.values()] == [desk.desk]

        def opened(of: FalseKeyStore) -> Vault:
            return unlock_vault(folder, operator_name="sup", passphrase=PASSPHRASE, clock=clock, store=lambda _: of)

        same = opened(kept)
        assert len(desks(same)) == 1
        same.rotation.rotate()
        same.lock()
        lost = opened(FalseKeyStore())  # the folder on another machine, or a key store that was emptied
        assert (len(desks(lost)), joined(lost)) == (2, 1)
        lost.verify()
        lost.lock()

    def test_the_key_store_of_one_machine_serves_every_copy_of_the_vault_there(
        self, tmp_path: Path, clock: FixedClock
    ) -> None:
        """An older copy, which does not know the desk yet, enters it before it signs anything."""
        folder, copy, here, there = tmp_path / "vault", tmp_path / "copy", FalseKeyStore(), FalseKeyStore()
        create_vault(
            folder,
            operator_name="sup",
            passphrase=PASSPHRASE,
            demo=True,
            clock=clock,
            cost=FLOOR,
            store=lambda _: here,
        ).lock()
        shutil.copytree(folder, copy)
        found = []
        for which in (folder, copy):
            vault = unlock_vault(which, operator_name="sup", passphrase=PASSPHRASE, clock=clock, store=lambda _: there)
            found.append(desks(vault)[-1].desk)
            vault.count_attempt(None)
            vault.verify()
            vault.lock()
        assert found[0] == found[1]

    def test_a_restore_goes_on_with_the_log_and_elsewhere_is_another_desk(
        self, busy: Vault, clock: FixedClock, tmp_path: Path, elsewhere: Callable[[str], None]
    ) -> None:
        busy.audit.sign_checkpoint()
        target, owner, second = FolderTarget(tmp_path / "b"), Credential("sup", PASSPHRASE), Credential(*WITNESS)
        busy.backups.create(target)
        for name in ("here", "elsewhere"):
            if name == "elsewhere":
                elsewhere(name)
            restore_backup(target, tmp_path / name, owner, clock, second=second)
            vault = reopened(tmp_path / name, clock)
            vault.verify()
            assert tuple(act for _, act, _ in changes(vault)[:2]) == ("checkpoint.signed", "backup.restored")
            assert (len(desks(vault)), joined(vault)) == ((1, 0) if name == "here" else (2, 1))
            vault.lock()
