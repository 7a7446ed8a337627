"""One-time keys that desks leave at a register for mail: each opens one piece of mail, and what is offered can be
opened."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.register import mail
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register import prekeys
from mlid_desktop.vault.unlocked.register.prekeys import FULL, read_prekeys
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import Desks, both_in_step, code_of, subject

USE_UP = """DELETE FROM mlid.prekey WHERE desk = '{desk}' AND id IN (
    SELECT id FROM mlid.prekey WHERE desk = '{desk}' ORDER BY id LIMIT {many})"""


def desk_of(vault: Vault) -> str:
    link = vault.register.link
    assert link is not None
    return link.desk.desk


def offered(desks: Desks, vault: Vault) -> set[str]:
    """What others may seal mail for this desk to."""
    return {bytes(name).hex() for (name,) in desks.sql(f"SELECT id FROM mlid.prekey WHERE desk = '{desk_of(vault)}'")}


def held(vault: Vault) -> set[str]:
    with vault._state.database.reading() as local:
        return set(read_prekeys(read_facts(local)))


def erase(vault: Vault, number: str) -> None:
    vault.subject_rights.erase(subject(vault, number), witness(vault), ErasureReason.REQUESTED)


def test_no_key_is_offered_again_that_mail_waits_for(desks: Desks) -> None:
    both_in_step(desks)
    writing, reading = desks.writing, desks.reading
    desks.sql(USE_UP.format(desk=desk_of(reading), many=FULL - 10))  # so often did others erase meanwhile
    erase(writing, "1")
    reading.register.fetch()  # leaves new keys while mail waits, and takes the mail
    assert offered(desks, reading) == held(reading)
    assert len(held(reading)) == FULL - 1
    for number in range(FULL // 4):
        writing.save(enrolment(f"new {number}", "New"))
        erase(writing, f"new {number}")
        reading.register.fetch()
    assert offered(desks, reading) == held(reading)
    both_in_step(desks)


def test_a_key_that_nothing_opens_is_taken_back(desks: Desks) -> None:
    both_in_step(desks)
    first = min(offered(desks, desks.reading))
    with desks.reading._state.changing() as transaction:
        prekeys.write_prekeys(
            transaction, {name: half for name, half in read_prekeys(transaction.facts).items() if name != first}
        )
    desks.reading.register.fetch()
    assert first not in offered(desks, desks.reading)
    assert offered(desks, desks.reading) == held(desks.reading)
    erase(desks.writing, "1")
    both_in_step(desks)


def test_nobody_mails_while_keys_are_offered(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    put, seen = mail.put_prekeys, list[str]()

    def looked_at(*given: Any) -> None:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            desks.sql("SELECT FROM mlid.state FOR UPDATE NOWAIT")
        seen.append("held")
        put(*given)

    monkeypatch.setattr(prekeys, "put_prekeys", looked_at)
    desks.sql("DELETE FROM mlid.prekey")
    desks.reading.register.fetch()
    assert seen == ["held"]


def test_who_holds_the_register_for_long_holds_up_no_look(desks: Desks) -> None:
    both_in_step(desks)
    desks.sql("DELETE FROM mlid.prekey")
    with desks.writing.register._shared.holding():
        desks.reading.register.fetch()
        assert not offered(desks, desks.reading)
    both_in_step(desks)
    assert len(offered(desks, desks.reading)) == FULL


def test_who_may_open_the_vault_is_mailed_while_nobody_else_mails(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, kinds = mail.send_mail, list[str]()

    def looked_at(connection: Any, desk: str, kind: str, *given: Any) -> None:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            desks.sql("SELECT FROM mlid.state FOR UPDATE NOWAIT")
        kinds.append(kind)
        send(connection, desk, kind, *given)

    both_in_step(desks)
    monkeypatch.setattr(mail, "send_mail", looked_at)
    erase(desks.writing, "1")  # a new key file too
    desks.writing.register.send()
    assert mail.PEOPLE in kinds
    both_in_step(desks)


def test_keys_whose_mail_was_lost_are_mailed_again(desks: Desks) -> None:
    both_in_step(desks)
    erase(desks.writing, "1")
    desks.sql("DELETE FROM mlid.mailbox")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_KEYS_AWAITED.value
    desks.writing.register.fetch()
    both_in_step(desks)
    assert desks.reading.find("1") is None


def test_who_is_only_slow_is_not_mailed_again(desks: Desks) -> None:
    both_in_step(desks)
    erase(desks.writing, "1")
    before = offered(desks, desks.reading)
    for _ in range(3):
        desks.writing.register.fetch()
    assert offered(desks, desks.reading) == before
    both_in_step(desks)
