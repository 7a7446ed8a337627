"""Actions beside the neutral pose, and what can be one scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.observations import FaceAction, Region
from mlid_desktop.workflow.face_challenge.actions import (
    is_neutral,
    is_one_scene,
    likeness_floor,
    neutral_of,
    strength,
    strongest_other,
)
from tests.moving_faces import AHEAD, BOX, DONE


@pytest.mark.parametrize("action", FaceAction)
def test_each_action_is_itself_and_no_other(action: FaceAction) -> None:
    assert strength(action, DONE[action], AHEAD) >= 1.0
    assert strongest_other(action, DONE[action], AHEAD) < 0.5
    assert not is_neutral(DONE[action], AHEAD)
    assert is_neutral(AHEAD, AHEAD)


@given(st.floats(-60, 60), st.floats(-60, 60))
def test_a_flat_picture_turns_and_nods_in_vain(turn: float, lift: float) -> None:
    """Whatever the pose model makes of a plane that is turned, the nose stays where it is on the plane."""
    turned = replace(AHEAD, turn=turn, lift=lift)
    rigid = [FaceAction.TURN_LEFT, FaceAction.TURN_RIGHT, FaceAction.LOOK_UP, FaceAction.LOOK_DOWN]
    assert all(strength(action, turned, AHEAD) < 1.0 for action in rigid)


def test_the_neutral_pose_is_the_middle_of_the_frames() -> None:
    frames = [replace(AHEAD, turn=turn) for turn in (-30.0, 0.0, 1.0, 2.0, 40.0)]
    assert neutral_of(frames).turn == 1.0
    with pytest.raises(ValueError, match="frame"):
        neutral_of([])


@given(st.floats(-90, 90), st.floats(-90, 90), st.floats(0, 1))
def test_the_floor_of_a_moving_face_is_the_threshold_at_rest_and_falls_no_further_than_measured(
    turn: float, lift: float, mouth: float
) -> None:
    floor = likeness_floor(0.2, replace(AHEAD, turn=turn, lift=lift, mouth=mouth), AHEAD)
    assert 0.2 - 0.15 - 1e-9 <= floor <= 0.2
    assert likeness_floor(0.2, AHEAD, AHEAD) == 0.2


def test_a_person_moves_within_a_scene_and_does_not_jump() -> None:
    region = Region(BOX)
    beside = Region((BOX[0] + 40, *BOX[1:]))
    far = Region((BOX[0] + 200, *BOX[1:]))
    shape = (480, 640)
    assert is_one_scene((AHEAD, region), (AHEAD, beside), 0.1, shape)
    assert not is_one_scene((AHEAD, region), (AHEAD, far), 0.1, shape)
    assert not is_one_scene((AHEAD, region), (replace(AHEAD, size=0.75), region), 0.1, shape)
    assert is_one_scene((AHEAD, region), (replace(AHEAD, size=0.52), region), 0.1, shape)


def test_another_room_behind_the_same_face_is_another_scene_and_another_light_is_not() -> None:
    region, shape = Region((260.0, 160.0, 120.0, 140.0)), (480, 640)
    pattern = np.tile(np.arange(0, 160, 10, dtype=np.uint8), (12, 1))
    here, there = replace(AHEAD, surroundings=pattern), replace(AHEAD, surroundings=pattern[:, ::-1])
    brighter = replace(AHEAD, surroundings=pattern + 40)
    assert is_one_scene((here, region), (brighter, region), 0.1, shape)
    assert not is_one_scene((here, region), (there, region), 0.1, shape)
    assert not is_one_scene((here, region), (replace(AHEAD, surroundings=pattern[:4]), region), 0.1, shape)


def test_whoever_fills_the_frame_has_no_surroundings() -> None:
    region = Region((0.0, 0.0, 640.0, 480.0))
    other = replace(AHEAD, surroundings=np.zeros((12, 16), np.uint8))
    assert is_one_scene((AHEAD, region), (other, region), 0.1, (480, 640))


@given(turn=st.floats(-60.0, 60.0), depth=st.floats(-0.5, 0.5))
def test_a_turn_is_never_more_than_the_nose_says(turn: float, depth: float) -> None:
    """An angle that nets see at half is enough where the nose says more; the nose itself is never made up for."""
    turned = replace(AHEAD, turn=AHEAD.turn + turn, turn_depth=AHEAD.turn_depth + depth)
    left = strength(FaceAction.TURN_LEFT, turned, AHEAD)
    assert left <= depth / 0.11 + 1e-9
    assert (left >= 1.0) <= (depth >= 0.11 - 1e-9 and turn >= 6.0 - 1e-9)
    assert left >= 1.0 or depth < 0.165 or turn < 8.0


@pytest.mark.parametrize("change", [{"mouth": 0.3}, {"mouth_shape": 0.7}, {"mouth_shape": 0.7, "turn": 25.0}])
def test_neither_a_smile_nor_a_turned_head_opens_the_mouth(change: dict[str, float]) -> None:
    assert strength(FaceAction.OPEN_MOUTH, replace(AHEAD, **change), AHEAD) < 0.1  # type: ignore[arg-type] # numbers
