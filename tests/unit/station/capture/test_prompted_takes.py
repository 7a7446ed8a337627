"""Blocks of a microphone become takes, each with the digits that were asked and when each was shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random

import numpy as np
import pytest

from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SoundSample, SourceItem
from mlid_desktop.station.capture.admission import admit_source
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import Every, handoff_for
from mlid_desktop.station.capture.prompted_takes import TakePlan, block_level, join_takes, plan_takes
from mlid_desktop.workflow.challenge import FOLLOWING_PACE, USUAL_PACE, PromptedTake

BLOCK, BLOCKS_OF_SILENCE = 2000, 260  # a second for the room, four and a half for the first digit that nobody says, and
# three for each of nine others


def voice(seed: int = 3) -> Source:
    return open_source(parse_address(f"simulated:voice?seed={seed}"), Modality.VOICE)


def first_takes(source: Source, items: Iterator[SourceItem], how: TakePlan, count: int) -> list[SourceItem]:
    found = list(islice(join_takes(source, items, how), count))
    source.close()
    return found


def test_a_take_carries_what_was_asked_and_when() -> None:
    source = voice()
    (take,) = first_takes(source, iter(source.samples()), plan_takes("verification", chance=Random(1)), 1)
    assert isinstance(take, SoundSample)
    assert len(take.prompt) == 8
    assert len(take.shown) == 8
    assert list(take.shown) == sorted(take.shown)
    assert take.shown[-1] < len(take.block) / take.rate < 60
    assert take.origin is not None


def test_at_enrolment_all_ten_digits_are_asked_each_time_in_another_order() -> None:
    source = voice()
    asked = [
        take.prompt
        for take in first_takes(source, iter(source.samples()), plan_takes("enrolment"), 3)
        if isinstance(take, SoundSample)
    ]
    assert [sorted(prompt) for prompt in asked] == [list(range(10))] * 3
    assert len(set(asked)) > 1


def test_a_take_that_follows_another_begins_sooner_and_one_after_a_break_does_not() -> None:
    source = voice()
    blocks = iter(source.samples())

    def interrupted() -> Iterator[SourceItem]:
        for number, block in enumerate(blocks):
            if number == round(25.0 / 0.02):  # in the third take
                yield DeviceNotice(DeviceEvent.LOST, source.identity)
            yield block

    takes = first_takes(source, interrupted(), plan_takes("enrolment", chance=Random(1)), 4)
    begun = [take.shown[0] for take in takes if isinstance(take, SoundSample)]
    assert begun == pytest.approx([USUAL_PACE.quiet, FOLLOWING_PACE.quiet, USUAL_PACE.quiet], abs=0.05)


class SilentMicrophone:
    """Blocks of nothing, those from ``late`` on as if they had waited until the take before was looked at."""

    kind = SourceKind.LIVE
    identity = DeviceIdentity("microphone", "1", "Microphone")

    def __init__(self, late: range) -> None:
        self._late = late

    def samples(self) -> Iterator[SourceItem]:
        stamp = SampleStamp(self.identity, self.kind)
        for number in range(2 * BLOCKS_OF_SILENCE + len(self._late)):
            sample = stamp.sound(np.zeros(BLOCK, np.float32), 16_000)
            yield replace(sample, captured_at=time.monotonic() - (9.0 if number in self._late else 0.0))

    def close(self) -> None:
        """Has nothing to close."""


def test_what_was_heard_before_the_next_prompt_was_shown_is_no_part_of_its_take() -> None:
    late = range(BLOCKS_OF_SILENCE, BLOCKS_OF_SILENCE + 50)
    source = SilentMicrophone(late)
    takes = first_takes(source, source.samples(), plan_takes("enrolment", chance=Random(1)), 2)
    first, second = (take for take in takes if isinstance(take, SoundSample))
    assert len(first.block) // BLOCK == BLOCKS_OF_SILENCE
    assert second.sequence - first.sequence == len(late) + len(second.block) // BLOCK


class Talkative:
    """A room with a quiet hum in which somebody talks for the first ``talks`` blocks, then nobody."""

    kind = SourceKind.LIVE
    identity = DeviceIdentity("microphone", "1", "Microphone")

    def __init__(self, talks: range) -> None:
        self._talks = talks

    def samples(self) -> Iterator[SourceItem]:
        stamp, chance = SampleStamp(self.identity, self.kind), np.random.default_rng(1)
        for number in range(3 * BLOCKS_OF_SILENCE):
            loudness = 0.1 if number in self._talks else 0.0005
            yield stamp.sound(chance.normal(0.0, loudness, BLOCK).astype(np.float32), 16_000)

    def close(self) -> None:
        """Has nothing to close."""


def test_what_was_said_before_the_room_was_quiet_is_no_part_of_a_take() -> None:
    source = Talkative(range(3, 6))
    (take,) = first_takes(source, source.samples(), plan_takes("enrolment", chance=Random(1)), 1)
    assert isinstance(take, SoundSample)
    assert take.shown[0] == pytest.approx(USUAL_PACE.quiet, abs=0.1)
    assert np.abs(take.block).max() < 0.01
    assert len(take.block) == BLOCK * BLOCKS_OF_SILENCE


def test_two_verifications_are_not_asked_the_same() -> None:
    prompts = {plan_takes("verification").draw() for _ in range(20)}
    assert len(prompts) > 15
    for prompt in prompts:
        assert len(set(prompt[:4])) == 4
        assert len(set(prompt[4:])) == 4


def test_whoever_watches_sees_every_digit_appear() -> None:
    seen: list[PromptedTake] = []
    source = voice()
    (take,) = first_takes(source, iter(source.samples()), plan_takes("verification", seen.append, Random(2)), 1)
    assert isinstance(take, SoundSample)
    shown = [state.digit for state in seen if state.digit is not None]
    order = [digit for index, digit in enumerate(shown) if index == 0 or shown[index - 1] != digit]
    expected = [digit for index, digit in enumerate(take.prompt) if index == 0 or take.prompt[index - 1] != digit]
    assert order == expected


def test_a_busy_machine_hears_every_answer_while_its_digit_is_shown() -> None:
    """The reader is always the slower one: it takes a block only when the voice can go no further."""
    source = voice()
    handoff = handoff_for(Modality.VOICE, waits=True)
    assert isinstance(handoff, Every)

    def slowly(feed: CaptureThread) -> Iterator[SourceItem]:
        for item in feed:
            yield item
            while len(handoff._items) < handoff._capacity and not handoff._closed:
                time.sleep(0.0005)

    with CaptureThread(source, handoff) as feed:
        take = next(join_takes(source, slowly(feed), plan_takes("verification", chance=Random(4))))
    assert isinstance(take, SoundSample)
    assert max(np.diff(take.shown)) < USUAL_PACE.most


def test_a_microphone_that_went_away_begins_a_new_take_with_new_digits() -> None:
    source = voice()
    samples = source.samples()
    gone = DeviceNotice(DeviceEvent.LOST, DeviceIdentity("simulated", "voice-3", ""))
    seen: list[PromptedTake] = []

    def items() -> Iterator[SourceItem]:
        yield from islice(samples, 150)
        yield gone
        yield from samples

    out = first_takes(source, items(), plan_takes("verification", seen.append, Random(5)), 2)
    assert out[0] == gone
    assert isinstance(out[1], SoundSample)
    assert len({state.prompt for state in seen}) >= 2
    assert out[1].prompt != seen[0].prompt


def test_admission_does_not_take_the_answer_away() -> None:
    assert isinstance(admit_source(voice(), ()), Prompted)


@pytest.mark.parametrize("block", [np.zeros(320), np.full(320, np.nan), np.empty(0)])
def test_silence_and_what_is_no_sound_have_the_level_of_silence(block: np.ndarray) -> None:
    assert block_level(block) == -120.0
