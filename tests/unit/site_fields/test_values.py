"""What is typed into a site's field is kept in one form, or refused with the reason."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.subjects import Details, SubjectSummary
from mlid_desktop.site_fields.schema import (
    MAX_CHARACTERS,
    CheckScheme,
    FieldChoice,
    FieldKind,
    Shown,
    SiteField,
    unique_key,
)
from mlid_desktop.site_fields.values import ValueProblem, check, check_all
from tests.site_schemas import clinic

TODAY = date(2026, 11, 29)
TEXTS = {"en": "Field"}
NUMBER = SiteField("n", FieldKind.NUMBER, TEXTS, TEXTS, 30, least=Decimal(-5), most=Decimal(1000), decimals=2)
CHOICES = (FieldChoice("gold", {"en": "Gold", "ar": "ذهبي"}), FieldChoice("basic", {"en": "Basic"}))
OF_KIND = {
    FieldKind.TEXT: SiteField("t", FieldKind.TEXT, TEXTS, TEXTS, 30, length=20),
    FieldKind.NUMBER: NUMBER,
    FieldKind.DATE: SiteField("d", FieldKind.DATE, TEXTS, TEXTS, 30, earliest="1900-01-01", latest="today"),
    FieldKind.CHOICE: SiteField("c", FieldKind.CHOICE, TEXTS, TEXTS, 30, choices=CHOICES),
    FieldKind.PHONE: SiteField("p", FieldKind.PHONE, TEXTS, TEXTS, 30, region="FR"),
    FieldKind.EMAIL: SiteField("e", FieldKind.EMAIL, TEXTS, TEXTS, 30),
    FieldKind.DOCUMENT: SiteField("x", FieldKind.DOCUMENT, TEXTS, TEXTS, 30, scheme=CheckScheme.ICAO_9303),
}


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.TEXT, "  Ann\u202e\u200b  B\t", "Ann B"),
        (FieldKind.TEXT, "سحر\u200cناز", "سحر\u200cناز"),
        (FieldKind.NUMBER, "٣٫٥", "3.5"),
        (FieldKind.NUMBER, "-0", "0"),
        (FieldKind.NUMBER, "12,50", "12.50"),
        (FieldKind.NUMBER, "−4", "-4"),
        (FieldKind.DATE, "2024-2-29", "2024-02-29"),
        (FieldKind.DATE, "31.1.2020", "2020-01-31"),
        (FieldKind.DATE, "٢٠٢٠-٠١-٣١", "2020-01-31"),
        (FieldKind.CHOICE, "GOLD", "gold"),
        (FieldKind.CHOICE, "ذهبي", "gold"),
        (FieldKind.PHONE, "06 12 34 56 78", "+33612345678"),
        (FieldKind.PHONE, "+44 20 7946 0018", "+442079460018"),
        (FieldKind.EMAIL, "Ann.B@EXAMPLE.org", "Ann.B@example.org"),
        (FieldKind.EMAIL, "ann@münchen.de", "ann@münchen.de"),
        (FieldKind.DOCUMENT, "l898 902c-36", "L898902C36"),
        *((kind, "   ", "") for kind in FieldKind),
    ],
)
def test_what_is_kept(kind: FieldKind, typed: str, kept: str) -> None:
    found = check(OF_KIND[kind], typed, TODAY)
    assert (found.value, found.problem) == (kept, None)


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        (FieldKind.TEXT, "\x07bell", ValueProblem.NOT_SHOWN),
        (FieldKind.TEXT, "\u0301", ValueProblem.NOT_SHOWN),
        (FieldKind.TEXT, "MÃ¼ller", ValueProblem.MISREAD),
        (FieldKind.TEXT, "x" * 21, ValueProblem.TOO_LONG),
        (FieldKind.TEXT, "x" * 1_000_000, ValueProblem.TOO_LONG),
        (FieldKind.NUMBER, "1e9", ValueProblem.NO_NUMBER),
        (FieldKind.NUMBER, "NaN", ValueProblem.NO_NUMBER),
        (FieldKind.NUMBER, "1,000", ValueProblem.TOO_MANY_DECIMALS),
        (FieldKind.NUMBER, "1000.01", ValueProblem.TOO_LARGE),
        (FieldKind.NUMBER, "-6", ValueProblem.TOO_SMALL),
        (FieldKind.NUMBER, "=1+1", ValueProblem.NO_NUMBER),
        (FieldKind.DATE, "2023-02-29", ValueProblem.NO_DATE),
        (FieldKind.DATE, "01/02/2020", ValueProblem.NO_DATE),
        (FieldKind.DATE, "2026-11-30", ValueProblem.TOO_LATE),
        (FieldKind.DATE, "1899-12-31", ValueProblem.TOO_EARLY),
        (FieldKind.CHOICE, "silver", ValueProblem.NO_CHOICE),
        (FieldKind.PHONE, "112", ValueProblem.NO_PHONE),
        (FieldKind.PHONE, "06 12 34 56 78 ext. 5", ValueProblem.NO_PHONE),
        (FieldKind.PHONE, "+" + "9" * 39, ValueProblem.NO_PHONE),
        (FieldKind.EMAIL, "ann@", ValueProblem.NO_EMAIL),
        (FieldKind.EMAIL, "ann@host", ValueProblem.NO_EMAIL),
        (FieldKind.EMAIL, "ann@10.0.0.1", ValueProblem.NO_EMAIL),
        (FieldKind.EMAIL, "a" * 65 + "@example.org", ValueProblem.NO_EMAIL),
        (FieldKind.EMAIL, "ann@-example.org", ValueProblem.NO_EMAIL),
        (FieldKind.EMAIL, "a..b@example.org", ValueProblem.NO_EMAIL),
        (FieldKind.DOCUMENT, "L898902C37", ValueProblem.CHECK_DIGIT),
        (FieldKind.DOCUMENT, "L898902C3é", ValueProblem.NO_DOCUMENT),
    ],
)
def test_what_is_refused(kind: FieldKind, typed: str, problem: ValueProblem) -> None:
    found = check(OF_KIND[kind], typed, TODAY)
    assert (found.value, found.problem) == ("", problem)


@given(st.sampled_from(FieldKind), st.text(max_size=600))
def test_what_is_kept_stays_as_it_is_and_can_be_shown(kind: FieldKind, typed: str) -> None:
    """Whatever a clerk pastes or a scanner sends: no control character, no mark of direction, no line end is kept, and
    what was kept once is kept the same again."""
    known = OF_KIND[kind]
    found = check(known, typed, TODAY)
    if found.value:
        assert found.problem is None
        assert check(known, found.value, TODAY).value == found.value
        assert len(found.value) <= MAX_CHARACTERS
        categories = {unicodedata.category(letter) for letter in found.value if letter not in "\u200c\u200d"}
        assert not categories & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
        assert unique_key(unique_key(found.value)) == unique_key(found.value)


@given(st.sampled_from(FieldKind), st.sampled_from(Shown), st.text(min_size=1, max_size=40))
def test_a_masked_value_shows_no_more_than_its_end(kind: FieldKind, where: Shown, value: str) -> None:
    masked = OF_KIND[kind].masked(value, "en", where)
    whole = OF_KIND[kind].display(value, "en")
    if where in {Shown.LIST, Shown.RECEIPT, Shown.INTERFACE}:
        assert masked.startswith("••••")
        assert len(masked) <= 6
    else:
        assert masked == whole


def test_every_field_of_a_form_is_checked_and_a_required_one_asked_for() -> None:
    schema = clinic()
    values, problems = check_all(schema, {"membership": "79927398713", "plan": "or", "phone": "1"}, TODAY)
    assert values == (("membership.1", "79927398713"), ("plan.1", "gold"))
    assert {name: found.problem for name, found in problems.items()} == {
        "born": ValueProblem.MISSING,
        "phone": ValueProblem.NO_PHONE,
    }
    assert [known.name for known in schema.missing(values)] == ["born"]


def test_a_value_of_a_field_that_came_again_is_of_another_field() -> None:
    schema = clinic()
    later = replace(schema, fields=tuple(replace(known, since=3) for known in schema.fields))
    assert later.known((("membership.1", "79927398713"),)) == ()


def test_no_value_shows_where_an_object_is_printed() -> None:
    """What reaches a log or a crash report is printed by repr."""
    fields = (("membership.1", "79927398713"),)
    details = Details("17", "Ann", fields=fields)
    summary = SubjectSummary("a" * 32, "17", "Ann", datetime(2026, 1, 1, tzinfo=UTC), (), fields=fields)
    printed = repr((details, summary, check(OF_KIND[FieldKind.PHONE], "06 12 34 56 78", TODAY)))
    assert not any(value in printed for value in ("79927398713", "612345678", "Ann"))
