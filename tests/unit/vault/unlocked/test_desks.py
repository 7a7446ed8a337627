"""A desk is the program on one machine: what it signs with, where that is kept, and what a copy elsewhere is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.audit.notices import NoticeKind
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.desk_keys import new_desk_keys
from mlid_desktop.vault.keys.device_secret import SecretStore
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.store.schema import DESKS
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, reopened, witness
from tests.unit.vault.keys.test_device_secret import FalseKeyStore
from tests.unit.vault.unlocked.logged_changes import changes, desks, joined

CLERK = ("clerk", "clerk's passphrase")


def told(vault: Vault) -> list[tuple[NoticeKind, str, str]]:
    return [(notice.kind, notice.by, notice.about) for notice in vault.operators.notices()]


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
        assert told(copy) == [(NoticeKind.DESK_JOINED, "sup", second.desk)]
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
        assert told(supervisor)[-1] == (NoticeKind.DESK_JOINED, CLERK[0], desks(supervisor)[1].desk)
        assert not any(kind is NoticeKind.DESK_FOUND for kind, _, _ in told(supervisor))
        supervisor.verify()
        supervisor.lock()

    def test_one_that_was_entered_by_the_way_is_told_of_when_a_supervisor_vouches_for_it(
        self, vault: Vault, folder: Path, clock: FixedClock
    ) -> None:
        """As whoever has the data root could, to sign with a key of their own."""
        mine = new_desk_keys()
        with vault._state.changing() as transaction:
            keys = {"sign_pk": mine.sign_pk, "box_pk": mine.box_pk, "certificate": b""}
            transaction.insert(DESKS, [{"desk": mine.desk, "since": 9, "epoch": 0, **keys}])
        vault.lock()
        again = reopened(folder, clock)
        assert told(again) == [(NoticeKind.DESK_FOUND, "", mine.desk)]
        again.verify()
        again.lock()
        once = reopened(folder, clock)
        assert len(told(once)) == 1
        once.lock()

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
