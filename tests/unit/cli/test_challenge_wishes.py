"""More time, and another movement, at the command line: by option, and by key where there is a terminal."""

from __future__ import annotations

import gettext
import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest

from mlid_desktop.cli import challenge_wishes as wishing
from mlid_desktop.cli.challenge_wishes import ChallengeWishes, challenge_wishes
from mlid_desktop.cli.output import Output
from mlid_desktop.domain.observations import ActionKind, FaceAction
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.events import (
    ActionSwapped,
    ChallengeEvent,
    MoreTimeAsked,
    after_challenge_event,
)
from tests.moving_faces import AHEAD, seen
from tests.unit.workflow.face_challenge.test_state import PLAN


@dataclass(frozen=True, slots=True)
class Session:
    """What is published of a session that captures."""

    capture: CaptureState


def asked(wishes: ChallengeWishes) -> Session:
    """A capture in which the first movement is asked, as it was published."""
    state, now, chance = CaptureState(PLAN), 100.0, Random(3)
    while state.challenge is None or state.challenge.asked is None:
        now += 0.11 * chance.uniform(0.97, 1.03)
        state = state.advance(seen(AHEAD, now, score=0.8))
        if state.needs_draw:
            state = state.begin_challenge(draw_challenge(chance))
        assert now < 120.0
    session = Session(state)
    wishes.follow(lambda _: None)(session)
    return session


@pytest.fixture
def language() -> Language:
    return Language("en", gettext.NullTranslations())


@pytest.fixture
def wishes(language: Language) -> Callable[..., ChallengeWishes]:
    def make(
        pressed: str | None = None, *, more_time: bool = False, cannot: tuple[ActionKind, ...] = ()
    ) -> ChallengeWishes:
        keys = None if pressed is None else lambda: pressed
        return ChallengeWishes(Output(language, as_json=False), keys, more_time=more_time, cannot=cannot)

    return make


def after(session: Session, wishes: ChallengeWishes) -> Session:
    """The capture after what is wished now."""
    capture = session.capture
    for event in wishes():
        assert isinstance(event, ChallengeEvent)
        capture = after_challenge_event(capture, event)
    return replace(session, capture=capture)


def test_nothing_is_wished_before_a_challenge_goes_on(wishes: Callable[..., ChallengeWishes]) -> None:
    made = wishes("mc", more_time=True, cannot=tuple(ActionKind))
    assert list(made()) == []


def test_more_time_is_given_once_from_the_beginning(wishes: Callable[..., ChallengeWishes]) -> None:
    made = wishes(more_time=True)
    given = after(asked(made), made)
    assert given.capture.challenge is not None
    assert given.capture.challenge.slow
    made.follow(lambda _: None)(given)
    assert list(made()) == []


@pytest.mark.parametrize(("key", "event"), [("m", MoreTimeAsked), ("C", ActionSwapped)])
def test_keys_do_what_the_buttons_do(
    wishes: Callable[..., ChallengeWishes], key: str, event: type[ChallengeEvent]
) -> None:
    made = wishes(key)
    asked(made)
    assert [type(wish) for wish in made()] == [event]


def test_a_kind_that_the_person_cannot_make_is_swapped_as_soon_as_it_is_asked(
    wishes: Callable[..., ChallengeWishes],
) -> None:
    shown = asked(wishes()).capture.challenge
    assert shown is not None
    action = shown.asked
    assert isinstance(action, FaceAction)
    made = wishes(cannot=(action.kind,))
    swapped = after(asked(made), made).capture.challenge
    assert swapped is not None
    assert swapped.draw.cannot == {action.kind}
    others = tuple(kind for kind in ActionKind if kind is not action.kind)
    unmoved = wishes(cannot=others)
    asked(unmoved)
    assert list(unmoved()) == []


def test_without_a_terminal_there_are_no_keys(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with challenge_wishes(Output(language, as_json=True), more_time=False, cannot=None) as made:
        assert made._keys is None


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_key_is_read_without_a_lines_end_and_the_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import pty
    import termios

    person, terminal = pty.openpty()
    with open(terminal, encoding="utf-8", closefd=True) as desk:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdin", desk)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        before = termios.tcgetattr(terminal)
        with wishing._pressed_keys() as keys:
            assert keys is not None
            assert keys() == ""
            os.write(person, b"m")
            assert keys() == "m"
            assert keys() == ""
        assert termios.tcgetattr(terminal) == before
    os.close(person)
