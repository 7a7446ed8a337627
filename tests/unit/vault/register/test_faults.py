"""What goes wrong at a server or on the way to it is named, and leaves vault and register such that the next try goes
through, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.tls_certificates import CertificateAuthority, new_tls_key
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import role_of
from mlid_desktop.vault.unlocked.register.link import tls_password, write_tls_files
from tests.unit.vault.conftest import enrolment
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of

FULL = """
CREATE FUNCTION mlid.fill() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER fill BEFORE INSERT ON mlid.change FOR EACH ROW EXECUTE FUNCTION mlid.fill()
"""


def sent_once(desks: Desks) -> bool:
    """Whether what is new goes through now, and stands in the register once and whole."""
    desks.writing.register.send()
    desks.reading.register.fetch()
    whole = desks.writing.register.verify().items == 4 * (len(PEOPLE) + 1)
    return whole and desks.reading.find("9") == desks.writing.find("9")


def test_a_server_without_room_is_named(desks: Desks) -> None:
    desks.sql(FULL)
    desks.writing.save(enrolment("9", "New"))
    assert code_of(desks.writing.register.send) == Code.REGISTER_FULL.value
    desks.sql("DROP TRIGGER fill ON mlid.change")
    assert sent_once(desks)


def test_a_register_that_somebody_holds_is_busy_and_no_longer_than_that(desks: Desks) -> None:
    """As where a desk was stopped inside a write: others wait two seconds, and go on when the server ended it."""
    desks.writing.save(enrolment("9", "New"))
    given = {**desks.server.administrator, "dbname": desks.database}
    with psycopg.connect(" ".join(f"{name}={value}" for name, value in given.items())) as frozen:
        frozen.execute("SELECT FROM mlid.state FOR UPDATE")
        assert code_of(desks.writing.register.send) == Code.REGISTER_BUSY.value
    assert sent_once(desks)


def test_the_server_ends_a_desk_that_stopped_inside_a_write(desks: Desks) -> None:
    link = desks.writing.register.link
    assert link is not None
    connection = link.connect(desks.home / "writing")
    shown = [connection.rows(f"SHOW {name}")[0][0] for name in ("idle_in_transaction_session_timeout", "lock_timeout")]
    connection.close()
    assert shown == ["10s", "2s"]


def test_a_role_without_rights_is_named(desks: Desks) -> None:
    desks.sql("REVOKE USAGE ON SCHEMA mlid FROM mlid_desk")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_NOT_PERMITTED.value
    desks.sql("GRANT USAGE ON SCHEMA mlid TO mlid_desk")
    desks.reading.register.fetch()


def test_a_certificate_that_expired_is_named(desks: Desks) -> None:
    link, state = desks.reading.register.link, desks.writing._state
    control = state.keys.roots.control
    assert link is not None
    assert control is not None
    role = role_of(link.desk.desk)
    private, request = new_tls_key(role, tls_password(link.desk).encode())
    long_ago = desks.clock.now() - timedelta(days=365 * 60)
    expired = CertificateAuthority(control, state.identity.number).issue(request, role, long_ago)
    write_tls_files(desks.home / "reading", private, expired)
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_CERTIFICATE.value
    assert {person.number for person in desks.reading.directory()} == set(PEOPLE)


@pytest.mark.parametrize("has_arrived", [True, False], ids=["it arrived", "it did not"])
def test_a_connection_that_breaks_while_it_commits_makes_nothing_double(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, has_arrived: bool
) -> None:
    rows = RegisterConnection.rows

    def broken(connection: RegisterConnection, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        if statement == "COMMIT":
            monkeypatch.undo()
            monkeypatch.setenv("PGDATABASE", desks.database)
            if has_arrived:
                rows(connection, statement)
            connection.close()
            raise RegisterError(Code.REGISTER_UNREACHABLE)
        return rows(connection, statement, parameters)

    desks.writing.save(enrolment("9", "New"))
    monkeypatch.setattr(RegisterConnection, "rows", broken)
    with pytest.raises(RegisterError) as raised:
        desks.writing.register.send()
    assert raised.value.code in {Code.REGISTER_OUTCOME_UNKNOWN, Code.REGISTER_UNREACHABLE}
    assert sent_once(desks)
