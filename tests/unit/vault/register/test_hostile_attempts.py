"""A server, or a copied desk, that does what it likes with rows about failed attempts clears nothing by it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.lifecycle import Vault
from tests.unit.vault.conftest import reopened
from tests.unit.vault.register.conftest import Desks, code_of, reopen, subject
from tests.unit.vault.register.test_attempts import accept, fail, failed, rows, settle

OLDER: dict[str, Callable[[Desks], object]] = {
    "an older row": lambda desks: desks.sql(
        "UPDATE mlid.attempt SET number = old.number, sealed = old.sealed, signature = old.signature"
        " FROM public.old WHERE old.person = attempt.person AND old.desk = attempt.desk"
    ),
    "no row": lambda desks: desks.sql("DELETE FROM mlid.attempt"),
}


@pytest.mark.parametrize("how", OLDER)
def test_a_row_that_the_server_sets_back_is_noticed_and_put_again(desks: Desks, how: str) -> None:
    fail(desks.reading, 1)
    desks.sql("CREATE TABLE public.old AS TABLE mlid.attempt")
    fail(desks.reading, 4)
    OLDER[how](desks)
    assert fail(desks.writing, 1)[0] < 6  # the other desk cannot know
    assert failed(desks.reading) >= 5  # no server makes a desk forget its own
    settle(desks)
    lost = [entry for entry in desks.reading.audit.entries(1, 1000) if entry.event == "register.attempts_lost"]
    assert [entry.facts["number"] for entry in lost] == [1]
    assert (failed(desks.reading), failed(desks.writing)) == (6, 6)


def test_an_older_row_of_a_desk_clears_nothing_that_failed_since(desks: Desks) -> None:
    """A row by which the other desk cleared something is put back, long after it was heard and dropped."""
    fail(desks.reading, 2)
    accept(desks.writing)
    desks.writing.register.fetch()
    desks.sql("CREATE TABLE public.old AS TABLE mlid.attempt")
    settle(desks)
    assert rows(desks) == 0
    fail(desks.reading, 3)
    desks.sql("INSERT INTO mlid.attempt SELECT * FROM public.old ON CONFLICT DO NOTHING")
    assert fail(desks.reading, 1) == [4]
    settle(desks)
    assert failed(desks.reading) == 4


@pytest.mark.parametrize(
    "bend",
    [
        "UPDATE mlid.attempt SET sealed = sealed || '\\x00'::bytea",
        "UPDATE mlid.attempt SET number = number + 1",
        "UPDATE mlid.attempt SET signature = sha512(signature)",
        "UPDATE mlid.attempt SET signature = (SELECT signature FROM public.other)",
    ],
)
def test_a_row_that_its_desk_did_not_write_counts_for_nothing_and_is_named(desks: Desks, bend: str) -> None:
    fail(desks.reading, 1, "2")
    desks.sql("CREATE TABLE public.other AS TABLE mlid.attempt")
    fail(desks.reading, 2)
    fail(desks.writing, 1)
    desks.sql(f"{bend} WHERE desk = '{own(desks.reading)}'")
    count = partial(desks.writing.count_attempt, subject(desks.writing, "1"))
    assert code_of(count) == Code.REGISTER_TRIED_ENOUGH.value  # as where the server does not answer
    assert failed(desks.writing) == 3
    assert code_of(desks.writing.register.fetch) == Code.REGISTER_DAMAGED.value
    fail(desks.reading, 1)
    fail(desks.reading, 1, "2")
    looked_at(desks)
    settle(desks)
    assert failed(desks.writing) == 4


@pytest.mark.parametrize(
    "bend",
    [
        "UPDATE mlid.attempt SET desk = '{}'",
        "UPDATE mlid.attempt SET person = sha256(person)",
    ],
)
def test_a_row_in_another_place_counts_for_nothing(desks: Desks, bend: str) -> None:
    fail(desks.reading, 2)
    desks.sql(bend.format(own(desks.writing)))
    looked_at(desks)
    fail(desks.writing, 1)
    looked_at(desks)
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing)) == (3, 3)


def looked_at(desks: Desks) -> None:
    """Both desks look, whatever they find."""
    for vault in (desks.reading, desks.writing):
        with suppress(RegisterError):
            vault.register.fetch()


def own(vault: Vault) -> str:
    """The identifier of a vault's desk."""
    link = vault.register.link
    assert link is not None
    return str(link.desk.desk)


def test_a_desk_whose_vault_was_copied_is_told(desks: Desks, tmp_path: Path) -> None:
    fail(desks.reading, 1)
    desks.reading.register.fetch()
    desks.reading.lock()
    shutil.copytree(desks.home / "reading", tmp_path / "copied")
    copied = reopened(tmp_path / "copied", desks.clock)
    fail(copied, 3)
    copied.lock()
    reopen(desks, "reading")
    fail(desks.reading, 1)
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_FORKED.value


def test_the_server_reads_neither_whom_nor_how_often(desks: Desks) -> None:
    fail(desks.reading, 5)
    ((person, sealed),) = desks.sql("SELECT person, sealed FROM mlid.attempt")
    known = subject(desks.reading, "1")
    assert bytes.fromhex(known) not in bytes(person)
    assert known.encode() not in bytes(sealed)
    assert b"failed" not in bytes(sealed)
