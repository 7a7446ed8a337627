"""Voices through the real window: a made-up person says the digits that appear."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from mlid_desktop.devices.simulated.camera import SimulatedCamera
from mlid_desktop.domain.characteristics import VOICE, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.samples import FrameSample, Sample, SourceItem
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.capture import live_voice
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.source_choices import choices_for
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.modalities.voice.pipeline import VoicePipeline
from mlid_desktop.station.capture import lip_watch, prompted_takes
from tests.gui.stage import Stage
from tests.gui.steps import capture_again, person, to_fingers, to_voice, use_source, verdict, with_finger

SPEED = 8.0


@pytest.fixture(autouse=True)
def quick_speakers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times as fast as people speak, and the same digits each time."""

    def quick(source: Source) -> Source:
        assert isinstance(source, Prompted)
        return prompted_takes.SelfPacedTakes(source, source, SPEED)

    draws = iter(range(1, 1000))
    monkeypatch.setattr(live_voice, "pace_as_spoken", quick)
    monkeypatch.setattr(prompted_takes, "SystemRandom", lambda: Random(next(draws)))


def enrolled(stage: Stage) -> EnrolView:
    """A finger and a voice of person 1, at the review."""
    view = to_voice(stage)
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: view.voice.panel.card.accessibleName().startswith("Say "))
    stage.until(lambda: VOICE in view.session.kept)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.review.isVisible)
    return view


def checked(stage: Stage, voice: int) -> str:
    person(stage, 1)
    stage.workspace.choose_source(choices_for(stage.workspace.unlocked.choices, Modality.VOICE)[voice - 1])
    stage.window.go(PageName.VERIFY)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.type(view.finder.finder.field, "1001")
    assert view.finder.voice.isVisible()
    view.finder.voice.setChecked(True)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.checks[Modality.VOICE].isVisible)
    stage.until(view.decision.isVisible)
    return verdict(view)


def test_a_voice_is_enrolled_digit_by_digit_and_supports_a_finger(demo: Stage) -> None:
    view = enrolled(demo)
    kept = view.session.kept[VOICE]
    capture_again(demo, "Voice")  # back to its step, where what was captured still stands
    demo.until(view.voice.isVisible)
    assert view.session.kept[VOICE] is kept
    demo.press(Qt.Key.Key_Return)
    demo.until(view.review.isVisible)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.ended.isVisible)
    demo.until(lambda: bool(demo.workspace.unlocked.people))
    assert VOICE in demo.workspace.unlocked.people[0].characteristics
    assert checked(demo, 1) == "Accepted"
    assert checked(demo, 2) == "Inconclusive"


def test_a_room_that_is_too_loud_is_said_before_the_capture_is_over(
    demo: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = to_voice(demo)
    panel, heard_of_it, before_the_end = view.voice.panel, threading.Event(), list[bool]()
    say, draws = panel.hint.say, iter(range(1000))

    def listened_to(prompt: str, *others: Any) -> None:
        say(prompt, *others)
        if prompt == "Quieten the room":
            heard_of_it.set()

    def slowly_spoken(*given: Any) -> prompted_takes.TakePlan:
        """At eight times the pace the last round is over before anything is said of the first: here it waits."""
        plan = prompted_takes.plan_takes(*given)

        def drawn() -> tuple[int, ...]:
            if next(draws) > 0:
                heard_of_it.wait(60.0)
            return plan.draw()

        return replace(plan, draw=drawn)

    monkeypatch.setattr(panel.hint, "say", listened_to)
    monkeypatch.setattr(live_voice, "plan_takes", slowly_spoken)
    panel.ended.connect(lambda _: before_the_end.append(heard_of_it.is_set()))
    use_source(demo, "simulated:voice?seed=1&noise=30", Modality.VOICE)
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: bool(before_the_end))
    assert before_the_end == [True]
    assert not view.session.kept.get(VOICE)


def test_the_voice_may_be_left_out_and_a_finger_may_not_be_replaced_by_it(demo: Stage) -> None:
    person(demo, 1)
    view = to_fingers(demo)
    assert demo.primary().text() == "Capture (Space)"  # there is no going on without
    demo.press(Qt.Key.Key_Return)
    demo.press(Qt.Key.Key_S)
    assert view.fingers.isVisible()


