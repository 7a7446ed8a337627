"""A schema of a site's fields is read whole or refused with the entry and the reason; what is written is read again."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import FieldSchema, dropped_fields, next_schema
from mlid_desktop.site_fields.schema_problem import SchemaProblem
from mlid_desktop.site_fields.writing import schema_bytes
from tests.site_schemas import CLINIC, clinic

FIELD = """
[[field]]
name = "{name}"
kind = "{kind}"
label = {label}
purpose = {{ en = "Why" }}
days = {days}
{more}
"""

ANOTHER = '{{ code = "{}", label = {{ en = "{}" }} }}'
A_CHOICE = ANOTHER.format("a", "A")


def written(
    *, name: str = "age", kind: str = "number", label: str = '{ en = "Age" }', days: int = 30, more: str = ""
) -> bytes:
    return FIELD.format(name=name, kind=kind, label=label, days=days, more=more).encode()


@pytest.mark.parametrize(
    ("untrusted", "problem"),
    [
        (b"\xff\xfe\x00", SchemaProblem.NOT_TOML),
        (b"[[field", SchemaProblem.NOT_TOML),
        (b"[" * 5000, SchemaProblem.NOT_TOML),
        (b"x" * 2_000_000, SchemaProblem.TOO_LONG),
        (b"colour = 1", SchemaProblem.UNKNOWN_ENTRY),
        (b"field = 3", SchemaProblem.WRONG_VALUE),
        (written() * 41, SchemaProblem.TOO_MANY),
        (written() * 2, SchemaProblem.NAME_TWICE),
        (written(name="Age"), SchemaProblem.BAD_NAME),
        (written(name="name"), SchemaProblem.NAME_RESERVED),
        (written(name="left_thumb"), SchemaProblem.NAME_RESERVED),
        (written(kind="colour"), SchemaProblem.WRONG_VALUE),
        (written(label="{}"), SchemaProblem.MISSING_ENTRY),
        (written(label='{ EN = "Age" }'), SchemaProblem.BAD_LANGUAGE),
        (written(label='{ en = "\\u202e" }'), SchemaProblem.WRONG_VALUE),
        (written(label='{ en = "' + "x" * 81 + '" }'), SchemaProblem.TOO_LONG),
        (written(days=0), SchemaProblem.WRONG_VALUE),
        (written(days=3650), SchemaProblem.PERIOD_TOO_LONG),
        (written(days=1096), SchemaProblem.PERIOD_TOO_LONG),
        (written(more="days_more = 3"), SchemaProblem.UNKNOWN_ENTRY),
        (written(more="length = 3"), SchemaProblem.NOT_OF_THIS_KIND),
        (written(more="required = 1"), SchemaProblem.WRONG_VALUE),
        (written(more="decimals = 7"), SchemaProblem.WRONG_VALUE),
        (written(more="least = 3\nmost = 2"), SchemaProblem.BOUNDS_CROSSED),
        (written(more="least = inf"), SchemaProblem.WRONG_VALUE),
        (written(more='required = true\nshown = ["list"]'), SchemaProblem.REQUIRED_UNSEEN),
        (written(more='shown = ["wall"]'), SchemaProblem.WRONG_VALUE),
        (written(more='plain = ["details"]'), SchemaProblem.WRONG_VALUE),
        (written(kind="text", more="length = 501"), SchemaProblem.WRONG_VALUE),
        (written(kind="date", more="earliest = 2020-01-02\nlatest = 2020-01-01"), SchemaProblem.BOUNDS_CROSSED),
        (written(kind="date", more='earliest = "2020"'), SchemaProblem.WRONG_VALUE),
        (written(kind="phone", more='region = "XX"'), SchemaProblem.WRONG_VALUE),
        (written(kind="document", more='scheme = "crc"'), SchemaProblem.WRONG_VALUE),
        (written(kind="choice"), SchemaProblem.MISSING_ENTRY),
        (written(kind="choice", more='choices = [{ code = "a", label = { en = "A" } }]'), SchemaProblem.WRONG_VALUE),
        (
            written(kind="choice", more=f"choices = [{A_CHOICE}, {ANOTHER.format('b', 'á')}]"),
            SchemaProblem.CHOICES_ALIKE,
        ),
        (
            written(kind="choice", more=f"choices = [{A_CHOICE}, {ANOTHER.format('=b', 'B')}]"),
            SchemaProblem.BAD_NAME,
        ),
        (written(more='licence = "daq"'), SchemaProblem.WRONG_VALUE),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_reason(untrusted: bytes, problem: SchemaProblem) -> None:
    with pytest.raises(UsageError) as raised:
        read_schema(untrusted)
    assert raised.value.code is Code.USAGE_FIELDS_INVALID
    assert raised.value.facts["problem"] == problem.value


def test_no_field_outlives_what_the_people_agreed_to() -> None:
    assert read_schema(written(days=30), longest_days=30).fields[0].days == 30
    with pytest.raises(UsageError):
        read_schema(written(days=31), longest_days=30)


def test_what_is_written_is_read_again() -> None:
    schema = clinic()
    assert read_schema(schema_bytes(schema)) == schema
    assert schema_bytes(read_schema(schema_bytes(schema))) == schema_bytes(schema)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=20), st.integers(1, 1095), st.booleans())
def test_any_label_that_is_taken_is_written_and_read_the_same(label: str, days: int, required: bool) -> None:
    schema = clinic()
    first = replace(schema.fields[0], days=days, required=required)
    content = schema_bytes(FieldSchema(2, (first,)))
    assert tomllib.loads(content.decode())["field"][0]["days"] == days
    quoted = content.replace(b'en = "Membership"', b"en = " + schema_bytes_of(label))
    try:
        read = read_schema(quoted)
    except UsageError:
        return
    assert read_schema(schema_bytes(read)) == read


def schema_bytes_of(label: str) -> bytes:
    import json

    return json.dumps(label).replace("\\ud", "\\uD").encode()


@pytest.mark.parametrize("cut", range(0, len(CLINIC), 37))
def test_a_file_that_was_cut_is_no_schema_or_a_shorter_one(cut: int) -> None:
    try:
        read = read_schema(CLINIC.encode()[:cut])
    except UsageError:
        return
    assert len(read.fields) <= 4


def test_a_field_that_stays_keeps_when_it_came_and_one_that_comes_again_is_new() -> None:
    first = next_schema(FieldSchema(), clinic(), 0)
    assert (first.version, {known.since for known in first.fields}) == (1, {1})
    fewer = next_schema(first, FieldSchema(0, first.fields[1:]), 1)
    assert [gone.key for gone in dropped_fields(first, fewer)] == ["membership.1"]
    again = next_schema(fewer, clinic(), 2)
    assert again.by_name["membership"].key == "membership.3"
    assert again.by_name["born"].key == "born.1"


def test_a_field_of_another_kind_is_another_field() -> None:
    first = next_schema(FieldSchema(), clinic(), 0)
    text = read_schema(written(name="born", kind="text"))
    second = next_schema(first, text, 1)
    assert second.fields[0].key == "born.2"
    assert {gone.name for gone in dropped_fields(first, second)} == {"membership", "born", "plan", "phone"}
