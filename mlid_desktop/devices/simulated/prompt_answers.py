"""Sources that answer a prompt: they say each digit they are told, in a room that is quiet between the answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.sample_stamp import SampleStamp, describe_origin
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

Wave = NDArray[np.float32]

RATE = 16_000
BLOCK = 320  # 20 ms, as microphones deliver
REACTION_S = 0.2  # from seeing a digit to saying it
QUIET_ROOM_DB, LOUDEST_ROOM_DB = 66, 20  # noise that lies so far below full scale
MAX_QUIET_S = 600.0  # nobody asks for anything for so long: the source ends
MAX_WAITING = 64  # digits told and not yet said


@dataclass(frozen=True, slots=True, eq=False)
class AnsweringVoice:
    """A voice that answers prompts: ``say`` gives the sound of a digit, (n,) float32 in [-1, 1] at 16 kHz, the first,
    second, ... time that it is said; ``recorded_rate`` is what it was recorded at."""

    say: Callable[[int, int], Wave]
    recorded_rate: int = RATE


class PromptAnswerer:
    """A source of sound that answers prompts, in blocks of 20 ms at 16 kHz, as fast as they are taken. ``find_voice``
    is asked when the samples begin; ``room_db`` below full scale lies the noise of the room."""

    def __init__(
        self,
        identity: DeviceIdentity,
        kind: SourceKind,
        find_voice: Callable[[], AnsweringVoice],
        seed: int,
        room_db: int = QUIET_ROOM_DB,
    ) -> None:
        self._identity, self._kind, self._find_voice = identity, kind, find_voice
        self._random = np.random.default_rng(seed)
        self._room = 10 ** (-room_db / 20)
        self._asked: deque[int] = deque()
        self._said = [0] * 10
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the voice that answers."""
        return self._identity

    @property
    def kind(self) -> SourceKind:
        """The kind of source: recorded or simulated, never live."""
        return self._kind

    def close(self) -> None:
        """Ends the samples before the next block."""
        self._closed.set()

    def say(self, digits: Sequence[int]) -> None:
        """Tells the voice that these digits are shown now. Raises ValueError for what is no digit, or for more than
        anybody is asked."""
        if any(digit not in range(10) for digit in digits) or len(self._asked) + len(digits) > MAX_WAITING:
            raise ValueError("digits from 0 to 9, a few at a time")
        self._asked.extend(digits)

    def samples(self) -> Iterator[SourceItem]:
        """Yields the sound of a quiet room, with the answered digits in it. Raises DeviceError where there is no such
        voice, or a recording cannot be read."""
        if self._closed.is_set():
            return
        voice = self._find_voice()
        stamp = SampleStamp(self._identity, self._kind)
        waiting: Wave = np.empty(0, np.float32)
        quiet_s = 0.0
        while not self._closed.is_set() and quiet_s < MAX_QUIET_S:
            if not len(waiting) and self._asked:
                waiting, quiet_s = self._next_answer(voice), 0.0
            block, waiting = waiting[:BLOCK], waiting[BLOCK:]
            quiet_s += BLOCK / RATE
            heard = np.zeros(BLOCK, np.float32)
            heard[: len(block)] = block
            heard += self._random.normal(0.0, self._room, BLOCK).astype(np.float32)
            heard = np.clip(heard, -1.0, 1.0)
            yield stamp.sound(heard, RATE, describe_origin(heard[:, None], voice.recorded_rate))

    def _next_answer(self, voice: AnsweringVoice) -> Wave:
        digit = self._asked.popleft()
        spoken = voice.say(digit, self._said[digit])
        self._said[digit] += 1
        return np.concatenate([np.zeros(round(REACTION_S * RATE), np.float32), spoken])
