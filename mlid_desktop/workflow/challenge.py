"""Prompts digits one at a time: when each is shown, when it was said, when the take is whole. No clock: time is the
sound's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class PromptPhase(StrEnum):
    """The phases of a prompted take."""

    QUIET = "quiet"
    SPEAK = "speak"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Pace:
    """The timing of a prompted take, in seconds: ``quiet`` before the first digit, for the room; where somebody still
    speaks it begins anew, for ``talk`` in all; a digit is shown for at least ``least`` and at most ``most``, the first
    one for at most ``first``; ``pause`` of quiet after speech of at least ``word`` ends it; ``after`` the last one.
    Speech is ``over_noise`` dB above the room and at least ``least_level`` dB below full scale."""

    quiet: float = 1.0
    talk: float = 1.5
    least: float = 0.7
    most: float = 3.0
    first: float = 4.5
    word: float = 0.12
    pause: float = 0.28
    after: float = 0.3
    over_noise: float = 10.0
    least_level: float = -55.0


USUAL_PACE = Pace()
FOLLOWING_PACE = Pace(quiet=0.5, talk=0.0, first=3.0)  # twice as long as a voice's quality needs to measure the room
LOUDEST_ROOM = -20.0  # dB below full scale: where the quiet was not quiet, speech above this still counts


@dataclass(frozen=True, slots=True)
class PromptedTake:
    """The state of a take in which ``prompt`` is spoken. ``shown`` are the seconds at which each digit appeared so far;
    ``level`` of the newest sound and ``room`` of the quiet, dB below full scale."""

    prompt: tuple[int, ...]
    pace: Pace = USUAL_PACE
    phase: PromptPhase = PromptPhase.QUIET
    shown: tuple[float, ...] = ()
    heard_s: float = 0.0
    level: float = -120.0
    room: float = -120.0
    voiced_s: float = field(default=0.0, repr=False)
    silent_s: float = field(default=0.0, repr=False)
    quietest: float = field(default=0.0, repr=False)
    talked_s: float = field(default=0.0, repr=False)

    @property
    def position(self) -> int | None:
        """Index of the digit of the prompt that is shown; None while none is."""
        return len(self.shown) - 1 if self.phase is PromptPhase.SPEAK else None

    @property
    def digit(self) -> int | None:
        """The digit of the prompt that is shown; None while none is."""
        return None if self.position is None else self.prompt[self.position]

    @property
    def said(self) -> int:
        """Number of digits that were said."""
        return len(self.prompt) if self.phase is PromptPhase.DONE else max(0, len(self.shown) - 1)

    @property
    def quiet_left_s(self) -> float:
        """Seconds until the first digit appears."""
        return max(0.0, self.pace.quiet - self.heard_s) if self.phase is PromptPhase.QUIET else 0.0

    def hear(self, level: float, seconds: float) -> PromptedTake:
        """The take after ``seconds`` more sound of that level (dB below full scale). A take that is done stays as it
        is."""
        if self.phase is PromptPhase.DONE:
            return self
        heard = replace(self, heard_s=self.heard_s + seconds, level=level)
        return heard._in_quiet(level) if self.phase is PromptPhase.QUIET else heard._in_speech(level, seconds)

    def _in_quiet(self, level: float) -> PromptedTake:
        """The take in its first quiet; the room is as loud as its loudest moment, so that a click does not count as a
        word later. Where somebody speaks over the room it begins anew, as if it had been begun after them."""
        talked = self.talked_s + self.heard_s
        if talked <= self.pace.talk and level >= max(self.quietest + self.pace.over_noise, self.pace.least_level):
            return PromptedTake(self.prompt, self.pace, level=level, quietest=self.quietest, talked_s=talked)
        room = min(LOUDEST_ROOM, max(self.room, level))
        measured = replace(self, room=room, quietest=min(self.quietest, level))
        return measured._show_next() if measured.heard_s >= self.pace.quiet else measured

    def _in_speech(self, level: float, seconds: float) -> PromptedTake:
        pace = self.pace
        speaking = level >= max(self.room + pace.over_noise, pace.least_level)
        counted = replace(
            self,
            voiced_s=self.voiced_s + seconds if speaking else self.voiced_s,
            silent_s=0.0 if speaking else self.silent_s + seconds,
        )
        last = len(self.shown) == len(self.prompt)
        since = counted.heard_s - self.shown[-1]
        pause = max(pace.pause, pace.after) if last else pace.pause
        said = counted.voiced_s >= pace.word and counted.silent_s >= pause and since >= pace.least
        if said or since >= (pace.first if len(self.shown) == 1 else pace.most):
            return counted._show_next()
        return counted

    def _show_next(self) -> PromptedTake:
        if len(self.shown) == len(self.prompt):
            return replace(self, phase=PromptPhase.DONE)
        shown = (*self.shown, self.heard_s)
        return replace(self, phase=PromptPhase.SPEAK, shown=shown, voiced_s=0.0, silent_s=0.0)
