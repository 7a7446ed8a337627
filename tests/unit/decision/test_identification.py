"""Whom a search for duplicates cannot find, whoever the candidate is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.identification import count_not_compared, count_without_model
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality

PRIMARY = (Modality.FACE, Modality.FINGERPRINT)
FINGERS = tuple(Characteristic(Modality.FINGERPRINT, position) for position in list(FingerPosition)[:3])
GIVEN = st.frozensets(st.sampled_from((FACE, VOICE, *FINGERS)))


@given(GIVEN, st.lists(GIVEN))
def test_only_who_shares_something_that_decides_is_compared(
    given_now: frozenset[Characteristic], people: list[frozenset[Characteristic]]
) -> None:
    decisive = given_now - {VOICE}
    missed = [person for person in people if person - {VOICE} and not person & decisive]
    assert count_not_compared(given_now, people, PRIMARY) == len(missed)


def test_another_finger_is_not_comparable_and_a_face_makes_it_so() -> None:
    people = [(FACE,), (FACE, FINGERS[0]), (FINGERS[1],)]
    assert count_not_compared(FINGERS[:1], people, PRIMARY) == 2
    assert count_not_compared((FACE, FINGERS[0]), people, PRIMARY) == 1
    assert count_not_compared((FACE, FINGERS[0]), people, (Modality.FACE,)) == 0


PEOPLE = st.dictionaries(st.sampled_from("abcdef"), GIVEN)


@given(PEOPLE, st.dictionaries(st.sampled_from((FACE, *FINGERS)), st.frozensets(st.sampled_from("abcdef"))))
def test_who_is_missed_by_everything_that_was_searched_by_is_without_a_model(
    people: dict[str, frozenset[Characteristic]], missed: dict[Characteristic, frozenset[str]]
) -> None:
    found_by = {
        name: {each for each in theirs & missed.keys() if name not in missed[each]} for name, theirs in people.items()
    }
    expected = sum(bool(theirs & missed.keys()) and not found_by[name] for name, theirs in people.items())
    assert count_without_model(people.items(), missed) == expected


def test_another_characteristic_finds_whom_a_missing_model_hides() -> None:
    people = [("old", (FACE,)), ("both", (FACE, FINGERS[0])), ("other", (FINGERS[1],))]
    hidden = frozenset({"old", "both"})
    assert count_without_model(people, {FACE: hidden}) == 2
    assert count_without_model(people, {FACE: hidden, FINGERS[0]: frozenset()}) == 1
