"""The server's administrator alters, drops, moves, replays or sets back what is stored, or shows two desks different
things: each desk names it and leaves its copy as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.key_file_codec import control_bytes, key_file_bytes
from mlid_desktop.vault.store.register.mail import PEOPLE as PEOPLE_MAIL
from mlid_desktop.vault.unlocked.register.writing import key_mail
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of, subject

FLIP = "set_byte({0}, length({0}) - 1, get_byte({0}, length({0}) - 1) # 1)"
INVENTED = """
INSERT INTO mlid.removed SELECT {n}, kind, key FROM mlid.item WHERE changed < {n};
DELETE FROM mlid.item WHERE changed < {n}
"""
TAMPERED = {
    "a body flipped": ("records_face", f"UPDATE mlid.item SET body = {FLIP.format('body')}"),
    "a mark flipped": ("subjects", f"UPDATE mlid.item SET mark = {FLIP.format('mark')}"),
    "an extractor renamed": ("records_face", "UPDATE mlid.item SET extractor = 'x/1/y'"),
    "a row dropped": ("records_fingerprint", "DELETE FROM mlid.item"),
    "a row under another key": ("records_face", f"UPDATE mlid.item SET key = {FLIP.format('key')}"),
    "the body of another person": (
        "records_face",
        "UPDATE mlid.item SET body = (SELECT body FROM mlid.item_records_face o WHERE o.changed < {n} LIMIT 1)",
    ),
    "removals invented": (
        "",
        INVENTED,
    ),
    "a digest changed": ("", f"UPDATE mlid.change SET digest = {FLIP.format('digest')} WHERE n = {{n}}"),
    "tallies changed": ("", f"UPDATE mlid.change SET tallies = {FLIP.format('tallies')} WHERE n = {{n}}"),
    "an act renamed": ("", "UPDATE mlid.change SET act = 'x' WHERE n = {n}"),
    "a signature changed": ("", f"UPDATE mlid.change SET signature = {FLIP.format('signature')} WHERE n = {{n}}"),
    "a change renumbered": ("", "UPDATE mlid.change SET n = {n} + 5 WHERE n = {n}; UPDATE mlid.state SET n = {n} + 5"),
    "a desk's key replaced": ("", f"UPDATE mlid.desk SET sign_pk = {FLIP.format('sign_pk')}"),
}


def tamper(desks: Desks, kind: str, statement: str, n: int) -> None:
    """Does it to what the n-th change brought."""
    which = f" WHERE kind = '{kind}' AND changed = {n}" if kind else ""
    desks.sql(statement.replace("{n}", str(n)) + which)


def test_whatever_was_tampered_with_is_named_and_not_taken(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    desks.writing.save(enrolment("9", "New"))
    n, whole = desks.writing.register.send().point.number, desks.database
    assert desks.writing.register.verify().items == 4 * (len(PEOPLE) + 1)
    for what, (kind, statement) in TAMPERED.items():
        desks.database = desks.server.database(whole)
        monkeypatch.setenv("PGDATABASE", desks.database)
        tamper(desks, kind, statement, n)
        assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_DAMAGED.value, what
        assert code_of(partial(desks.writing.register.verify)) == Code.REGISTER_DAMAGED.value, what
    assert desks.reading.find("9") is None
    assert desks.reading.verify().subjects == len(PEOPLE)


REPLAYED = """
UPDATE mlid.item SET mark = old.mark, extractor = old.extractor, blind = old.blind, body = old.body, changed = {changed}
FROM old WHERE item.kind = old.kind AND item.key = old.key AND item.body <> old.body
"""


@pytest.mark.parametrize("changed", ["item.changed", "old.changed"], ids=["as the newest", "as what it was"])
def test_what_a_row_was_before_it_changed_is_not_taken_again(desks: Desks, changed: str) -> None:
    """Everything about such a row was true once: its mark is that of its body, and both were signed for."""
    person = subject(desks.writing, "1")
    desks.sql("CREATE TABLE old AS SELECT * FROM mlid.item")
    corrected = replace(desks.writing.record(person).details, name="The name that holds")
    desks.writing.corrections.correct(person, corrected, witness(desks.writing))
    desks.sql(REPLAYED.format(changed=changed))
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_DAMAGED.value
    assert code_of(partial(desks.writing.register.verify)) == Code.REGISTER_DAMAGED.value
    assert desks.writing.record(person).details == corrected
    assert desks.reading.verify().subjects == len(PEOPLE)


def test_a_change_that_is_taken_away_is_a_register_set_back(desks: Desks) -> None:
    desks.writing.save(enrolment("9", "New"))
    n = desks.writing.register.send().point.number
    desks.reading.register.fetch()
    desks.sql(f"UPDATE mlid.state SET n = {n - 1}, link = (SELECT link FROM mlid.change WHERE n = {n - 1})")
    desks.sql(f"DELETE FROM mlid.change WHERE n = {n}")
    for act in (desks.reading.register.fetch, desks.writing.register.send):
        assert code_of(partial(act)) == Code.REGISTER_ROLLED_BACK.value


def test_an_old_dump_put_back_is_refused_by_every_desk(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    old = desks.server.database(desks.database)
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    desks.reading.register.fetch()
    monkeypatch.setenv("PGDATABASE", old)
    for act in (desks.reading.register.fetch, desks.writing.register.send, desks.reading.register.verify):
        assert code_of(partial(act)) == Code.REGISTER_ROLLED_BACK.value
    assert desks.reading.find("9") is not None


def test_a_desk_that_saw_further_is_believed_over_the_server(desks: Desks) -> None:
    """The reading desk was away; the word that the writing desk left tells that the server was set back since."""
    desks.writing.save(enrolment("9", "New"))
    n = desks.writing.register.send().point.number
    desks.sql(f"UPDATE mlid.state SET n = {n - 1}, link = (SELECT link FROM mlid.change WHERE n = {n - 1})")
    desks.sql(f"DELETE FROM mlid.change WHERE n = {n}")
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_ROLLED_BACK.value


def test_a_forked_server_is_found_out_within_one_round(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the writing desk sends something else to a copy of the database: whoever sees both points says so."""
    branch, before = desks.server.database(desks.database), desks.home / "before"
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", before)
    desks.writing = reopened(desks.home / "writing", desks.clock)
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    desks.reading.register.fetch()
    monkeypatch.setenv("PGDATABASE", branch)
    other = reopened(before, desks.clock)
    other.save(enrolment("8", "Of the other branch"))
    other.register.send()
    other.lock()
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_FORKED.value
    assert code_of(partial(desks.writing.register.send)) == Code.REGISTER_FORKED.value


