"""Whom a search for duplicates cannot find, whoever the candidate is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.identification import count_not_compared
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
