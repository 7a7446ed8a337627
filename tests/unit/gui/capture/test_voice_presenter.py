"""What the voice page says: one digit at a time, nothing ahead of its time, a level that has a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.gui.capture.voice_presenter import (
    LevelWatch,
    level_screen,
    peaks_of,
    prompt_screen,
    said_screen,
    share,
)
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase
from tests.conftest import ROOT

ENGLISH = open_language(ROOT / "resources" / "translations", "en")
PROMPT = (4, 7, 1, 9, 0, 2, 8, 5)


def speaking(said: int) -> PromptedTake:
    shown = tuple(1.0 + second for second in range(said + 1))
    return PromptedTake(PROMPT, phase=PromptPhase.SPEAK, shown=shown, heard_s=shown[-1])


def test_the_digit_is_large_and_those_to_come_are_hidden() -> None:
    screen = prompt_screen(speaking(2), 0, 1, ENGLISH)
    assert screen.large == "1"
    assert screen.spoken == "Say 1"
    assert [tick.digit for tick in screen.ticks] == ["4", "7", "1", "", "", "", "", ""]
    assert [tick.is_spoken for tick in screen.ticks] == [True, True] + [False] * 6
    assert screen.group == 4


def test_before_the_first_digit_the_seconds_are_counted_down() -> None:
    screen = prompt_screen(PromptedTake(PROMPT, heard_s=0.2), 0, 3, ENGLISH)
    assert screen.large == "1"
    assert screen.tone is Tone.NEUTRAL
    assert screen.round_text == "Round 1 of 3"
    assert all(not tick.digit for tick in screen.ticks)


def test_ten_digits_stand_in_two_fives_or_a_row_a_round_and_the_round_never_exceeds_what_is_wanted() -> None:
    take = PromptedTake(tuple(range(10)), phase=PromptPhase.DONE, shown=tuple(float(second) for second in range(10)))
    screen = prompt_screen(take, 3, 3, ENGLISH)
    assert screen.group == 10
    assert screen.round_text == "Round 3 of 3"
    assert (screen.rounds, screen.at) == (("Round 1", "Round 2", "Round 3"), 2)
    assert all(tick.is_spoken for tick in screen.ticks)
    alone = prompt_screen(take, 0, 1, ENGLISH)
    assert (alone.group, alone.rounds, alone.round_text) == (5, (), "")
    said = said_screen(take, 2, ENGLISH)
    assert (said.rounds, said.at) == (("Round 1", "Round 2"), 2), "none is current any more"


def test_whoever_speaks_too_quietly_for_a_while_or_too_loudly_is_told() -> None:
    watch = LevelWatch()
    assert watch.heard(0, 0.0, asks=True) == -1
    assert watch.heard(-1, 2.0, asks=True) == -1, "one digit was quiet: that is no fault yet"
    assert watch.heard(0, 3.0, asks=True) == 0
    assert level_screen(-52.0, -62.0, ENGLISH, 0).advice == "Speak louder"
    assert watch.heard(1, 3.1, asks=True) == -1, "a good level ends it"
    assert watch.heard(2, 4.0, asks=True) == 2
    assert watch.heard(1, 4.5, asks=True) == 2, "it stands long enough to be read"
    assert level_screen(-25.0, -60.0, ENGLISH, 2).advice == "Speak more softly"
    assert watch.heard(1, 6.0, asks=True) == -1
    assert watch.heard(0, 60.0, asks=False) == -1, "nobody is asked to speak"
    assert watch.heard(0, 61.0, asks=True) == -1


def test_while_nothing_is_heard_nothing_is_said_to_be_too_quiet() -> None:
    assert level_screen(-91.0, -91.0, ENGLISH).zone == -1
    assert level_screen(-60.0, -62.0, ENGLISH).zone == -1, "a pause is no fault"
    assert level_screen(-52.0, -62.0, ENGLISH).zone == 0


def test_every_level_has_a_word() -> None:
    assert level_screen(-2.0, -60.0, ENGLISH).tone is Tone.REJECTED
    assert level_screen(-25.0, -60.0, ENGLISH).tone is Tone.ACCEPTED
    assert level_screen(-25.0, -30.0, ENGLISH).tone is Tone.INCONCLUSIVE
    assert level_screen(-60.0, -62.0, ENGLISH).word == "quiet"


@given(st.floats(-200, 50, allow_nan=False))
def test_a_level_is_a_share_of_the_meter(level: float) -> None:
    assert 0.0 <= share(level) <= 1.0


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=400))
def test_peaks_are_the_largest_magnitudes(block: list[float]) -> None:
    peaks = peaks_of(block)
    assert len(peaks) == 2
    assert all(0.0 <= peak <= 1.0 for peak in peaks)
