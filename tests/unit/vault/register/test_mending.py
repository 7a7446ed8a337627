"""A server that was restored from an older state gets back what it lost, from a desk that saw it all; other desks go on
without joining anew, and nobody who is erased or withdrew comes back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.subjects import ErasureReason, Role, Standing, Withdrawal
from mlid_desktop.station.administration.register.joining import JoinRequest
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.changes import register_log
from mlid_desktop.vault.unlocked.register.new_copy import make_copy
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened, witness
from tests.unit.vault.register.conftest import (
    Desks,
    both_in_step,
    code_of,
    killed_before_the_vault_has_it,
    reopen,
    subject,
)

CLERK = "the clerk's own passphrase"


def set_back(desks: Desks, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Does something at the desks, then has the server restored from a dump of before it."""
    old = desks.server.database(desks.database)
    act()
    desks.database = old
    monkeypatch.setenv("PGDATABASE", old)


def mend(vault: Vault) -> int:
    return vault.register.mending.mend(witness(vault))


def wrote_a_lot(desks: Desks) -> None:
    """Enrolled, erased (which renews keys), withdrawn, and there for a moment; the other desk saw but the half."""
    desks.writing.save(enrolment("9", "New"))
    desks.writing.subject_rights.erase(subject(desks.writing, "1"), witness(desks.writing), ErasureReason.REQUESTED)
    moment = desks.writing.save(enrolment("moment", "There for a moment"))
    desks.reading.register.fetch()
    desks.writing.subject_rights.withdraw_consent(subject(desks.writing, "2"), Withdrawal(desks.clock.now()))
    desks.writing.subject_rights.erase(moment.subject_id, witness(desks.writing), ErasureReason.REQUESTED)


def fetched(desks: Desks) -> None:
    """Both desks look, until whoever lacks bucket keys had them mailed to keys that it left."""
    for _ in range(2):
        for vault in (desks.reading, desks.writing):
            with suppress(RegisterError):
                vault.register.fetch()


def stands_as_it_was(desks: Desks) -> None:
    fetched(desks)
    both_in_step(desks)
    for vault in (desks.writing, desks.reading):
        assert {person.number for person in vault.directory()} == {"2", "3", "9"}
        assert {person.number: person.standing for person in vault.directory()}["2"] is not Standing.HELD
        assert len(vault.subject_rights.erasures()) == 2


@pytest.mark.parametrize("is_heard", [True, False], ids=["who was heard", "who comes later"])
def test_what_a_server_lost_is_put_back_and_every_desk_goes_on(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, is_heard: bool
) -> None:
    set_back(desks, monkeypatch, partial(wrote_a_lot, desks))
    assert code_of(desks.writing.register.fetch) == Code.REGISTER_ROLLED_BACK.value
    assert code_of(partial(desks.writing.save, enrolment("x", "Too early"))) == Code.REGISTER_ROLLED_BACK.value
    plan = desks.writing.register.mending.plan()
    assert (plan.lacks, len(plan.unheard)) == (5, 1)
    if is_heard:
        assert code_of(desks.reading.register.fetch) == Code.REGISTER_ROLLED_BACK.value
        assert desks.writing.register.mending.plan().unheard == ()
    assert mend(desks.writing) == 5
    stands_as_it_was(desks)
    assert "register.mended" in [entry.event for entry in desks.writing.audit.entries(1, 1000)]
    assert code_of(desks.writing.register.mending.plan) == Code.REGISTER_NOT_SET_BACK.value
    desks.reading.save(enrolment("after", "Enrolled after it"))
    desks.writing.register.fetch()
    assert desks.writing.find("after") is not None