@pytest.mark.parametrize("is_open", [True, False], ids=["while the other is open", "while it was locked"])
def test_two_desks_with_one_identity_are_found_out(desks: Desks, *, is_open: bool) -> None:
    """A cloned machine: at the latest with its second change, or the next one of the original, both know."""
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", desks.home / "clone")
    if is_open:
        desks.writing = reopened(desks.home / "writing", desks.clock)
        desks.writing.register.fetch()
    clone = reopened(desks.home / "clone", desks.clock)
    clone.save(enrolment("8", "Of the clone"))
    clone.save(enrolment("7", "Of the clone"))
    if not is_open:
        desks.writing = reopened(desks.home / "writing", desks.clock)
    for act in (partial(desks.writing.save, enrolment("9", "New")), desks.writing.register.fetch):
        assert code_of(act) == Code.REGISTER_FORKED.value
    assert desks.writing.verify().subjects == len(PEOPLE)
    clone.lock()


def test_a_clone_whose_one_change_looked_like_an_interruption_is_found_out_by_the_next(desks: Desks) -> None:
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", desks.home / "clone")
    clone = reopened(desks.home / "clone", desks.clock)
    clone.save(enrolment("8", "Of the clone"))
    desks.writing = reopened(desks.home / "writing", desks.clock)
    desks.writing.save(enrolment("9", "New"))
    events = [entry.event for entry in desks.writing.audit.entries(1, 10_000)]
    assert "register.recovered" in events
    assert code_of(partial(clone.save, enrolment("7", "Of the clone"))) == Code.REGISTER_FORKED.value
    clone.lock()


def test_a_key_that_the_server_slipped_in_gets_no_mail(desks: Desks) -> None:
    desks.sql("UPDATE mlid.prekey SET pk = " + FLIP.format("pk"))
    person = desks.writing.find("1")
    assert person is not None
    desks.writing.operators.change_passphrase("correct horse battery", "another passphrase of mine")
    assert code_of(partial(desks.writing.register.send)) == Code.REGISTER_DAMAGED.value
    assert desks.sql("SELECT count(*) FROM mlid.mailbox") == [(0,)]


def test_mail_that_was_tampered_with_is_not_taken(desks: Desks) -> None:
    desks.writing.operators.change_passphrase("correct horse battery", "another passphrase of mine")
    desks.writing.register.send()
    desks.sql("UPDATE mlid.mailbox SET sealed = " + FLIP.format("sealed"))
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_DAMAGED.value


def other_key(key_file: KeyFile) -> KeyFile:
    """Signed by a key of the desk's own, which it names as the supervisors'."""
    own = signing_key_of(bytearray(32))
    control = replace(key_file.control, verify_key=verify_key_of(own))
    return replace(key_file, control=control, signature=own.sign(control_bytes(control)))


def other_grants(key_file: KeyFile) -> KeyFile:
    """With everybody's role another than supervisors signed."""
    grants = tuple(replace(grant, role=Role.AUDITOR) for grant in key_file.control.grants)
    return replace(key_file, control=replace(key_file.control, grants=grants))


@pytest.mark.parametrize("forged", [other_key, other_grants])
@pytest.mark.parametrize("by", ["reading", "writing"])
def test_a_desk_says_nothing_of_who_may_open_the_vault_at_another(
    desks: Desks, forged: Callable[[KeyFile], KeyFile], by: str
) -> None:
    """Every desk has the data root, and may mail: who may open the vault, and by whose key settings count, says the
    supervisors' signature alone."""
    forger, victim = getattr(desks, by), desks.reading if by == "writing" else desks.writing
    state, before = forger._state, victim._state.key_file
    made = replace(forged(state.key_file), generation=before.generation + 9)
    content = key_file_bytes(made, state.keys.roots.data)
    victim_desk = victim.register.status().identifier
    with forger.register._contact.connected() as (connection, _, known):
        assert key_mail._mail(connection, victim_desk, known[victim_desk], PEOPLE_MAIL, content, state.identity)
    assert code_of(victim.register.fetch) == Code.REGISTER_DAMAGED.value
    assert victim._state.key_file.control == before.control
    assert victim._state.key_file.operators == before.operators


def test_another_register_is_not_this_one(desks: Desks) -> None:
    desks.sql("UPDATE mlid.register SET header = ''::bytea")
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_ANOTHER.value


def test_a_register_of_a_later_version_is_named(desks: Desks) -> None:
    desks.sql("UPDATE mlid.register SET version = 99")
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_VERSION.value


def test_an_empty_database_is_named(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATABASE", desks.server.database())
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_MISSING.value
    monkeypatch.setenv("PGDATABASE", "no_such_database")
    assert code_of(partial(desks.reading.register.fetch)) == Code.REGISTER_NO_DATABASE.value
