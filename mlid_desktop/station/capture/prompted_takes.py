"""Joins blocks of sound to takes: digits are asked for, what is said is joined, and each take is one sample."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom

import numpy as np

from mlid_desktop.decision.policy import Purpose
from mlid_desktop.devices.catalog import delivers_whole_takes, is_self_paced
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SoundOrigin, SoundSample, SourceItem
from mlid_desktop.workflow.challenge import FOLLOWING_PACE, USUAL_PACE, Pace, PromptedTake, PromptPhase

SILENCE_DBFS = -120.0
LATE_S = 0.2  # that sound may wait on its way and still be what is heard now

Watch = Callable[[PromptedTake], None]


def ignore_take(_: PromptedTake) -> None:
    """A watcher that ignores the progress of a take."""


@dataclass(frozen=True, slots=True, eq=False)
class TakePlan:
    """How prompted takes are asked for: ``draw`` gives the next prompt; ``watch`` is told whenever the take goes on;
    ``following`` is the pace of a take that follows another without a break, in a room that was just measured."""

    draw: Callable[[], tuple[int, ...]]
    watch: Watch = ignore_take
    pace: Pace = field(default=USUAL_PACE)
    following: Pace = field(default=FOLLOWING_PACE)


def plan_takes(purpose: Purpose, watch: Watch = ignore_take, chance: Random | None = None) -> TakePlan:
    """The plan of takes for a purpose: at enrolment all ten digits, at verification eight random ones; drawn by the
    system's own randomness."""
    from mlid_desktop.modalities.voice.prompt import draw_prompt, enrolment_prompts  # noqa: PLC0415 - late: start-up

    source = chance or SystemRandom()
    if purpose == "enrolment":
        return TakePlan(lambda: enrolment_prompts(source, 1)[0], watch)
    return TakePlan(lambda: draw_prompt(source), watch)


def join_takes(source: Source, items: Iterable[SourceItem], how: TakePlan) -> Iterator[SourceItem]:
    """The source's items with the blocks of sound joined to takes. A microphone that went away in the middle of a take
    begins a new one, with a new prompt, when it is back; takes that were whole stay. What a microphone heard while the
    take before was looked at is no part of the next one, whose digits were not shown yet."""
    if delivers_whole_takes(source.identity.scheme):
        yield from items
        return
    take, waits = _SpokenTake(source, how, how.pace), is_self_paced(source.identity.scheme)
    is_catching_up = False
    for item in items:
        if isinstance(item, SoundSample):
            is_catching_up = is_catching_up and time.monotonic() - item.captured_at > LATE_S
            if is_catching_up:
                continue
            sample = take.add(item)
            if sample is not None:
                yield sample
                take, is_catching_up = _SpokenTake(source, how, how.following), not waits
            continue
        if isinstance(item, DeviceNotice) and item.event is DeviceEvent.LOST:
            take = _SpokenTake(source, how, how.pace)
        yield item


class SelfPacedTakes:
    """A prompted source slowed down to the speed of speech (or ``speed`` times as fast), to be watched. Other sources
    stay as they are, see :func:`pace_as_spoken`."""

    def __init__(self, source: Source, answers: Prompted, speed: float = 1.0) -> None:
        self._source, self._answers, self._speed = source, answers, speed
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """Identity of the voice's source."""
        return self._source.identity

    @property
    def kind(self) -> SourceKind:
        """Kind of the source: recorded or simulated."""
        return self._source.kind

    def say(self, digits: Sequence[int]) -> None:
        """Tells the source which digits are shown now."""
        self._answers.say(digits)

    def samples(self) -> Iterator[SourceItem]:
        """The source's blocks, each when it would have been spoken."""
        begun, done_s = time.monotonic(), 0.0
        for item in self._source.samples():
            if isinstance(item, SoundSample):
                done_s += len(item.block) / item.rate / self._speed
                if self._closed.wait(max(0.0, begun + done_s - time.monotonic())):
                    return
                yield replace(item, captured_at=time.monotonic())
            else:
                yield item

    def close(self) -> None:
        """Ends the samples at once."""
        self._closed.set()
        self._source.close()


def pace_as_spoken(source: Source) -> Source:
    """The source slowed down to the speed of speech, where it answers prompts."""
    return SelfPacedTakes(source, source) if isinstance(source, Prompted) else source


class _SpokenTake:
    """A take while it is being spoken: its blocks so far."""

    def __init__(self, source: Source, how: TakePlan, pace: Pace) -> None:
        self._source, self._how = source, how
        self._state = PromptedTake(how.draw(), pace)
        self._blocks: list[SoundSample] = []
        how.watch(self._state)

    def add(self, block: SoundSample) -> SoundSample | None:
        """Adds a block; gives the take as one sample once it is whole."""
        self._blocks.append(block)
        before, self._state = self._state, self._state.hear(block_level(block.block), len(block.block) / block.rate)
        if self._state.heard_s < before.heard_s or not self._state.heard_s:  # begun anew, after somebody who spoke
            self._blocks.clear()
        if isinstance(self._source, Prompted) and len(self._state.shown) > len(before.shown):
            self._source.say([self._state.prompt[len(before.shown)]])
        self._how.watch(self._state)
        return self._joined() if self._state.phase is PromptPhase.DONE else None

    def _joined(self) -> SoundSample:
        last = self._blocks[-1]
        wave = np.concatenate([block.block for block in self._blocks])
        origins = [block.origin for block in self._blocks if block.origin is not None]
        return replace(
            last, block=wave, prompt=self._state.prompt, shown=self._state.shown, origin=_joined_origin(origins)
        )


def block_level(block: np.ndarray) -> float:
    """Root mean square level of a block in dB below full scale; values that are no numbers count as silence here, and
    are reported by the voice pipeline."""
    power = float(np.mean(np.square(block, dtype=np.float64))) if len(block) else 0.0
    return max(SILENCE_DBFS, 10.0 * math.log10(power)) if math.isfinite(power) and power > 0.0 else SILENCE_DBFS


def _joined_origin(origins: list[SoundOrigin]) -> SoundOrigin | None:
    if not origins:
        return None
    return replace(
        origins[-1], peak=max(origin.peak for origin in origins), clipped=sum(origin.clipped for origin in origins)
    )
