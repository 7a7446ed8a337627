"""A register gets a newer schema: in one transaction, by two people at the desk that leads, and nobody is cut off
without notice. Desks get their new program in any order."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.register.conftest import (
    PEOPLE,
    Desks,
    Founded,
    as_the_program_before,
    both_in_step,
    code_of,
)
from tests.unit.vault.register.test_dump_check import dumped

CLERK = "a clerk of this house, quite long"
ADMINISTRATOR = {"user": "postgres"}
CATALOGUES = {
    "columns": """SELECT c.relname, c.relkind, c.relowner::regrole::text, c.relacl::text, a.attname,
        a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid), a.attcollation
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'mlid'::regnamespace""",
    "constraints": """SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'mlid'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'mlid'",
    "functions": """SELECT oid::regprocedure::text, proowner::regrole::text, proacl::text, pg_get_functiondef(oid)
        FROM pg_proc WHERE pronamespace = 'mlid'::regnamespace""",
    "triggers": """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal""",
    "schema": "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = 'mlid'",
    "version": "SELECT version FROM mlid.register",
}


def catalogue(desks: Desks, database: str) -> dict[str, list[str]]:
    """Everything that a server's catalogues say of a register's schema."""
    return {name: sorted(map(repr, desks.server.sql(asked, database))) for name, asked in CATALOGUES.items()}


def upgraded(vault: Vault, *without: str) -> tuple[int, int]:
    plan = vault.register.upgrading.upgrade(ADMINISTRATOR, without, witness(vault))
    return plan.version, plan.newest


def version(desks: Desks) -> list[tuple[int]]:
    return desks.sql("SELECT version FROM mlid.register")


def test_an_upgraded_register_is_as_a_new_one(desks_before: Desks, founded: Founded) -> None:
    desks_before.reading.register.fetch()
    before = catalogue(desks_before, desks_before.database)
    assert before != catalogue(desks_before, founded.database)
    assert upgraded(desks_before.writing) == (1, 2)
    assert catalogue(desks_before, desks_before.database) == catalogue(desks_before, founded.database)
    both_in_step(desks_before)
    desks_before.reading.save(enrolment("9", "Enrolled after it"))
    both_in_step(desks_before)
    (entry,) = [entry for entry in desks_before.writing.audit.entries(1, 1000) if entry.event == "register.upgraded"]
    assert (entry.facts["number"], bool(entry.facts["second"])) == (2, True)
    assert upgraded(desks_before.writing) == (2, 2)
    assert catalogue(desks_before, desks_before.database) == catalogue(desks_before, founded.database)


def test_a_register_of_before_is_worked_with_and_said_to_be_one(desks_before: Desks) -> None:
    desks_before.reading.save(enrolment("9", "New"))
    both_in_step(desks_before)
    for vault in (desks_before.writing, desks_before.reading):
        assert vault.register.status().schema == 1
        assert vault.register.upgrading.found == 1
    assert desks_before.writing.register.upgrading.plan().is_older


