"""A drawn person does what is asked, and is the same as ever where nothing is."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mlid_desktop.devices.simulated.camera import LONGEST_STEP_S, SimulatedCamera
from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.domain.ports import Cued
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.station.capture.admission import admit_source
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.motion import IdleMotion, Manner, Moment, act
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person

AHEAD = Moment(HeadPose(), Expression())


@pytest.mark.parametrize("action", FaceAction)
def test_an_action_not_begun_is_no_action_and_one_that_is_done_is_seen(action: FaceAction) -> None:
    assert act(AHEAD, action, 0.0) == AHEAD
    assert act(AHEAD, action, 1.0) != AHEAD


def test_left_is_the_persons_own() -> None:
    assert act(AHEAD, FaceAction.TURN_LEFT, 1.0).pose.yaw < 0 < act(AHEAD, FaceAction.TURN_RIGHT, 1.0).pose.yaw
    assert act(AHEAD, FaceAction.LOOK_DOWN, 1.0).pose.pitch < 0 < act(AHEAD, FaceAction.LOOK_UP, 1.0).pose.pitch


def test_a_movement_is_held_until_the_person_is_let_go_and_no_longer_than_people_wait() -> None:
    manner = Manner(lag=0.5, rise=0.4, hold=0.6, fall=0.5, patience=9.0)
    assert manner.share(0.4) == 0.0
    assert manner.share(1.2) == 1.0
    assert manner.share(5.0) == 1.0
    assert manner.share(5.0, let_go_s=1.0) == 0.0
    assert manner.share(11.0) == 0.0


def test_a_simulated_camera_is_told_what_is_asked_and_stays_able_when_it_is_admitted() -> None:
    camera = SimulatedCamera(7, frames=1)
    admitted = admit_source(camera, ())
    assert isinstance(camera, Cued)
    assert isinstance(admitted, Cued)
    admitted.show(FaceAction.LOOK_UP)
    admitted.show(None)
    assert isinstance(next(iter(admitted.samples())), FrameSample)


def test_nothing_that_is_asked_leaves_the_frames_as_they_were() -> None:
    before = SyntheticPortrait(sample_person(7), size=(320, 180))
    moment = IdleMotion(7).at(80)
    shown = before.frame(moment.pose, moment.expression, 80)
    opened = before.frame(moment.pose, act(moment, FaceAction.OPEN_MOUTH, 1.0).expression, 80)
    assert not np.array_equal(opened, shown)
    assert np.array_equal(before.frame(moment.pose, moment.expression, 80), shown), "the mouth closes again"


def test_who_is_drawn_waits_for_a_machine_that_does_not_keep_up() -> None:
    camera = SimulatedCamera(7, fps=0, size=(320, 180))
    frames = iter(camera.samples())
    first = next(frames)
    time.sleep(2 * LONGEST_STEP_S)
    second = next(frames)
    camera.close()
    assert isinstance(first, FrameSample)
    assert isinstance(second, FrameSample)
    assert second.captured_at - first.captured_at == pytest.approx(LONGEST_STEP_S)
