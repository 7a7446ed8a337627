"""A desk is admitted whatever was cut off on the way, and whatever day it is at the desk that admits it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.administration.register.joining import JoinRequest
from mlid_desktop.station.administration.register.server import desk_name
from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.vault.store.register import mail
from mlid_desktop.vault.unlocked.register import members
from mlid_desktop.vault.unlocked.register.desk_words import DeskWord
from mlid_desktop.vault.unlocked.register.new_copy import make_copy
from tests.unit.vault.conftest import PASSPHRASE, witness
from tests.unit.vault.register.conftest import Desks, Killed, both_in_step, code_of


@pytest.fixture
def asking(desks: Desks, joining_role: tuple[str, str]) -> Iterator[JoinRequest]:
    """A desk that asks to join."""
    role, password = joining_role
    request = JoinRequest.begin(f"host=127.0.0.1 port={desks.server.port} user={role}", password, "Third desk")
    yield request
    request.close()


def joins(desks: Desks, asking: JoinRequest) -> None:
    """The desk that asked has its answer, and makes its copy with it."""
    joining = asking.answered()
    assert joining is not None
    make_copy(desks.home / "third", joining, "sup", PASSPHRASE, desks.clock)
    assert len(desks.writing.register.desks.all()) == 3
    both_in_step(desks)


def admit(desks: Desks, asking: JoinRequest) -> str:
    return desks.writing.register.desks.admit(asking.code, witness(desks.writing))


def test_a_code_that_is_typed_twice_admits_one_desk(desks: Desks, asking: JoinRequest) -> None:
    assert admit(desks, asking) == admit(desks, asking)
    joins(desks, asking)
    assert code_of(lambda: admit(desks, asking)) == Code.REGISTER_NO_APPLICANT.value


@pytest.mark.parametrize("owner", [mail, members], ids=["before it is answered", "once it is entered"])
def test_a_desk_whose_admission_was_cut_off_is_admitted_once_more(
    desks: Desks, asking: JoinRequest, monkeypatch: pytest.MonkeyPatch, owner: Any
) -> None:
    name = "answer_applicant" if owner is mail else "add_desk"
    real = getattr(owner, name)

    def cut_off(*given: Any) -> None:
        if owner is members:
            real(*given)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut_off)
        with pytest.raises(Killed):
            admit(desks, asking)
    assert asking.answered() is None
    admit(desks, asking)
    joins(desks, asking)


@pytest.mark.parametrize("days", [-300, 3, 300])
def test_a_desk_that_leads_with_a_wrong_day_admits_others_all_the_same(
    desks: Desks, asking: JoinRequest, days: int
) -> None:
    """The server looks at the certificate by its own clock."""
    desks.clock.set_wall(SystemClock().now() + timedelta(days=days))
    admit(desks, asking)
    joins(desks, asking)


@pytest.mark.parametrize("name", ["a\x07b", "\x1b[31mred", "a\udce9"])
def test_a_name_of_a_desk_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        desk_name(name)


def test_what_another_desk_says_it_is_called_is_shown_as_one_line(desks: Desks) -> None:
    state, at = desks.reading._state, desks.clock.now()
    desk, roots, identity = "0" * 32, state.keys.roots, state.identity
    said = DeskWord("a\x1b[31m\nb" + "c" * 500, "1.0", at, 0, 0).sealed(desk, roots, identity)
    assert DeskWord.opened(said, desk, roots, identity).name.startswith("a[31m bcc")
    for numbers in (("x", 0), (0, None)):
        word: Any = DeskWord("a", "1.0", at, *numbers)
        unread = word.sealed(desk, roots, identity)
        assert code_of(partial(DeskWord.opened, unread, desk, roots, identity)) == Code.REGISTER_DAMAGED.value
