from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import Standing, SubjectSummary
from mlid_desktop.gui.state.people_index import Order, Part, PeopleIndex, Query, day_began, folded
from tests.makers import ENROLLED

TODAY = day_began(ENROLLED)


def people(*names: str) -> tuple[SubjectSummary, ...]:
    return tuple(
        SubjectSummary(f"id{index}", str(1001 + index), name, ENROLLED + timedelta(minutes=index), (FACE,))
        for index, name in enumerate(names)
    )


def names(people_index: PeopleIndex, query: Query, due: frozenset[str] = frozenset()) -> list[str]:
    return [people_index.people[index].name for index in people_index.find(query, TODAY, due).tolist()]


def test_people_are_found_by_any_part_of_name_or_number_in_any_script() -> None:
    people_index = PeopleIndex.of(people("Zoë Ångström", "محمد علي", "O'Neill Marie"))
    assert names(people_index, Query("angs")) == ["Zoë Ångström"]
    assert names(people_index, Query("محمد")) == ["محمد علي"]
    assert names(people_index, Query("marie 1003")) == ["O'Neill Marie"]
    assert names(people_index, Query("nobody")) == []


def test_a_compound_name_is_found_in_one_word_and_in_several() -> None:
    people_index = PeopleIndex.of(people("عبد الله", "Mc Donald", "Al-Rashid", "Delacruz"))
    assert names(people_index, Query("عبدالله")) == ["عبد الله"]
    assert names(people_index, Query("mcdonald")) == ["Mc Donald"]
    for written in ("alrashid", "al rashid", "al-Rashid"):
        assert names(people_index, Query(written)) == ["Al-Rashid"]
    assert names(people_index, Query("de la cruz")) == ["Delacruz"]


def test_a_name_is_found_as_documents_write_it_and_the_other_way_round() -> None:
    people_index = PeopleIndex.of(people("Jürgen Müller", "Soeren Aaberg", "Åse Øst", "Michael"))
    for written in ("Mueller", "MUELLER JUERGEN", "muller", "Müller"):
        assert names(people_index, Query(written)) == ["Jürgen Müller"]
    for written in ("Søren Åberg", "soren aberg", "Soeren"):
        assert names(people_index, Query(written)) == ["Soeren Aaberg"]
    assert names(people_index, Query("AASE OEST")) == ["Åse Øst"]
    assert names(people_index, Query("michael")) == ["Michael"]


def test_those_whose_name_or_number_begins_with_the_word_come_first() -> None:
    people_index = PeopleIndex.of(people("Ana Maria", "Joana", "Anabel"))
    assert names(people_index, Query("ana")) == ["Ana Maria", "Anabel", "Joana"]
    assert names(people_index, Query("1003")) == ["Anabel"]


def test_the_list_is_sorted_by_name_number_or_day_in_both_directions() -> None:
    people_index = PeopleIndex.of(
        tuple(
            replace(person, number=number)
            for person, number in zip(people("Cy", "Ana", "Ben"), ["9", "10", "200"], strict=True)
        )
    )
    assert names(people_index, Query()) == ["Ana", "Ben", "Cy"]
    assert names(people_index, Query(backwards=True)) == ["Cy", "Ben", "Ana"]
    assert names(people_index, Query(order=Order.NUMBER)) == ["Cy", "Ana", "Ben"]
    assert names(people_index, Query(order=Order.ENROLLED, backwards=True)) == ["Ben", "Ana", "Cy"]


def test_a_part_of_the_people_is_listed_alone() -> None:
    ana, ben, cy = people("Ana", "Ben", "Cy")
    before = replace(ben, enrolled_at=ENROLLED - timedelta(days=2))
    people_index = PeopleIndex.of((ana, before, replace(cy, standing=Standing.WITHDRAWN)))
    assert names(people_index, Query(part=Part.TODAY)) == ["Ana", "Cy"]
    assert names(people_index, Query(part=Part.WITHDRAWN)) == ["Cy"]
    assert names(people_index, Query(part=Part.DUE), frozenset({"id1"})) == ["Ben"]
    assert people_index.since(TODAY) == 2


def test_nobody_is_found_where_nobody_is_enrolled() -> None:
    assert names(PeopleIndex(), Query("ana")) == []
    assert names(PeopleIndex.of(()), Query(order=Order.NUMBER)) == []


@given(st.text(max_size=30))
def test_whatever_is_typed_narrows_the_list_and_never_fails(query: str) -> None:
    people_index = PeopleIndex.of(people("Ana", "Ben"))
    assert set(names(people_index, Query(query))) <= {"Ana", "Ben"}


@given(st.text(max_size=60))
def test_a_name_is_found_by_itself(name: str) -> None:
    people_index = PeopleIndex.of(people(name))
    assert all(word in people_index.folded[0] for word in folded(name).split())