def test_a_desk_that_knows_the_old_schema_alone_stops_it_until_it_is_named(
    desks_before: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        as_the_program_before(patch)
        desks_before.reading.register.fetch()
    plan = desks_before.writing.register.upgrading.plan()
    (old,) = plan.cut_off
    assert (old.is_own, old.schema) == (False, 1)
    assert code_of(partial(upgraded, desks_before.writing)) == Code.REGISTER_CUTS_OFF.value
    assert code_of(partial(upgraded, desks_before.writing, "nobody")) == Code.REGISTER_NO_SUCH_DESK.value
    assert version(desks_before) == [(1,)]
    assert upgraded(desks_before.writing, old.identifier) == (1, 2)
    with monkeypatch.context() as patch:  # its connection is kept open from before, or made anew
        as_the_program_before(patch)
        assert code_of(desks_before.reading.register.fetch) == Code.REGISTER_VERSION.value
        save = partial(desks_before.reading.save, enrolment("9", "By a program that does not know it"))
        assert code_of(save) == Code.REGISTER_VERSION.value
        assert desks_before.reading.verify().subjects == len(PEOPLE)
        desks_before.reading.register.require_fresh()  # checks go on
    both_in_step(desks_before)


def test_a_desk_whose_word_says_nothing_of_it_knows_the_first_alone(desks_before: Desks) -> None:
    """As the words of programs that knew no other, and of a desk that was not opened since its new program came."""
    assert [desk.schema for desk in desks_before.writing.register.desks.all() if not desk.is_own] == [1]
    assert code_of(partial(upgraded, desks_before.writing)) == Code.REGISTER_CUTS_OFF.value
    desks_before.reading.register.fetch()
    assert upgraded(desks_before.writing) == (1, 2)


def test_a_connection_that_was_open_all_the_time_learns_of_it(
    desks_before: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        as_the_program_before(patch)
        desks_before.reading.register.listen(lambda: None)
        desks_before.reading.register.fetch()
        (other,) = [desk.identifier for desk in desks_before.writing.register.desks.all() if not desk.is_own]
        with pytest.MonkeyPatch.context() as newer:
            newer.setattr("mlid_desktop.vault.store.register.installation.SCHEMA_VERSION", 2)
            newer.setattr("mlid_desktop.vault.store.register.upgrades.SCHEMA_VERSION", 2)
            newer.setattr("mlid_desktop.vault.unlocked.register.writing.upgrading.SCHEMA_VERSION", 2)
            assert upgraded(desks_before.writing, other) == (1, 2)
        assert code_of(desks_before.reading.register.fetch) == Code.REGISTER_VERSION.value


def test_a_desk_that_was_taken_out_stops_nothing(desks_before: Desks) -> None:
    (other,) = [desk.identifier for desk in desks_before.writing.register.desks.all() if not desk.is_own]
    desks_before.writing.register.desks.remove(other, witness(desks_before.writing))
    assert upgraded(desks_before.writing) == (1, 2)


def test_who_may_not_upgrades_nothing(desks_before: Desks) -> None:
    desks, vault = desks_before, desks_before.writing
    desks.reading.register.fetch()
    assert code_of(partial(upgraded, desks.reading)) == Code.REGISTER_LED_ELSEWHERE.value
    alone = partial(vault.register.upgrading.upgrade, ADMINISTRATOR, (), None)
    assert code_of(alone) == Code.VAULT_SECOND_PERSON_NEEDED.value
    as_desk = partial(vault.register.upgrading.upgrade, {"user": "nobody"}, (), witness(vault))
    assert code_of(as_desk) == Code.REGISTER_REFUSED.value
    desks.sql("DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    desks.server.let_in(b"", ("host all plain 127.0.0.1/32 trust",))
    desks.sql(f"GRANT CONNECT ON DATABASE {desks.database} TO plain")
    plain = partial(vault.register.upgrading.upgrade, {"user": "plain"}, (), witness(vault))
    assert code_of(plain) == Code.REGISTER_NOT_PERMITTED.value
    desks.sql(f"REVOKE CONNECT ON DATABASE {desks.database} FROM plain")
    assert version(desks) == [(1,)]


def test_an_operator_upgrades_nothing(desks_before: Desks) -> None:
    desks = desks_before
    desks.reading.register.fetch()
    desks.writing.operators.add("clerk", Role.OPERATOR, CLERK, witness(desks.writing), FLOOR)
    desks.writing.lock()
    desks.writing = reopened(desks.home / "writing", desks.clock, "clerk", CLERK)
    assert code_of(desks.writing.register.upgrading.plan) == Code.VAULT_NOT_PERMITTED.value
    assert code_of(partial(upgraded, desks.writing)) == Code.VAULT_NOT_PERMITTED.value
    assert version(desks) == [(1,)]


def test_a_register_of_a_schema_to_come_is_refused_by_name(desks: Desks, tmp_path: Path) -> None:
    desks.sql("UPDATE mlid.register SET version = 3")
    for act in (
        desks.reading.register.fetch,
        desks.writing.register.upgrading.plan,
        partial(upgraded, desks.writing),
        partial(desks.writing.register.check_dump, dumped(desks, tmp_path / "dump.sql")),
    ):
        assert code_of(act) == Code.REGISTER_VERSION.value


def test_dumps_of_both_schemas_are_checked(desks_before: Desks, tmp_path: Path) -> None:
    desks_before.reading.register.fetch()
    older = dumped(desks_before, tmp_path / "older.sql")
    upgraded(desks_before.writing)
    newer = dumped(desks_before, tmp_path / "newer.sql")
    for file in (older, newer):
        for vault in (desks_before.writing, desks_before.reading):
            assert vault.register.check_dump(file).items == 4 * len(PEOPLE)
