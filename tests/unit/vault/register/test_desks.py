"""Who is in a register: listed with what each followed, taken out, and asked which erasures it has carried out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop import __version__
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import ErasureReason
from mlid_desktop.station.administration.register.erasures import desk_line, erasure_at_desks
from mlid_desktop.station.documents.pdf import render_pdf
from mlid_desktop.station.text.language import open_language
from mlid_desktop.vault.unlocked.register.desk_words import DeskWord, acknowledged
from mlid_desktop.vault.unlocked.register.standings import DeskStanding
from mlid_desktop.vault.unlocked.register.writing.key_mail import KeyMail
from tests.doubles import DESK_OPENS
from tests.unit.vault.conftest import WITNESS, enrolment, reopened, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of

ENGLISH = open_language(Path(), "en")
LET_IN = "UPDATE mlid.desk SET removed_n = NULL; ALTER ROLE {role} LOGIN; GRANT mlid_desk TO {role}"
TAMPERED = "UPDATE mlid.seen_head SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)"


def in_step(desks: Desks) -> None:
    desks.writing.register.send()
    desks.reading.register.fetch()


def other(desks: Desks) -> DeskStanding:
    (found,) = (desk for desk in desks.writing.register.desks.all() if not desk.is_own)
    return found


def erase(desks: Desks, number: str) -> None:
    person = desks.writing.find(number)
    assert person is not None
    desks.writing.subject_rights.erase(person.subject_id, witness(desks.writing), ErasureReason.REQUESTED)


def test_each_desk_says_who_it_is_and_how_far_it_has_followed(desks: Desks) -> None:
    in_step(desks)
    here, there = desks.writing.register.desks.all(), desks.reading.register.desks.all()
    assert [(desk.identifier, desk.word, desk.leads) for desk in here] == [
        (desk.identifier, desk.word, desk.leads) for desk in there
    ]
    assert [desk.name for desk in here if desk.is_own and desk.leads] == ["Front desk"]
    assert {desk.word.version for desk in here if desk.word} == {__version__}
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    assert other(desks).behind == 1
    desks.reading.register.fetch()
    assert other(desks).behind == 0


def test_an_erasure_says_which_desks_have_carried_it_out(desks: Desks) -> None:
    in_step(desks)
    erase(desks, "1")
    (erasure,) = desks.writing.register.desks.erasures()
    assert erasure.done == ()  # the desk that erased speaks once its own keys are gone
    desks.writing.register.send()
    (erasure,) = desks.writing.register.desks.erasures()
    assert [desk.is_own for desk in erasure.done] == [True]
    assert [desk.is_own for desk in erasure.waiting] == [False]
    sheet = erasure_at_desks(erasure, "ab" * 16, desks.clock.now(), ENGLISH)
    assert sheet.number == "Done at 1 of 2 desks"
    assert render_pdf(sheet, ENGLISH).startswith(b"%PDF")
    desks.reading.register.fetch()
    (erasure,) = desks.writing.register.desks.erasures()
    assert (len(erasure.done), erasure.waiting) == (2, ())
    assert "Every desk has deleted" in str(erasure_at_desks(erasure, "ab" * 16, desks.clock.now(), ENGLISH))


def test_a_desk_that_was_taken_out_gets_no_keys_whatever_the_server_says(desks: Desks) -> None:
    in_step(desks)
    desks.reading.register.listen(lambda: None)
    desks.reading.register.fetch()  # its session is open, and stays so
    gone, before = other(desks), desks.writing._state.keys.wrapped
    remove = partial(desks.writing.register.desks.remove, gone.identifier[:8])
    assert code_of(partial(remove, None)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    remove(witness(desks.writing))
    assert desks.writing._state.keys.wrapped != before
    assert desks.writing.verify().subjects == len(PEOPLE)
    assert other(desks).is_removed
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_REFUSED.value
    ((role,),) = desks.sql(f"SELECT pg_role FROM mlid.desk WHERE desk = '{gone.identifier}'")
    desks.sql(LET_IN.format(role=role))
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    assert desks.sql("SELECT count(*) FROM mlid.mailbox") == [(0,)]
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_KEYS_AWAITED.value
    assert desks.reading.find("9") is None
    assert other(desks).is_removed
    assert code_of(partial(remove, witness(desks.writing))) == Code.REGISTER_NO_SUCH_DESK.value


def test_what_a_desk_writes_after_it_was_taken_out_counts_nowhere(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It and the server's administrator act together: it did not hear of the removal, and is let in again."""
    in_step(desks)
    gone = other(desks)
    desks.writing.register.desks.remove(gone.identifier, witness(desks.writing))
    ((role,),) = desks.sql(f"SELECT pg_role FROM mlid.desk WHERE desk = '{gone.identifier}'")
    desks.sql(LET_IN.format(role=role))
    accepts_all = "mlid_desktop.vault.unlocked.register.fetching.new_keys"
    with monkeypatch.context() as patch:
        patch.setattr(accepts_all, lambda *_: KeyMail())
        patch.setattr("mlid_desktop.vault.unlocked.register.fetching.rows_of", lambda *_: [])
        patch.setattr("mlid_desktop.vault.unlocked.register.fetching.require_tallies", lambda *_: None)
        desks.reading.save(enrolment("9", "Slipped in"))
    assert code_of(desks.writing.register.fetch) == Code.REGISTER_DAMAGED.value
    assert desks.writing.find("9") is None


