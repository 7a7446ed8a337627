"""Attack windows: cut without overlap, judged by the policy's rule, with each person left out in turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.datasets import read_presentations
from mlid_desktop.evaluation.presentation_attacks.folders import evaluate_attacks
from mlid_desktop.evaluation.presentation_attacks.mixed_windows import DecidingDesk, mixed_document, try_pairs
from mlid_desktop.modalities.face.crop import enlarge_about
from mlid_desktop.modalities.face.embedding.forms import encode
from mlid_desktop.station.attack_tests.report import attack_document
from mlid_desktop.station.attack_tests.windows import (
    WindowResult,
    accepted_attack_share,
    cut_windows,
    leave_one_out,
    middle,
    refused_bona_fide_share,
)
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, ObservedFrame, ObservedPresentation
from tests.makers import calibration, observation, policy
from tests.unit.evaluation.pictures import EXTRACTOR, PicturePipeline, draw_clip, open_file

RULES = AttackRules(window=4, threshold=0.5, frame_floor=0.1)


def cut(person: str, liveness: list[float | None], length: int) -> list[WindowResult]:
    frames = tuple(ObservedFrame(value) for value in liveness)
    return cut_windows(ObservedPresentation(person, frames), length)


@given(frames=st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=40), length=st.integers(1, 9))
def test_windows_do_not_overlap_and_leave_out_less_than_half_a_window(frames: list[float | None], length: int) -> None:
    windows = cut("ada", frames, length)
    known = [value for value in frames if value is not None]
    whole, rest = divmod(len(known), length)
    assert len(windows) == max(1, whole + (2 * rest >= length and rest > 0))
    for index in range(whole):
        part = known[index * length : (index + 1) * length]
        mean = windows[index].liveness
        assert mean is not None
        assert min(part) - 1e-12 <= mean <= max(part) + 1e-12


def test_a_short_presentation_is_one_window_and_an_empty_one_a_window_without_response() -> None:
    assert cut("ada", [0.9], 6) == [WindowResult("ada", 0.9, 0.9)]
    assert cut("ada", [], 6) == [WindowResult("ada", None)]
    assert cut("ada", [None, None], 6) == [WindowResult("ada", None)]


def test_errors_are_counted_among_windows_with_a_response() -> None:
    windows = [WindowResult("ada", 0.9), WindowResult("ada", 0.5), WindowResult("ben", 0.1), WindowResult("ben", None)]
    attacks, people = accepted_attack_share(windows, RULES), refused_bona_fide_share(windows, RULES)
    assert (attacks.errors, attacks.windows, attacks.non_response) == (2, 3, 1)
    assert (people.errors, people.windows, people.non_response) == (1, 3, 1)
    assert attacks.rate == pytest.approx(2 / 3)
    assert attacks.interval.low < 2 / 3 < attacks.interval.high


def test_one_attack_like_frame_makes_a_window_suspected_whatever_its_mean() -> None:
    people = refused_bona_fide_share(
        [WindowResult("ada", 0.8, RULES.frame_floor - 0.01), WindowResult("ben", 0.8, 0.7)], RULES
    )
    assert (people.errors, people.people, people.of_people) == (1, 1, 2)
    assert people.interval.high >= 0.98  # one of two people: nothing narrower is known


def test_the_threshold_of_a_person_is_found_without_them() -> None:
    windows = {
        BONA_FIDE: [WindowResult("ada", 0.9), WindowResult("ben", 0.8), WindowResult("cleo", 0.3)],
        "print": [WindowResult("ada", 0.02), WindowResult("ben", 0.1), WindowResult("cleo", 0.05)],
        "screen": [WindowResult("clip", 0.2), WindowResult("clip", None)],
    }
    rounds = {held_out.person: held_out for held_out in leave_one_out(windows)}
    assert set(rounds) == {"ada", "ben", "cleo", "clip"}
    assert rounds["ben"].threshold == pytest.approx(middle(0.2, 0.3))
    assert rounds["cleo"].threshold == pytest.approx(middle(0.2, 0.8))
    assert (rounds["cleo"].bona_fide, rounds["cleo"].bona_fide_refused) == (1, 1)
    assert (rounds["clip"].attacks, rounds["clip"].attacks_accepted) == (1, 1)  # 0.2 is above the others' middle


def test_a_single_person_cannot_be_left_out() -> None:
    assert leave_one_out({BONA_FIDE: [WindowResult("ada", 0.9)], "print": [WindowResult("ada", 0.1)]}) == ()


@given(low=st.floats(0, 1), high=st.floats(0, 1))
def test_the_middle_lies_between(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert max(low, 1e-6) - 1e-6 <= middle(low, high) <= min(high, 1 - 1e-6) + 1e-6


def test_presentations_go_through_the_road(tmp_path: Path) -> None:
    """Two people of nine frames, a print, and a clip that is no clip."""
    for person, level in (("ada", 240), ("ben", 200)):
        draw_clip(tmp_path / "live" / person, [level] * 8 + [level])
        draw_clip(tmp_path / "print" / person, [30] * 4 + [0])
    (tmp_path / "print" / "broken.mp4").write_bytes(b"no video")
    told: list[str] = []
    result = evaluate_attacks(
        read_presentations(tmp_path / "live"),
        {"print": read_presentations(tmp_path / "print")},
        RULES,
        PicturePipeline(),
        open_file,
        lambda _, who: told.append(who),
        nearer=(2.0,),
    )
    told, near = told[:5], told[5:]
    assert near == ["ada", "ben", "broken"]
    assert result.apcer["print x2"].windows == 2
    assert (result.not_judged["print"].frames, result.not_judged["print"].not_judged) == (10, 2)
    assert told == ["ada", "ben", "ada", "ben", "broken"]
    assert [window.person for window in result.windows[BONA_FIDE]] == ["ada", "ada", "ben", "ben"]
    assert (result.apcer["print"].errors, result.apcer["print"].windows, result.apcer["print"].non_response) == (
        0,
        2,
        1,
    )
    assert result.bpcer.errors == 0
    document = attack_document(result, {"models": {}, "dataset": {}, "commit": ""})
    assert document["apcer"] == {"print": 0.0, "print x2": 0.0}
    assert document["windows"]["print"] == {"judged": 2, "errors": 0, "non_response": 1}
    assert document["fta"] == pytest.approx(4 / 38)
    assert document["non_response"]["print"] == {"frames": 10, "not_judged": 2, "rate": pytest.approx(0.2)}
    assert document["people"][BONA_FIDE] == {"affected": 0, "of": 2}
    assert document["step_ms"]["all"] == 4.0
    assert len(document["leave_one_out"]["rounds"]) == 2


def test_a_picture_is_enlarged_about_the_face_and_stays_inside_the_frame() -> None:
    image = np.zeros((80, 120, 3), np.uint8)
    image[30:50, 50:70] = 200
    near = enlarge_about(image, (60.0, 40.0), 2.0)
    assert near.shape == image.shape
    assert (near[22:58, 42:78] > 190).all()
    assert enlarge_about(image, (0.0, 0.0), 4.0).shape == image.shape


def observations(person: int, count: int, liveness: float) -> list[Observation]:
    """Frames of one person: a template of their own, each frame another picture."""
    made = []
    for number in range(count):
        vector = np.zeros(256, np.float32)
        vector[person] = 1.0
        template = Template(FACE, EXTRACTOR, encode(np.append(vector, np.float32(0.0))))
        made.append(replace(observation(liveness=liveness, quality=60 + number), template=template))
    return made


def test_a_helper_and_a_print_are_found_out_and_somebody_alive_is_not() -> None:
    made = calibration(limit=1e-6).model_copy(update={"extractor": EXTRACTOR.key})
    desk = DecidingDesk(policy(), {Modality.FACE: made}, PicturePipeline())
    living = {"ada": observations(0, 8, 0.9), "ben": observations(1, 8, 0.9)}
    prints = try_pairs(living, {"ben": observations(1, 8, 0.3)}, desk)
    assert (prints.pairs, sum(prints.verified.values()), sum(prints.enrolled.values())) == (1, 0, 0)
    perfect = try_pairs(living, {"ben": observations(1, 8, 0.95)}, desk)
    assert sum(perfect.verified.values()) == 0  # ada's frames break with ben's, whatever the attack check says
    assert mixed_document(perfect)["verified"]["1"] == 0
    twins = try_pairs(
        {"ada": observations(0, 8, 0.9), "ben": observations(0, 8, 0.9)}, {"ben": observations(0, 8, 0.95)}, desk
    )
    assert all(twins.verified.values())  # the search finds a way where there is one
    assert any(twins.enrolled.values())
    linked_apart = [
        replace(seen, continuity_template=other.template)
        for seen, other in zip(observations(0, 8, 0.95), observations(1, 8, 0.95), strict=True)
    ]
    broken = try_pairs({"ada": observations(0, 8, 0.9), "ben": observations(0, 8, 0.9)}, {"ben": linked_apart}, desk)
    assert sum(broken.verified.values()) == 0  # what links the frames of a capture holds them apart