def test_a_take_can_be_heard_again(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []

    class Silent:
        """A loudspeaker that only counts."""

        def stop(self) -> None:
            played.append(0)

    def play(wave: object, rate: int, over: object) -> Silent:
        played.append(rate)
        return Silent()

    monkeypatch.setattr("mlid_desktop.gui.capture.voice_panel.play", play)
    view = enrolled(demo)
    view.to_previous()
    demo.until(view.voice.isVisible)
    panel = view.voice.panel
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: not panel.running and panel.play_button.isVisible())
    demo.press(Qt.Key.Key_P)
    assert played == [16_000]
    assert "Stop" in panel.play_button.text()
    demo.press(Qt.Key.Key_P)
    assert played[-1] == 0


class Mouths:
    """Sees a mouth in every frame."""

    sees_mouth = True

    def measure_mouth(self, sample: Sample) -> float | None:
        assert isinstance(sample, FrameSample)
        return float(sample.image.mean()) / 255


@pytest.mark.parametrize("consents", [True, False])
def test_the_camera_in_use_watches_who_gave_their_face_and_is_let_go_with_the_page(
    demo: Stage, monkeypatch: pytest.MonkeyPatch, *, consents: bool
) -> None:
    opened: list[SimulatedCamera] = []

    class Watched(SimulatedCamera):
        def samples(self) -> Iterator[SourceItem]:
            opened.append(self)
            return super().samples()

    monkeypatch.setattr("mlid_desktop.devices.simulated.camera.SimulatedCamera", Watched)
    monkeypatch.setattr(lip_watch, "_mouth_pipeline", lambda _: Mouths())
    monkeypatch.setattr(live_voice, "consents_to_camera", lambda *_: consents)
    view = with_finger(demo)
    opened.clear()  # that of the step of the face
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)
    assert not opened
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: view.voice.panel.card.accessibleName().startswith("Say "))
    told = "The camera watches the mouth while the digits are said."
    assert (view.voice.panel.note.text() == told) is consents
    demo.until(lambda: bool(opened) is consents)
    view.to_previous()
    demo.until(lambda: not view.voice.isVisible())
    for camera in opened:
        demo.until(camera._closed.is_set)


def test_a_round_is_looked_at_while_the_next_is_spoken(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, looking = list[tuple[int, ...]](), list[tuple[str, int]]()
    second = threading.Event()
    observe, begin = VoicePipeline.observe, prompted_takes._SpokenTake.__init__

    def begun(take: prompted_takes._SpokenTake, *given: Any) -> None:
        begin(take, *given)
        drawn.append(take._state.prompt)
        if len(drawn) > 1:
            second.set()

    def observed(pipeline: VoicePipeline, sample: Sample) -> Observation:
        assert second.wait(60.0), "the second round has begun"
        looking.append((threading.current_thread().name, len(drawn)))
        return observe(pipeline, sample)

    monkeypatch.setattr(prompted_takes._SpokenTake, "__init__", begun)
    monkeypatch.setattr(VoicePipeline, "observe", observed)
    view = enrolled(demo)
    assert len(drawn) == 2, "and a third is asked of nobody"
    assert [count for _, count in looking] == [2, 2]
    assert len({thread for thread, _ in looking}) == 1, "the inference thread alone looks at takes"
    assert len(view.session.kept[VOICE].takes) == 2


def test_a_voice_begins_by_itself_as_its_page_is_shown(demo: Stage) -> None:
    demo.workspace.voice_begins_s = 0.0
    view = to_voice(demo)
    demo.until(lambda: view.voice.panel.running)
    view.to_previous()
    demo.until(view.fingers.isVisible)
    assert not view.voice.panel.running


def test_a_voice_that_was_declined_is_captured_by_no_act_that_does_not_say_so(demo: Stage) -> None:
    demo.workspace.voice_begins_s = 0.0
    view = to_voice(demo)
    view.voice._skip_for(ExceptionReason.DECLINED)
    demo.until(view.review.isVisible)
    said = [label.text() for label in view.review.findChildren(QLabel)]
    agreed = next(line for line in said if line.startswith("Consent given on"))
    assert "Voice" not in agreed.partition("·")[0]
    assert "declined: Voice" in agreed
    chip = next(button for button in view.review.findChildren(QPushButton) if button.text() == "Change this …")
    chip.click()
    demo.until(view.voice.isVisible)
    view.voice.panel.restart_asked.emit()  # as when a microphone is plugged in
    demo.press(Qt.Key.Key_X)
    demo.settle()
    assert not view.voice.panel.running
    assert (demo.primary().text(), view.voice._again.text()) == ("Next", "The person now agrees (Space)")
    demo.press(Qt.Key.Key_Space)
    assert view.voice.panel.running
