"""People in the order of a field of the site's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.records.presenter import columns_of
from mlid_desktop.gui.state.people_index import Order, PeopleIndex, Query
from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.station.text.language import open_language
from tests.site_schemas import clinic

NOW = datetime(2026, 3, 14, tzinfo=UTC)
AGES = read_schema(
    b'[[field]]\nname = "age"\nkind = "number"\nlabel = { en = "Age" }\npurpose = { en = "Groups." }\ndays = 30\n'
    b'shown = ["list"]\nplain = ["list"]\n'
)


def person(number: int, **fields: str) -> SubjectSummary:
    given_values = tuple(sorted((f"{name}.1", value) for name, value in fields.items() if value))
    return SubjectSummary(f"{number:032x}", str(number), f"P{number}", NOW, (), fields=given_values)


@given(st.lists(st.none() | st.integers(-999, 999), max_size=12), st.booleans())
def test_numbers_are_sorted_as_numbers_and_who_has_none_comes_last(ages: list[int | None], backwards: bool) -> None:
    schema = AGES
    people = [person(at, age="" if age is None else str(age)) for at, age in enumerate(ages)]
    index = PeopleIndex.of(people, schema)
    found = index.find(Query(order=schema.fields[0].key, backwards=backwards), NOW)
    listed = [ages[at] for at in found.tolist()]
    known = [age for age in listed if age is not None]
    assert known == sorted(known, reverse=backwards)
    assert all(age is None for age in listed[len(known) :])
    assert sorted(found.tolist()) == list(range(len(ages)))


def test_an_order_that_is_gone_is_that_of_the_names() -> None:
    index = PeopleIndex.of([person(2), person(1)])
    assert index.find(Query(order="gone.1"), NOW).tolist() == index.find(Query(order=Order.NAME), NOW).tolist()


def test_nobody_sorts_by_what_the_list_masks() -> None:
    columns = {column.key: column.sortable for column in columns_of(clinic(), open_language(Path(), "en"))}
    assert columns == {"number": True, "name": True, "enrolled": True, "kept": True} | {
        known.key: known.name == "plan" for known in clinic().fields if "list" in known.shown
    }


def test_an_order_that_was_kept_before_the_list_masked_the_field_is_that_of_the_names() -> None:
    (known,) = AGES.fields
    masking = FieldSchema(AGES.version, (replace(known, plain=frozenset()),))
    index = PeopleIndex.of([person(1, age="9"), person(2, age="1")], masking)
    assert index.find(Query(order=known.key), NOW).tolist() == index.find(Query(order=Order.NAME), NOW).tolist()
    assert PeopleIndex.of(index.people, AGES).find(Query(order=known.key), NOW).tolist() == [1, 0]
