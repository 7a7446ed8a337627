"""Prompted digits: the right ones by the right voice pass, all else fails with a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.domain.templates import Reference
from mlid_desktop.evaluation.voice.channels import join_digits
from mlid_desktop.modalities.voice.parameters import VoiceGates
from mlid_desktop.modalities.voice.pipeline import VoicePipeline, VoiceSettings, open_voice_pipeline
from mlid_desktop.modalities.voice.prompt import draw_prompt, enrolment_prompts
from mlid_desktop.modalities.voice.warping import add_deltas, warped_distances
from mlid_desktop.models.store import ModelStore
from tests.makers import RESOURCES
from tests.unit.modalities.voice.conftest import PROVENANCE, Digit, Take, sample

ASKED = (7, 2, 9, 4, 0, 5, 8, 3)


@pytest.fixture
def pipeline(bare_store: ModelStore) -> VoicePipeline:
    """No model at all is installed: the prompt check works without."""
    return open_voice_pipeline(bare_store, RESOURCES / "voice")


@pytest.fixture
def narrow(bare_store: ModelStore) -> VoicePipeline:
    """The same, and sound of 8 kHz is taken."""
    return open_voice_pipeline(bare_store, RESOURCES / "voice", VoiceSettings(VoiceGates(bandwidth=0.0)))


def enrol(pipeline: VoicePipeline, said: Take, speaker: str) -> Reference:
    """All ten digits three times."""
    takes = [
        pipeline.observe(said(speaker, order, 12 * index)) for index, order in enumerate(enrolment_prompts(Random(1)))
    ]
    templates = [take.template for take in takes if take.template is not None]
    assert len(templates) == 3
    return Reference("r", "s", pipeline.consolidate(templates), 50, PROVENANCE, datetime(2026, 1, 1, tzinfo=UTC))


def finding(pipeline: VoicePipeline, spoken: SoundSample, reference: Reference) -> PromptFinding | None:
    """What the prompt check says of a take."""
    return pipeline.compare(pipeline.observe(spoken), [reference]).prompt


def asked_otherwise(spoken: SoundSample, digits: Sequence[int]) -> SoundSample:
    """The same sound, as if other digits had been asked."""
    return replace(spoken, prompt=tuple(digits))


def test_the_subject_saying_what_was_asked_is_confirmed_without_any_model(pipeline: VoicePipeline, said: Take) -> None:
    found = finding(pipeline, said("jackson", ASKED, 38), enrol(pipeline, said, "jackson"))
    assert found is not None
    assert (found.confirmed, found.same_voice, found.reason) == (True, True, None)
    assert sum(found.heard) >= 7


def test_the_pauses_tell_digits_apart_where_no_marks_are_given(pipeline: VoicePipeline, said: Take) -> None:
    found = finding(pipeline, replace(said("jackson", ASKED, 38), shown=()), enrol(pipeline, said, "jackson"))
    assert found is not None
    assert found.confirmed


def test_a_recording_of_another_sequence_fails_by_name(pipeline: VoicePipeline, said: Take) -> None:
    spoken = asked_otherwise(said("jackson", ASKED, 38), (1, 6, 0, 7, 3, 9, 2, 5))
    found = finding(pipeline, spoken, enrol(pipeline, said, "jackson"))
    assert found is not None
    assert (found.confirmed, found.reason) == (False, Reason.WRONG_DIGITS)


def test_another_voice_saying_the_right_digits_does_not_pass(pipeline: VoicePipeline, said: Take) -> None:
    found = finding(pipeline, said("george", ASKED, 38), enrol(pipeline, said, "jackson"))
    assert found is not None
    assert not (found.confirmed and found.same_voice)
    assert found.reason in {Reason.WRONG_DIGITS, Reason.OTHER_VOICE}


def test_a_missing_digit_is_named(pipeline: VoicePipeline, said: Take) -> None:
    spoken = said("jackson", ASKED[:7], 38)
    seen = pipeline.observe(replace(spoken, prompt=ASKED, shown=()))
    assert seen.template is None
    assert seen.reason is Reason.DIGIT_MISSING


@pytest.mark.parametrize(("below_db", "told"), [(20.0, True), (10.0, False)])
@pytest.mark.parametrize("speaker", ["jackson", "george"])
def test_in_a_room_that_is_too_loud_nothing_is_said_about_who_spoke(
    narrow: VoicePipeline, digit: Digit, said: Take, speaker: str, below_db: float, told: bool
) -> None:
    reference = enrol(narrow, said, "jackson")
    waves = [digit(speaker, which, 38 + index) for index, which in enumerate(ASKED)]
    block, shown = join_digits(waves, 8000, np.random.default_rng(1), noise_db=below_db)
    seen = narrow.observe(sample(block, 8000, ASKED, shown))
    evidence = narrow.compare(seen, [reference])
    assert (seen.reason is None, evidence.prompt is not None) == (told, told)
    if not told:
        assert seen.reason is Reason.ROOM_TOO_LOUD
        assert not seen.usable
        assert evidence.comparison is None


def test_another_persons_speech_in_the_pauses_is_noise(narrow: VoicePipeline, digit: Digit) -> None:
    waves = [digit("jackson", which, 38 + index) for index, which in enumerate(ASKED)]
    block, shown = join_digits(waves, 8000, np.random.default_rng(1))
    talk = np.concatenate([digit("george", which % 10, which) for which in range(40)])[: len(block)]
    beside = np.asarray(block * 0.25 + np.resize(talk, len(block)) / np.abs(talk).max() * 0.5 * 0.25 * 0.5, np.float32)
    assert narrow.observe(sample(np.asarray(block * 0.25, np.float32), 8000, ASKED, shown)).reason is None
    assert narrow.observe(sample(beside, 8000, ASKED, shown)).reason is Reason.ROOM_TOO_LOUD


def test_a_digit_that_was_said_late_is_no_noise(narrow: VoicePipeline, said: Take) -> None:
    spoken = said("jackson", ASKED, 38)
    late = (*spoken.shown[:4], spoken.shown[4] + 0.3, *spoken.shown[5:])
    assert narrow.observe(replace(spoken, shown=late)).reason is not Reason.ROOM_TOO_LOUD


def test_an_enrolment_without_all_ten_digits_makes_no_finding(pipeline: VoicePipeline, said: Take) -> None:
    template = pipeline.observe(said("jackson", ASKED, 0)).template
    assert template is not None
    reference = Reference("r", "s", template, 50, PROVENANCE, datetime(2026, 1, 1, tzinfo=UTC))
    assert finding(pipeline, said("jackson", ASKED, 30), reference) is None


@given(st.integers(0, 2**32))
def test_prompts_are_two_groups_without_a_digit_twice_in_one(seed: int) -> None:
    drawn = draw_prompt(Random(seed))
    assert len(drawn) == 8
    assert len(set(drawn[:4])) == len(set(drawn[4:])) == 4
    assert all(0 <= digit <= 9 for digit in drawn)


def test_enrolment_asks_every_digit_in_every_take() -> None:
    assert [sorted(prompt) for prompt in enrolment_prompts(Random(0))] == [list(range(10))] * 3


@given(st.integers(0, 1000))
def test_warping_is_symmetric_and_zero_with_itself(seed: int) -> None:
    shapes = add_deltas(np.random.default_rng(seed).standard_normal((3, 32, 13)).astype(np.float32))
    table = warped_distances(shapes, shapes)
    assert np.allclose(table, table.T, atol=1e-3)
    assert np.abs(np.diag(table)).max() < 0.01
    assert table[0, 1] > 0.1
