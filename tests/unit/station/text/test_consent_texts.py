"""The consent texts: one for each purpose and language, whose version stands for the exact words."""

from __future__ import annotations

import gettext
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    ConsentUse,
    DeclineReason,
    Details,
    SubjectRecord,
    Withdrawal,
)
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.consent_texts import (
    ITEM,
    blocks_of,
    consent_text,
    decline_reason,
    declined_facts,
    find_text,
    read_text,
    record_answer,
)
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.audit.events import require_known
from mlid_desktop.vault.subjects.record_codec import read_profile, record_bytes
from tests.makers import ENROLLED

SHIPPED = resource_folder() / "consent"
ENGLISH = (SHIPPED / "recognition.en.1.toml").read_bytes()


def language(code: str) -> Language:
    return Language(code, gettext.NullTranslations())


def test_a_person_reads_their_own_language_or_english() -> None:
    assert consent_text(language("de")).language == "de"
    assert consent_text(language("de_AT")).language == "de"
    assert consent_text(language("xx")).language == "en"
    with pytest.raises(UsageError):
        consent_text(language("en"), "advertising")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_text_says_what_the_law_asks(path: Path) -> None:
    number, text = read_text(path.read_bytes())
    assert path.name == f"{text.purpose}.{text.language}.{number}.toml"
    assert len(text.paragraphs) == 5
    assert text.retention_days == 3 * 365
    assert find_text(text.version) == text


def test_a_changed_word_is_another_version_and_the_old_one_can_still_be_read(tmp_path: Path) -> None:
    old = consent_text(language("en"))
    shutil.copytree(SHIPPED, tmp_path / "consent")
    newer = ENGLISH.replace(b"version = 1", b"version = 9").replace(b"Only this station.", b"This station alone.")
    (tmp_path / "consent" / "recognition.en.9.toml").write_bytes(newer)
    found = consent_text(language("en"), folder=tmp_path / "consent")
    assert found.version.startswith("9-")
    assert found.version != old.version
    assert find_text(old.version, tmp_path / "consent") == old
    assert read_text(ENGLISH.replace(b"Only this", b"Just this"))[1].version != old.version


def test_the_answer_names_the_text_and_how_long_it_lets_the_desk_keep_anything() -> None:
    text = consent_text(language("de"))
    consent = record_answer(text, ConsentOutcome.ACCEPTED, ENROLLED, "Eve Okoye")
    assert (consent.text_version, consent.language, consent.purpose) == (text.version, "de", "recognition")
    assert consent.retention_days == text.retention_days


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", DeclineReason.NOT_STATED),
        (" privacy ", DeclineReason.PRIVACY),
        ("I am Amara and do not want it", DeclineReason.OTHER),
    ],
)
def test_of_a_no_the_audit_gets_a_code_and_no_word_of_the_person(said: str, reason: DeclineReason) -> None:
    facts = declined_facts(Consent(ConsentOutcome.DECLINED, "1-abc", "en", ENROLLED, "Eve Okoye", said))
    assert decline_reason(said) is reason
    assert facts == {
        "reason": reason.value,
        "purpose": "recognition",
        "text": "1-abc",
        "language": "en",
        "guardian": True,
    }
    require_known("consent.declined", facts)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_texts_of_before_speak_of_nothing_else_and_todays_of_three_uses(path: Path) -> None:
    number, text = read_text(path.read_bytes())
    assert set(text.uses) == (set() if number < 3 else set(ConsentUse))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.4.toml")), ids=lambda path: path.name)
def test_what_is_kept_and_what_is_not_are_lists_in_every_language(path: Path) -> None:
    _number, text = read_text(path.read_bytes())
    (_made, none), (kept, is_kept), (left, is_left) = blocks_of(text.paragraphs[0][1])
    assert not none
    assert (len(is_kept), len(is_left)) == (5, 3)
    assert kept != left


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_no_word_of_a_text_is_lost_in_its_blocks(path: Path) -> None:
    for _head, body in read_text(path.read_bytes())[1].paragraphs:
        blocks = ("\n".join((words, *(ITEM + item for item in items))) for words, items in blocks_of(body))
        assert "\n\n".join(blocks) == body


@given(
    outcome=st.sampled_from(ConsentOutcome),
    uses=st.sets(st.sampled_from(ConsentUse)).map(tuple),
    portrait=st.booleans(),
    withdrawn=st.booleans(),
)
def test_what_a_consent_covers_was_in_its_words_and_a_portrait_was_chosen_too(
    outcome: ConsentOutcome, uses: tuple[ConsentUse, ...], portrait: bool, withdrawn: bool
) -> None:
    text = replace(consent_text(language("en")), uses=uses)
    consent = record_answer(text, outcome, ENROLLED, portrait=portrait)
    accepted = outcome is ConsentOutcome.ACCEPTED
    for use in ConsentUse:
        chosen = portrait or use is not ConsentUse.PORTRAIT
        assert (use in consent.covers) == (accepted and use in uses and chosen)
    withdrawal = Withdrawal(ENROLLED) if withdrawn else None
    record = SubjectRecord("0" * 32, Details("1", "Ada"), consent, (), ENROLLED, withdrawal)
    assert record.covers == (frozenset() if withdrawn else consent.covers)
    read = read_profile("0" * 32, record_bytes(record, ()))
    assert (read.consent, read.covers) == (consent, record.covers)


def test_a_consent_to_an_older_text_covers_nothing_else_whatever_is_chosen() -> None:
    older = read_text(ENGLISH)[1]
    consent = record_answer(older, ConsentOutcome.ACCEPTED, ENROLLED, portrait=True)
    assert not consent.portrait
    assert not consent.covers


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_what_is_no_text_is_refused(untrusted: bytes) -> None:
    with pytest.raises(UsageError) as fault:
        read_text(untrusted)
    assert fault.value.code is Code.USAGE_BAD_ARGUMENT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"retention_days = 1095", b"retention_days = 0"),
        (b"retention_days = 1095", b'retention_days = "1095"'),
        (b'language = "en"', b'language = "../en"'),
        (b'purpose = "recognition"', b'purpose = "re cognition"'),
        (b"version = 1", b"version = 1\nsecret = 1"),
    ],
)
def test_a_text_with_a_wrong_field_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(UsageError):
        read_text(ENGLISH.replace(old, new))