def test_who_saw_more_mends(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk that leads was away: another one knows what was enrolled since, and says so before anything is lost."""
    set_back(desks, monkeypatch, partial(desks.reading.save, enrolment("9", "Enrolled there")))
    assert code_of(desks.writing.register.mending.plan) == Code.REGISTER_NOT_SET_BACK.value
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_ROLLED_BACK.value
    assert code_of(desks.writing.register.fetch) == Code.REGISTER_ROLLED_BACK.value
    assert mend(desks.reading) == 1
    fetched(desks)
    both_in_step(desks)
    assert desks.writing.find("9") is not None


def test_of_two_who_saw_what_was_lost_the_one_who_saw_less_does_not_mend(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act() -> None:
        desks.writing.save(enrolment("8", "Seen by both"))
        desks.reading.register.fetch()
        desks.reading.save(enrolment("9", "Enrolled there"))

    set_back(desks, monkeypatch, act)
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_ROLLED_BACK.value
    assert code_of(partial(mend, desks.writing)) == Code.REGISTER_SEEN_ELSEWHERE.value
    assert mend(desks.reading) == 2
    fetched(desks)
    both_in_step(desks)


def test_where_somebody_wrote_on_after_it_was_set_back_nothing_is_overwritten(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_back(desks, monkeypatch, lambda: [desks.writing.save(enrolment(number, "New")) for number in "89"])
    desks.reading.save(enrolment("7", "By who did not know"))
    assert code_of(partial(mend, desks.writing)) == Code.REGISTER_FORKED.value
    assert desks.sql("SELECT count(*) FROM mlid.item WHERE kind = 'subjects'") == [(4,)]


def test_a_desk_keeps_changes_for_so_long(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_log, "KEPT", 2)
    monkeypatch.setattr(register_log, "CUT_EVERY", 1)
    set_back(desks, monkeypatch, lambda: [desks.writing.save(enrolment(number, "New")) for number in "6789"])
    assert code_of(partial(mend, desks.writing)) == Code.REGISTER_TOO_OLD_TO_MEND.value


def test_a_kill_between_the_two_commits_leaves_a_mended_register(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    set_back(desks, monkeypatch, partial(wrote_a_lot, desks))
    killed_before_the_vault_has_it(monkeypatch, partial(mend, desks.writing))
    reopen(desks, "writing")
    stands_as_it_was(desks)


def test_a_desk_that_joined_since_is_a_desk_again_and_one_that_left_is_none(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = desks.home / "third"

    def act() -> None:
        server = {"host": "127.0.0.1", "port": str(desks.server.port)}
        joining = desks.writing.register.desks.renew_joining({**server, "user": "postgres"}, witness(desks.writing))
        asked = f"host=127.0.0.1 port={desks.server.port} dbname={desks.database} user={joining.join_role}"
        request = JoinRequest.begin(asked, joining.password)
        desks.writing.register.desks.admit(request.code, witness(desks.writing))
        make_copy(third, request.wait(0), "sup", PASSPHRASE, desks.clock)
        request.close()
        joined = reopened(third, desks.clock)
        joined.save(enrolment("9", "Enrolled by who joined"))
        joined.lock()
        link = desks.reading.register.link
        assert link is not None
        desks.writing.register.desks.remove(link.desk.desk, witness(desks.writing))

    set_back(desks, monkeypatch, act)
    assert mend(desks.writing) == 2
    removed, there = desks.sql("SELECT count(removed_n), count(*) FROM mlid.desk")[0]
    assert (removed, there) == (1, 3)
    assert desks.writing.register.verify().items == 4 * 4 + 1  # the list of who was taken out
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_REFUSED.value
    shutil.rmtree(third)


def test_who_is_no_supervisor_mends_nothing_and_one_alone_does_not_either(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_back(desks, monkeypatch, partial(desks.writing.save, enrolment("9", "New")))
    before = desks.sql("SELECT n FROM mlid.state")
    assert code_of(lambda: desks.writing.register.mending.mend(None)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    desks.writing.operators.add("clerk", Role.OPERATOR, CLERK, witness(desks.writing), FLOOR)
    desks.writing.lock()
    desks.writing = reopened(desks.home / "writing", desks.clock, "clerk", CLERK)
    assert code_of(partial(mend, desks.writing)) == Code.VAULT_NOT_PERMITTED.value
    assert desks.sql("SELECT n FROM mlid.state") == before


def test_who_finds_a_register_set_back_is_not_in_step_with_it(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    set_back(desks, monkeypatch, partial(desks.writing.save, enrolment("9", "New")))
    for _ in range(3):
        desks.clock.advance(3 * 3600)
        assert code_of(desks.writing.register.fetch) == Code.REGISTER_ROLLED_BACK.value
    assert code_of(desks.writing.register.require_fresh) == Code.REGISTER_TOO_LONG_AGO.value
