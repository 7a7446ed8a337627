"""A test of attack detection as a plan: it ends when it is met, everybody is shown alike, and a kill loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.workflow.attack_test.plan import AttackSpecies, AttackTest, AttackTestPlan, RecordedPresentation

SPECIES = st.lists(st.sampled_from(list(AttackSpecies)), min_size=1, max_size=4, unique=True).map(tuple)
PEOPLE = st.integers(1, 5)


def walked(test: AttackTest, limit: int = 10_000) -> AttackTest:
    for _ in range(limit):
        planned = test.next_planned
        if planned is None:
            return test
        test = test.record(RecordedPresentation(planned.species, planned.person))
    raise AssertionError("a test that never ends")


def begun(species: tuple[AttackSpecies, ...], presentations: int, people: int) -> AttackTest:
    test = AttackTest(AttackTestPlan(species, presentations))
    for number in range(people):
        test = test.admit(f"person {number + 1}")
    return test


@given(SPECIES, st.integers(1, 12), PEOPLE)
def test_a_test_that_follows_its_plan_is_met_and_spread_evenly(
    species: tuple[AttackSpecies, ...], presentations: int, people: int
) -> None:
    test = walked(begun(species, presentations, people))
    assert test.progress == 1.0
    assert all(test.done(kind) == max(presentations, people * (kind is None)) for kind in test.kinds)
    for kind in test.kinds:
        of_people = [test.done(kind, person) for person in test.people]
        assert max(of_people) - min(of_people) <= 1


@given(SPECIES, st.integers(1, 8), PEOPLE, st.data())
def test_everybody_is_shown_alive_before_a_copy_of_them(
    species: tuple[AttackSpecies, ...], presentations: int, people: int, data: st.DataObject
) -> None:
    test = begun(species, presentations, people)
    seen: set[str] = set()
    for step in range(data.draw(st.integers(1, 40))):
        if step == 7 and people < 5:
            test = test.admit("late")
        planned = test.next_planned
        if planned is None:
            break
        assert planned.species is None or planned.person in seen
        seen |= {planned.person} if planned.species is None else set()
        test = test.record(RecordedPresentation(planned.species, planned.person))


@given(SPECIES, st.integers(1, 8), PEOPLE, st.integers(0, 60))
def test_a_test_cut_off_anywhere_goes_on_where_it_was(
    species: tuple[AttackSpecies, ...], presentations: int, people: int, kept: int
) -> None:
    whole = walked(begun(species, presentations, people))
    resumed = AttackTest.resume(whole.plan, whole.people, whole.recorded[:kept])
    assert walked(resumed).recorded == whole.recorded


def test_nobody_takes_part_under_another_s_label_and_nothing_unplanned_counts() -> None:
    test = begun((AttackSpecies.PRINT,), 2, 1)
    for label in ("", "  ", "person 1", " person 1 ", "x" * 41, "a\nb"):
        with pytest.raises(ValueError, match="label"):
            test.admit(label)
    with pytest.raises(ValueError, match="nobody"):
        test.record(RecordedPresentation(None, "somebody"))
    with pytest.raises(ValueError, match="species"):
        test.record(RecordedPresentation(AttackSpecies.MASK, "person 1"))
    assert AttackTest(AttackTestPlan()).next_planned is None


@pytest.mark.parametrize(
    ("species", "presentations"), [((), 5), ((AttackSpecies.PRINT,) * 2, 5), ((AttackSpecies.PRINT,), 0)]
)
def test_a_plan_asks_for_something_once(species: tuple[AttackSpecies, ...], presentations: int) -> None:
    with pytest.raises(ValueError, match="a test has"):
        AttackTestPlan(species, presentations)


def test_the_plan_of_the_laboratories_is_the_usual_one() -> None:
    plan = AttackTestPlan()
    assert (len(plan.species), plan.presentations) == (6, 150)