def test_a_removal_that_was_interrupted_goes_on(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    in_step(desks)
    gone, members = other(desks), desks.writing.register.desks

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(members._keys, "erase", interrupted)
        with pytest.raises(KeyboardInterrupt):
            members.remove(gone.identifier, witness(desks.writing))
    members.remove(gone.identifier, witness(desks.writing))
    assert other(desks).is_removed
    assert desks.writing.register.verify().items == 4 * len(PEOPLE) + 1  # and the list of those taken out


def test_who_is_no_other_desk_is_not_taken_out(desks: Desks) -> None:
    own = next(desk for desk in desks.writing.register.desks.all() if desk.is_own)
    for named in (own.identifier, "Front desk", "nobody", "", other(desks).identifier[:5]):
        act = partial(desks.writing.register.desks.remove, named, witness(desks.writing))
        assert code_of(act) == Code.REGISTER_NO_SUCH_DESK.value
    away = partial(desks.reading.register.desks.remove, own.identifier, None)
    assert code_of(away) == Code.REGISTER_LED_ELSEWHERE.value


def test_a_word_that_was_tampered_with_is_named(desks: Desks) -> None:
    in_step(desks)
    desks.sql(TAMPERED)
    for act in (desks.writing.register.desks.all, desks.reading.register.fetch, desks.writing.register.send):
        assert code_of(act) == Code.REGISTER_DAMAGED.value


def test_the_server_reads_no_name_of_a_desk(desks: Desks) -> None:
    in_step(desks)
    kept = desks.sql("SELECT encode(sealed, 'escape') FROM mlid.seen_head")
    assert not [row for row in kept if "Front" in row[0]]


def test_after_a_rotation_other_desks_join_anew_and_write_nothing_before(desks: Desks) -> None:
    in_step(desks)
    desks.writing.rotation.rotate()
    for act in (desks.reading.register.fetch, partial(desks.reading.save, enrolment("9", "New"))):
        assert code_of(act) == Code.REGISTER_KEYS_RENEWED.value
    desks.writing.register.send()
    for act in (desks.reading.register.fetch, partial(desks.reading.save, enrolment("9", "New"))):
        assert code_of(act) == Code.REGISTER_KEYS_RENEWED.value
    desks.writing.save(enrolment("9", "New"))
    assert desks.writing.register.verify().items == 4 * (len(PEOPLE) + 1)
    assert len(desks.writing.register.desks.all()) == 2
    desks.reopen_writing()
    desks.writing.register.send()


def test_a_rotation_that_was_cut_off_before_it_began_opens_the_register_again(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step(desks)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(desks.writing.rotation, "_prepare", interrupted)
        with pytest.raises(KeyboardInterrupt):
            desks.writing.rotation.rotate()
    desks.reopen_writing()
    desks.writing.register.send()
    desks.reading.register.fetch()
    desks.reading.save(enrolment("9", "New"))
    assert desks.reading.register.verify().items == 4 * (len(PEOPLE) + 1)


def test_a_silent_desk_is_pointed_out(desks: Desks) -> None:
    in_step(desks)
    found, later = other(desks), desks.clock.now() + timedelta(days=31)
    assert "take it out" in desk_line(found, later, ENGLISH)
    assert "take it out" not in desk_line(found, desks.clock.now(), ENGLISH)


def test_an_auditor_sees_the_desks_and_takes_none_out(desks: Desks) -> None:
    in_step(desks)
    desks.writing.lock()
    desks.writing = reopened(desks.home / "writing", desks.clock, *WITNESS)
    assert len(desks.writing.register.desks.all()) == 2
    remove = partial(desks.writing.register.desks.remove, other(desks).identifier, None)
    assert code_of(remove) == Code.VAULT_NOT_PERMITTED.value


@given(
    st.dictionaries(st.integers(1, 40), st.integers(1, 40), max_size=6),
    st.integers(0, 45),
    st.integers(0, 45),
    st.integers(1, 45),
)
def test_no_desk_is_said_to_have_erased_what_it_can_still_open(
    renewed: dict[int, int], erased: int, keys: int, entry: int
) -> None:
    word = DeskWord("desk", "1", DESK_OPENS, erased, keys)
    if acknowledged(entry, renewed, word):
        assert erased >= entry
        assert any(upto >= entry and keys >= generation for upto, generation in renewed.items())
    assert not acknowledged(entry, renewed, None)
