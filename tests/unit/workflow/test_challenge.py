"""Digits are asked one at a time, at the pace of whoever speaks, by the sound's own time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.workflow.challenge import FOLLOWING_PACE, Pace, PromptedTake, PromptPhase

BLOCK = 0.02
QUIET, SPEECH = -70.0, -25.0


def heard(take: PromptedTake, level: float, seconds: float) -> PromptedTake:
    for _ in range(round(seconds / BLOCK)):
        take = take.hear(level, BLOCK)
    return take


def test_the_room_is_heard_before_the_first_digit_appears() -> None:
    take = heard(PromptedTake((7, 2)), QUIET, 0.9)
    assert take.phase is PromptPhase.QUIET
    assert take.digit is None
    assert 0.0 < take.quiet_left_s <= 0.12
    take = heard(take, QUIET, 0.12)
    assert take.digit == 7


def test_a_digit_that_was_said_makes_room_for_the_next() -> None:
    take = heard(PromptedTake((7, 2)), QUIET, 1.1)
    take = heard(take, SPEECH, 0.5)
    assert take.digit == 7, "still speaking"
    take = heard(take, QUIET, 0.4)
    assert take.digit == 2
    assert take.said == 1


def test_silence_does_not_stop_the_take_for_ever() -> None:
    take = heard(PromptedTake((7, 2)), QUIET, 1.0 + Pace().first + Pace().most + 0.2)
    assert take.phase is PromptPhase.DONE
    assert len(take.shown) == 2


def test_a_click_is_no_word() -> None:
    take = heard(PromptedTake((7, 2)), QUIET, 1.1)
    take = heard(heard(take, SPEECH, 0.06), QUIET, 1.2)
    assert take.digit == 7


def test_speech_over_a_loud_room_still_counts() -> None:
    take = heard(PromptedTake((7, 2)), -40.0, 1.1)
    take = heard(heard(take, -22.0, 0.5), -40.0, 0.4)
    assert take.digit == 2


def test_the_room_is_heard_anew_after_somebody_who_still_spoke() -> None:
    take = heard(heard(PromptedTake((7, 2)), QUIET, 0.5), SPEECH, 0.4)
    assert take.phase is PromptPhase.QUIET
    assert take.heard_s == 0.0, "what was said is no part of the take"
    take = heard(take, QUIET, 0.9)
    assert take.phase is PromptPhase.QUIET
    take = heard(take, QUIET, 0.12)
    assert take.digit == 7
    assert take.room == QUIET


def test_a_room_in_which_somebody_always_speaks_is_heard_as_it_is() -> None:
    take = PromptedTake((7, 2))
    for _ in range(4):
        take = heard(heard(take, QUIET, 0.3), SPEECH, 0.3)
    take = heard(take, QUIET, 1.0)
    assert take.digit == 7, "no more than the pace's talk is waited for"
    assert take.room > QUIET


def test_a_take_that_follows_another_waits_for_nobody_who_speaks() -> None:
    take = heard(heard(PromptedTake((7,), FOLLOWING_PACE), QUIET, 0.3), SPEECH, 0.22)
    assert take.digit == 7


def test_the_first_digit_waits_for_who_is_still_reading() -> None:
    take = heard(PromptedTake((7, 2)), QUIET, 1.0 + Pace().most + 0.4)
    assert take.digit == 7
    take = heard(heard(take, SPEECH, 0.4), QUIET, 0.4)
    assert take.digit == 2
    take = heard(take, QUIET, Pace().most + 0.1)
    assert take.phase is PromptPhase.DONE


def test_somebody_who_speaks_during_the_quiet_is_still_asked() -> None:
    take = heard(PromptedTake((7,)), SPEECH, 1.1)
    take = heard(heard(take, -8.0, 0.5), SPEECH, 0.6)
    assert take.phase is PromptPhase.DONE


def test_a_whole_take_stays_as_it_is() -> None:
    take = heard(PromptedTake((7,)), QUIET, 1.0 + Pace().first + 0.2)
    assert take.phase is PromptPhase.DONE
    assert take.hear(SPEECH, 1.0) is take


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=10),
    st.lists(st.tuples(st.floats(-120, 0), st.floats(0.005, 0.2)), max_size=300),
)
def test_digits_are_shown_in_order_and_never_faster_than_the_pace(
    prompt: list[int], blocks: list[tuple[float, float]]
) -> None:
    take = PromptedTake(tuple(prompt))
    for level, seconds in blocks:
        take = take.hear(level, seconds)
        assert len(take.shown) <= len(prompt)
        assert take.said <= len(prompt)
        gaps = [later - earlier for earlier, later in zip(take.shown, take.shown[1:], strict=False)]
        assert all(gap >= take.pace.least for gap in gaps)
        assert not take.shown or take.shown[0] >= take.pace.quiet
