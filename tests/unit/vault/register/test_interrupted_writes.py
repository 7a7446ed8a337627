"""Desks that write to a register and are cut off, by a kill, a full disk, a connection that breaks as it commits: it is
done or not, and never in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Timer
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.unlocked.register.writing import shared_writes
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import (
    ANYBODY,
    NOBODY,
    Desks,
    Killed,
    both_in_step,
    code_of,
    killed_before_the_vault_has_it,
    reopen,
    subject,
)


@pytest.mark.parametrize("name", ["writing", "reading"])
@pytest.mark.parametrize("is_restarted", [True, False], ids=["unlocked again", "in the same session"])
def test_a_desk_cut_off_when_the_register_had_it_has_it_again(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, name: str, *, is_restarted: bool
) -> None:
    vault, person = getattr(desks, name), enrolment("9", "New")
    killed_before_the_vault_has_it(monkeypatch, partial(vault.save, person))
    assert vault.find("9") is None
    assert not vault.people.holds(person)
    if is_restarted:
        reopen(desks, name)
    vault = getattr(desks, name)
    assert code_of(partial(vault.save, enrolment("9", "Again"))) == Code.USAGE_NUMBER_TAKEN.value
    assert vault.people.holds(person)
    both_in_step(desks)
    assert [found.name for found in vault.directory() if found.number == "9"] == ["New"]
    assert "register.recovered" in [entry.event for entry in vault.audit.entries(1, 10_000)]


@pytest.mark.parametrize("name", ["writing", "reading"])
@pytest.mark.parametrize("is_restarted", [True, False], ids=["unlocked again", "in the same session"])
def test_a_desk_cut_off_in_an_erasure_keeps_the_new_keys(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, name: str, *, is_restarted: bool
) -> None:
    both_in_step(desks)
    vault = getattr(desks, name)
    erase = partial(vault.subject_rights.erase, subject(vault, "1"), witness(vault), ErasureReason.REQUESTED)
    killed_before_the_vault_has_it(monkeypatch, erase)
    if is_restarted:
        reopen(desks, name)
    both_in_step(desks)
    vault = getattr(desks, name)
    assert vault.find("1") is None
    assert vault._state.key_file.pending == b""
    reopen(desks, name)
    both_in_step(desks)


@pytest.mark.parametrize("is_erasure", [True, False], ids=["erasing", "enrolling"])
def test_a_desk_that_is_back_before_the_server_has_carried_out_its_last_act_waits_for_it(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, is_erasure: bool
) -> None:
    both_in_step(desks)
    vault, rows, close = desks.reading, RegisterConnection.rows, RegisterConnection.close
    left: list[RegisterConnection] = []
    act: Callable[[], object] = partial(vault.save, enrolment("9", "New"))
    if is_erasure:
        act = partial(vault.subject_rights.erase, subject(vault, "1"), witness(vault), ErasureReason.REQUESTED)

    def killed(connection: RegisterConnection, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        if statement == "COMMIT":
            left.append(connection)
            raise Killed
        return rows(connection, statement, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "rows", killed)
        patch.setattr(RegisterConnection, "close", lambda connection: None)
        with pytest.raises(Killed):
            act()
    reopen(desks, "reading")
    late = Timer(0.3, rows, (left[0], "COMMIT"))
    late.start()
    desks.reading.register.fetch()
    late.join()
    close(left[0])
    assert (desks.reading.find("1") is None) is is_erasure
    assert (desks.reading.find("9") is None) is is_erasure
    both_in_step(desks)


def test_keys_that_a_desk_owed_when_it_was_cut_off_it_still_owes(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    both_in_step(desks)
    desks.sql("DELETE FROM mlid.prekey")
    vault = desks.writing
    erase = partial(vault.subject_rights.erase, subject(vault, "1"), witness(vault), ErasureReason.REQUESTED)
    killed_before_the_vault_has_it(monkeypatch, erase)
    reopen(desks, "writing")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_KEYS_AWAITED.value
    desks.writing.register.fetch()
    both_in_step(desks)
    assert desks.reading.find("1") is None


def test_an_erasure_that_the_register_did_not_take_leaves_the_keys(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, before = desks.reading, desks.reading._state.keys.wrapped

    def refuse(writes: shared_writes.SharedWrites) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shared_writes.SharedWrites, "publish", refuse)
        with pytest.raises(Killed):
            vault.subject_rights.erase(subject(vault, "1"), witness(vault), ErasureReason.REQUESTED)
    reopen(desks, "reading")
    both_in_step(desks)
    assert desks.reading._state.keys.wrapped == before
    assert desks.reading._state.key_file.pending == b""
    assert desks.reading.find("1") is not None


def test_a_vault_without_room_has_what_the_register_has_at_the_next_look(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full between the two commits."""
    transaction: Callable[..., Any] = Commits.transaction

    def full(commits: Commits, *arguments: Any) -> Any:
        *others, before_commit = arguments

        def then() -> None:
            before_commit()
            raise OSError(28, "No space left on device")

        return transaction(commits, *others, then)

    with monkeypatch.context() as patch:
        patch.setattr(Commits, "transaction", full)
        with pytest.raises(OSError, match="No space"):
            desks.reading.save(enrolment("9", "New"))
    assert desks.reading.find("9") is None
    both_in_step(desks)
    assert desks.reading.find("9") is not None


def test_a_desk_cut_off_as_it_closed_the_register_opens_it_again(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_before_the_vault_has_it(monkeypatch, desks.writing.rotation.rotate)
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_KEYS_RENEWED.value
    reopen(desks, "writing")
    desks.writing.register.send()
    both_in_step(desks)


@pytest.mark.parametrize("has_arrived", [True, False], ids=["it arrived", "it did not"])
def test_where_the_connection_breaks_as_it_commits_the_register_is_asked(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, has_arrived: bool
) -> None:
    rows = RegisterConnection.rows
    broken: list[int] = []

    def breaking(connection: RegisterConnection, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        if statement == "COMMIT" and not broken:
            broken.append(1)
            if has_arrived:
                rows(connection, statement)
            connection.close()
            raise RegisterError(Code.REGISTER_UNREACHABLE)
        return rows(connection, statement, parameters)

    monkeypatch.setattr(RegisterConnection, "rows", breaking)
    save = partial(desks.reading.save, enrolment("9", "New"))
    if has_arrived:
        assert save() == desks.reading.find("9")
    else:
        assert code_of(save) == Code.REGISTER_UNREACHABLE.value
        assert desks.reading.find("9") is None
        save()
    both_in_step(desks)


def test_where_nobody_can_say_whether_it_committed_nothing_is_double(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server commits, and is gone before it said so; when it is back the desk has what it has."""
    rows = RegisterConnection.rows

    def gone(connection: RegisterConnection, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        if statement == "COMMIT":
            rows(connection, statement)
            connection.close()
            desks.sql(NOBODY.format(desks.database))
            raise RegisterError(Code.REGISTER_UNREACHABLE)
        return rows(connection, statement, parameters)

    monkeypatch.setattr(shared_writes, "PAUSE_S", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "rows", gone)
        save = partial(desks.reading.save, enrolment("9", "New"))
        assert code_of(save) == Code.REGISTER_OUTCOME_UNKNOWN.value
    desks.sql(ANYBODY.format(desks.database))
    assert code_of(partial(desks.reading.save, enrolment("9", "New"))) == Code.USAGE_NUMBER_TAKEN.value
    both_in_step(desks)
