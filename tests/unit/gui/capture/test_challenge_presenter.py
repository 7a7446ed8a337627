"""What the page says of a challenge: one sentence and one sound a step, nothing in advance."""

from __future__ import annotations

from random import Random

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.gui.capture.challenge_presenter import challenge_screen, cue_for_step
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.challenge_terms import ACTIONS
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from tests.makers import RESOURCES
from tests.moving_faces import AHEAD, seen

ENGLISH = open_language(RESOURCES / "translations", "en")


def test_a_step_is_one_sentence_one_sign_and_one_sound() -> None:
    state = CaptureState(CapturePlan(FACE, 1, 6, AttackRules(window=6, threshold=0.5), continuity_threshold=0.5))
    before, sounds, said = None, [], []
    for frame in range(40):
        state = state.advance(seen(AHEAD, 10.0 + frame * 0.11 + frame % 3 * 0.001))
        if state.needs_draw:
            state = state.begin_challenge(draw_challenge(Random(5)))
        screen = challenge_screen(state, ENGLISH)
        if screen is not None:
            assert screen.sign is None or screen.sentence == ACTIONS[screen.sign]
            said.append(screen.sentence)
            sounds.append(cue_for_step(before, screen))
        before = screen
    assert sounds.count(SoundCue.LOOK) == 2, "look ahead, then the first movement"
    drawn = state.challenge.draw.actions if state.challenge else ()
    assert set(said) == {"Look straight ahead", ACTIONS[drawn[0]]}


def test_without_a_challenge_nothing_is_shown() -> None:
    assert challenge_screen(None, ENGLISH) is None
    assert cue_for_step(None, None) is None
    assert set(ACTIONS) == set(FaceAction)
