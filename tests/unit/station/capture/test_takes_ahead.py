"""Takes are joined while the one before is looked at, and no more of them than are asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import VOICE
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Sample, SoundSample, SourceItem
from mlid_desktop.station.capture.runner import run_capture
from mlid_desktop.station.capture.takes_ahead import TakesAhead
from mlid_desktop.workflow import events

MICROPHONE = DeviceIdentity("microphone", "1", "Microphone")
PATIENCE_S = 20.0


def take(number: int) -> SoundSample:
    return SoundSample(number, 0.0, Provenance(SourceKind.LIVE, MICROPHONE), np.zeros(4, np.float32), 16_000)


class Speaker:
    """Takes that are joined as soon as they are asked for; each says when it was begun."""

    def __init__(self, *, fails_at: int = 0, lost_at: int = 0) -> None:
        self.begun = [threading.Event() for _ in range(6)]
        self.stopped = threading.Event()
        self._fails_at, self._lost_at = fails_at, lost_at

    def __iter__(self) -> Iterator[SourceItem]:
        for number, begun in enumerate(self.begun, start=1):
            if self.stopped.is_set():
                return
            begun.set()
            if number == self._lost_at:
                yield DeviceNotice(DeviceEvent.LOST, MICROPHONE)
            if number == self._fails_at:
                raise DeviceError(Code.DEVICE_LOST, driver="test")
            yield take(number)


def numbers(items: list[SourceItem]) -> list[int]:
    return [item.sequence for item in items if isinstance(item, SoundSample)]


def test_the_next_take_begins_while_the_one_before_is_looked_at() -> None:
    speaker = Speaker()
    with TakesAhead(speaker, 2, speaker.stopped.set) as takes:
        reading = iter(takes)
        assert numbers([next(reading)]) == [1]
        assert speaker.begun[1].wait(PATIENCE_S), "the second is begun before anything of the first is known"
        assert numbers([next(reading)]) == [2]


def test_no_take_begins_that_may_not_be_needed() -> None:
    speaker = Speaker()
    with TakesAhead(speaker, 2, speaker.stopped.set) as takes:
        reading = iter(takes)
        next(reading), next(reading)
        assert not speaker.begun[2].wait(0.2), "two are enough if both are good"
        assert numbers([next(reading)]) == [3]
        assert not speaker.begun[3].wait(0.2), "and each further one is asked for"


def test_a_single_take_is_looked_at_before_another_begins() -> None:
    speaker = Speaker()
    with TakesAhead(speaker, 1, speaker.stopped.set) as takes:
        next(iter(takes))
        assert not speaker.begun[1].wait(0.2)


def test_takes_and_notices_arrive_in_order_and_once() -> None:
    speaker = Speaker(lost_at=2)
    with TakesAhead(speaker, 3, speaker.stopped.set) as takes:
        found = list(takes)
    assert numbers(found) == [1, 2, 3, 4, 5, 6]
    assert [index for index, item in enumerate(found) if isinstance(item, DeviceNotice)] == [1]


def test_a_fault_is_raised_after_what_came_before_it() -> None:
    speaker = Speaker(fails_at=2)
    with TakesAhead(speaker, 3, speaker.stopped.set) as takes:
        reading = iter(takes)
        assert numbers([next(reading)]) == [1]
        with pytest.raises(DeviceError) as raised:
            next(reading)
    assert raised.value.code is Code.DEVICE_LOST


def test_leaving_ends_what_the_takes_are_joined_of_and_the_thread() -> None:
    before = threading.active_count()
    speaker = Speaker()
    with TakesAhead(speaker, 1, speaker.stopped.set) as takes:
        next(iter(takes))
    assert speaker.stopped.is_set()
    assert threading.active_count() == before


@dataclass(frozen=True)
class Suspecting:
    """A session that suspects an attack in the first take that was looked at."""

    suspicion: Any = None
    capturing = None

    @property
    def capture(self) -> Any:
        """What of a capture is asked for here; none once it is over."""
        nothing = dict.fromkeys(("needs_draw", "challenge", "finished", "gathering", "anchor"))
        plan = SimpleNamespace(earlier=())
        return None if self.suspicion else SimpleNamespace(**nothing, takes=(), plan=plan, source_changes=0)

    def advance(self, event: events.Event) -> Self:
        return type(self)(suspicion="attack") if isinstance(event, Evidence) else self


class Listening:
    """Looks at takes once the next one is spoken, and says which."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker, self.looked_at = speaker, list[int]()

    def observe(self, sample: Sample) -> Observation:
        assert self._speaker.begun[1].wait(PATIENCE_S)
        self.looked_at.append(sample.sequence)
        return Observation(VOICE, sample)

    def compare(self, observation: Observation, references: Sequence[object]) -> Evidence:
        return Evidence(observation)


def test_a_suspicion_of_the_first_take_is_recorded_before_anybody_is_told_and_ends_the_second() -> None:
    speaker, told = Speaker(), list[str]()
    pipeline: Any = Listening(speaker)
    with TakesAhead(speaker, 2, speaker.stopped.set) as takes:
        ended = run_capture(
            Suspecting(),
            takes,
            pipeline,
            publish=lambda _: told.append("published"),
            record=lambda _: told.append("recorded"),
        )
    assert ended.suspicion == "attack"
    assert told[0] == "recorded"
    assert pipeline.looked_at == [1], "of the take that was under way nothing is looked at"
    assert speaker.stopped.is_set(), "and the microphone is let go"
