"""Plays short, quiet sounds beside the hints: something to do, captured, not captured."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import DeviceError


class Playback(Protocol):
    """A sound that is being played."""

    def stop(self) -> None:
        """Stops the sound at once."""
        ...


def play(wave: NDArray[np.float32], rate: int, over: Callable[[DeviceError | None], None]) -> Playback:
    """Plays a wave (n,) float32 in [-1, 1] on the system's loudspeaker; ``over`` is called once when it ends, on a
    thread of its own. Raises DeviceError(DEVICE_DRIVER_MISSING)."""
    from mlid_desktop.devices.microphone.playback import LoudspeakerPlayback as OnLoudspeaker  # noqa: PLC0415 - drivers when asked for

    return OnLoudspeaker(wave, rate, over)


RATE = 24_000  # samples a second
NOTE_S = 0.11
LEVEL = 0.2  # of full scale: heard at a desk, not across the room


class SoundCue(StrEnum):
    """The meanings of the short sounds: a rising one is good, a falling one is not; one note asks to look."""

    LOOK = "look"
    CAPTURED = "captured"
    REFUSED = "refused"


NOTES = {
    SoundCue.LOOK: (587.3,),
    SoundCue.CAPTURED: (659.3, 987.8),
    SoundCue.REFUSED: (440.0, 329.6),
}  # Hz: D5, E5 B5, A4 E4


class TonePlayer(Protocol):
    """A device that plays short sounds, one after another."""

    def play(self, wave: NDArray[np.float32], rate: int) -> None:
        """Plays a wave (n,) float32 in [-1, 1] and waits for its end. Raises DeviceError where nothing can play it."""
        ...

    def close(self) -> None:
        """Stops playing and releases the device."""
        ...


def cue_wave(chime: SoundCue) -> NDArray[np.float32]:
    """The wave (n,) float32 at ``RATE`` of a sound cue: its notes, each swelling and fading (Hann), so that nothing
    clicks."""
    time = np.arange(round(RATE * NOTE_S)) / RATE
    swell = np.sin(np.pi * time / NOTE_S) ** 2
    return np.concatenate([LEVEL * swell * np.sin(2 * np.pi * hertz * time) for hertz in NOTES[chime]]).astype(
        np.float32
    )


class CuePlayer:
    """Plays sound cues on a thread of its own. What comes while another is heard is dropped; a station without a
    loudspeaker is silent, which is no fault."""

    def __init__(self, open_speaker: Callable[[], TonePlayer], *, on: bool) -> None:
        self._open_speaker = open_speaker
        self._waiting: queue.Queue[SoundCue | None] = queue.Queue(maxsize=1)
        self._thread: threading.Thread | None = None
        self.on = on

    def play(self, chime: SoundCue) -> None:
        """Queues a cue and returns at once."""
        if not self.on:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mlid-chimes", daemon=True)
            self._thread.start()
        with suppress(queue.Full):
            self._waiting.put_nowait(chime)

    def close(self) -> None:
        """Ends the thread; nothing is played any more."""
        self.on = False
        thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(queue.Empty):
                self._waiting.get_nowait()
            self._waiting.put(None)
            thread.join()

    def _run(self) -> None:
        try:
            speaker = self._open_speaker()
        except DeviceError:
            self._drain()
            return
        try:
            while (chime := self._waiting.get()) is not None:
                speaker.play(cue_wave(chime), RATE)
        except DeviceError:
            self._drain()
        finally:
            speaker.close()

    def _drain(self) -> None:
        """Discards cues until the end, where nothing can play them."""
        while self._waiting.get() is not None:
            pass
