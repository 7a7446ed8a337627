"""Calls of a register's functions are sent as one statement, and a desk goes on while the server carries them out: what
arrives is what was given, and what is wrong is known before anything else is done."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.vault.unlocked.register.writing.shared_writes import SharedWrites
from tests.unit.vault.conftest import enrolment
from tests.unit.vault.register.conftest import Desks, both_in_step, code_of, connection_of

CELLS: Final[tuple[tuple[Any, ...], ...]] = (
    (1, "text", b"bytes", UUID(int=5), ["a", "", "\u00e9\u4e2d"], [b"\0", b"", b"x" * 70_000]),
    (-(2**63), "", b"", None, [], []),
    (2**63 - 1, None, None, UUID(int=2**128 - 1), [None, "b", None], [None]),
    (None, "\u0627", bytes(range(256)), None, None, None),
)
KEEPING: Final = """
CREATE TABLE mlid.kept (place bigserial, n bigint, t text, b bytea, u uuid, ts text[], bs bytea[]);
CREATE FUNCTION mlid.keep(bigint, text, bytea, uuid, text[], bytea[]) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO mlid.kept (n, t, b, u, ts, bs) VALUES ($1, $2, $3, $4, $5, $6) $$;
CREATE FUNCTION mlid.refuse() RETURNS void LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$
"""
REFUSED: Final = """
CREATE FUNCTION mlid.refused() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON mlid.change FOR EACH ROW EXECUTE FUNCTION mlid.refused()
"""
KEEP: Final = "SELECT keep(%b, %s, %b, %b, %b::text[], %b::bytea[])"


@pytest.mark.parametrize("later", [False, True])
def test_what_is_called_arrives_as_it_was_given(desks: Desks, *, later: bool) -> None:
    desks.sql(KEEPING)
    connected = connection_of(desks)
    try:
        with connected.together(later=later):
            for cells in CELLS:
                connected.send(KEEP, cells)
        connected.settle()
    finally:
        connected.close()
    assert desks.sql("SELECT n, t, b, u, ts, bs FROM mlid.kept ORDER BY place") == list(CELLS)


def test_what_is_wrong_with_what_was_sent_is_raised_before_anything_else_is_done(desks: Desks) -> None:
    desks.sql(KEEPING)
    connected = connection_of(desks)
    try:
        for next_act in (connected.settle, partial(connected.rows, "COMMIT"), partial(connected.script, "COMMIT")):
            connected.rows("BEGIN")
            with connected.together(later=True):
                connected.send(KEEP, CELLS[0])
                connected.send("SELECT refuse()")
            assert code_of(next_act) == Code.REGISTER_FULL.value
            connected.roll_back()
            assert connected.rows("SELECT 1") == [(1,)]
        with connected.together(later=True):
            connected.send("SELECT refuse()")
        connected.roll_back()  # whatever is wrong
        assert connected.rows("SELECT 1") == [(1,)]
        with connected.together(later=True):
            connected.send("SELECT refuse()")
        desks.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%refuse%' AND state = 'idle'"
        )
        assert code_of(connected.settle) in {Code.REGISTER_FULL.value, Code.REGISTER_UNREACHABLE.value}
        connected.roll_back()
        assert not connected.is_open
    finally:
        connected.close()
    assert desks.sql("SELECT count(*) FROM mlid.kept") == [(0,)]


def test_a_write_that_the_server_refuses_while_the_desk_goes_on_is_made_nowhere(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes when the vault has written all but its end: neither keeps anything, and the next try goes."""
    desks.writing.register.listen(lambda: None)  # its connection lasts
    before = desks.sql("SELECT n FROM mlid.state")
    desks.sql(REFUSED)
    staged: list[int] = []
    publish = SharedWrites.publish

    def noted(writes: SharedWrites) -> None:
        staged.append(1)
        publish(writes)

    monkeypatch.setattr(SharedWrites, "publish", noted)
    for _ in range(2):
        assert code_of(partial(desks.writing.save, enrolment("9", "New"))) == Code.REGISTER_FULL.value
        assert desks.writing.find("9") is None
    assert len(staged) == 2
    assert desks.sql("SELECT n FROM mlid.state") == before
    desks.sql("DROP TRIGGER refuse ON mlid.change")
    desks.writing.save(enrolment("9", "New"))
    both_in_step(desks)


def test_what_is_asked_comes_after_what_was_sent_before_it(desks: Desks) -> None:
    desks.sql(KEEPING)
    desks.sql("GRANT SELECT ON mlid.kept TO mlid_desk")
    connected = connection_of(desks)
    try:
        with connected.together():
            connected.send(KEEP, CELLS[0])
            found = connected.ask("SELECT n, u FROM kept WHERE n < %s AND u = %s", 2, UUID(int=5))
            more = connected.ask("SELECT n FROM kept WHERE n > %s", -(2**63) + 5)
            assert found() == [(1, UUID(int=5))]
            assert more() == [(1,)]
            connected.send(KEEP, CELLS[1])
            assert connected.rows("SELECT count(*) FROM kept") == [(2,)]
            many = connected.ask("SELECT n FROM kept ORDER BY place")
        assert many() == [(1,), (-(2**63),)]
    finally:
        connected.close()
