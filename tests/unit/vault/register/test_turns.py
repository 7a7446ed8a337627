"""Desks that write at once stand in line: what others changed is applied while the desk before still writes, and what
came since under the hold. Whatever happens meanwhile, the register is as where each held it from the beginning."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Details, ErasureReason, Withdrawal
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register import items
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.unlocked.register import fetching
from mlid_desktop.vault.unlocked.register.writing import change_writer, hold, turns
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import (
    PEOPLE,
    Desks,
    both_in_step,
    code_of,
    killed_before_the_vault_has_it,
    meanwhile,
    reopen,
    subject,
)


def test_what_others_wrote_is_applied_before_the_register_is_held(
    company: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, real, applied, seen = company.writing, fetching.Fetcher.apply, list[int](), list[int]()

    def apply(fetcher: fetching.Fetcher, transaction: Any, arrived: fetching.Arrived) -> frozenset[str]:
        applied.append(arrived.point.number)
        return real(fetcher, transaction, arrived)

    company.reading.save(enrolment("8", "Before"))
    monkeypatch.setattr(fetching.Fetcher, "apply", apply)
    with meanwhile(lambda: seen.append(len(applied))):
        desk.save(enrolment("9", "New"))
    assert (seen, len(applied)) == ([1], 1)
    assert desk.find("8") is not None
    both_in_step(company)


def test_what_came_since_is_applied_under_the_hold(company: Desks) -> None:
    desk = company.writing
    company.reading.save(enrolment("8", "Before"))
    with meanwhile(partial(company.reading.save, enrolment("9", "Since"))):
        desk.save(enrolment("10", "New"))
    assert all(desk.find(number) is not None for number in ("8", "9", "10"))
    both_in_step(company)
    assert len(desk.directory()) == len(PEOPLE) + 6


def test_a_number_that_somebody_got_since_is_taken_and_who_has_it_is_seen(company: Desks) -> None:
    desk = company.writing
    with meanwhile(partial(company.reading.save, enrolment("9", "First"))):
        assert code_of(partial(desk.save, enrolment("9", "Second"))) == Code.USAGE_NUMBER_TAKEN.value
    found = desk.find("9")
    assert found is not None
    assert found.name == "First"
    both_in_step(company)


def acts_on(company: Desks) -> dict[str, Callable[[], object]]:
    """What the other desk may do to a person."""
    other, of = company.reading, subject(company.reading, "2")
    rights, second = other.subject_rights, witness(other)
    return {
        "withdraws": partial(rights.withdraw_consent, of, Withdrawal(company.clock.now())),
        "corrects": partial(other.corrections.correct, of, Details("2", "Another name"), second),
        "erases": partial(rights.erase, of, second, ErasureReason.REQUESTED),
    }


@pytest.mark.parametrize("act", ["withdraws", "corrects", "erases"])
@pytest.mark.parametrize("is_since", [True, False], ids=["since", "before"])
def test_whatever_another_desk_does_holds(company: Desks, act: str, *, is_since: bool) -> None:
    """Keys that it renews too, under which who is enrolled then stands."""
    desk, before = company.writing, company.writing._state.keys.wrapped
    save = partial(desk.save, enrolment("9", "New"))
    if is_since:
        with meanwhile(acts_on(company)[act]):
            save()
    else:
        acts_on(company)[act]()
        save()
    assert (desk.find("2") is None) is (act == "erases")
    assert (desk._state.keys.wrapped != before) is (act == "erases")
    both_in_step(company)
    for name in ("writing", "reading"):
        reopen(company, name)
        assert getattr(company, name).find("9") is not None
    both_in_step(company)


def test_what_is_much_is_applied_under_the_hold(company: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "FEW_ITEMS", 3)
    company.reading.save(enrolment("8", "Before"))
    with pytest.raises(AssertionError, match="no desk"), meanwhile(lambda: None):
        company.writing.save(enrolment("9", "New"))
    assert company.writing.find("8") is not None
    both_in_step(company)


LIES = {
    "a body": (
        "UPDATE mlid.item SET body = set_byte(body, 40, 255 - get_byte(body, 40)) WHERE changed = {n}",
        "damaged",
    ),
    "an act": ("UPDATE mlid.change SET act = act || 'x' WHERE n = {n}", "damaged"),
    "its end": (
        "UPDATE mlid.state SET n = {n} - 2, link = (SELECT link FROM mlid.change WHERE n = {n} - 2)",
        "rolled_back",
    ),
    "its link": ("UPDATE mlid.state SET link = decode(repeat('ab', 32), 'hex')", "damaged"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("is_since", [True, False], ids=["since", "before"])
def test_a_server_that_lies_to_the_next_is_found_out(company: Desks, lie: str, *, is_since: bool) -> None:
    """In what it says before the hold, and under it."""
    desk, (told, named) = company.writing, LIES[lie]
    desk.save(enrolment("7", "Seen"))
    company.reading.save(enrolment("8", "Seen"))
    desk.save(enrolment("9", "Seen"))
    number = company.sql("SELECT n FROM mlid.state")[0][0] + 1

    def told_by_the_server() -> None:
        company.reading.save(enrolment("10", "Of another desk"))
        company.sql(told.format(n=number))

    save = partial(desk.save, enrolment("11", "New"))
    if is_since:
        with meanwhile(told_by_the_server):
            code = code_of(save)
    else:
        told_by_the_server()
        code = code_of(save)
    assert code == f"register.{named}"
    assert desk.find("11") is None
    assert company.sql(f"SELECT count(*) FROM mlid.change WHERE n > {number}") == [(0,)], "nothing was added to it"


def test_a_fork_between_two_looks_of_the_next_is_found_out(company: Desks) -> None:
    """What it read as the next is another change when it holds the register."""
    company.reading.save(enrolment("8", "Before"))
    change = "UPDATE mlid.{} SET link = decode(repeat('ab', 32), 'hex') WHERE n = (SELECT n FROM mlid.state)"
    with meanwhile(lambda: [company.sql(change.format(table)) for table in ("change", "state")]):
        assert code_of(partial(company.writing.save, enrolment("9", "New"))) == Code.REGISTER_FORKED.value
    assert company.writing.find("9") is None


def test_a_desk_that_does_not_know_of_its_last_change_holds_the_register_first(
    company: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enrolment("9", "New")
    killed_before_the_vault_has_it(monkeypatch, partial(company.writing.save, person))
    company.writing.register._shared._turns._has_come = True
    with pytest.raises(AssertionError, match="no desk"), meanwhile(lambda: None):
        company.writing.save(enrolment("10", "Another"))
    assert company.writing.people.holds(person)
    both_in_step(company)


def test_a_desk_alone_stands_in_no_line(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    both_in_step(desks)
    asked, ask = list[str](), RegisterConnection.ask

    def noted(connection: RegisterConnection, statement: str, *given: Any) -> Any:
        asked.append(statement)
        return ask(connection, statement, *given)

    desks.writing.save(enrolment("8", "New"))
    monkeypatch.setattr(RegisterConnection, "ask", noted)
    desks.writing.save(enrolment("9", "New"))
    assert asked == []


def test_nothing_is_signed_behind_a_point_that_was_not_checked_to(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which a server says is held, and does not have where it is read."""
    desks.reading.register.fetch()
    desks.writing.save(enrolment("8", "Before"))
    written, real = list[object](), hold.held_point

    def held(connection: RegisterConnection) -> Point:
        return Point(real(connection).number, bytes(32))

    monkeypatch.setattr(turns, "held_point", held)
    monkeypatch.setattr(change_writer, "write_change", lambda *given: written.append(given))
    assert code_of(partial(desks.reading.save, enrolment("9", "New"))) == Code.REGISTER_MOVED_ON.value
    assert written == []
