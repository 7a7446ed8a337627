"""Plays takes back, and short sounds, on the system's usual loudspeaker, in the sound helper's process."""

from __future__ import annotations

import struct
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.driver_process.process import Command
from mlid_desktop.devices.microphone.process import SOUND_PROGRAM
from mlid_desktop.domain.errors import Code, DeviceError

HEADER = struct.Struct("<II")  # samples a second, samples
MAX_SECONDS = 180
MIN_RATE, MAX_RATE = 8_000, 192_000
PLAYED = b"."  # what the helper answers after a short sound
GRACE_S = 10.0  # beyond the sound's own length: a driver that is slow to open


class LoudspeakerPlayback:
    """Plays one stretch of sound. ``over`` is called once, from a thread of its own, with the fault if there was
    one."""

    def __init__(
        self,
        wave: NDArray[np.float32],
        rate: int,
        over: Callable[[DeviceError | None], None],
        command: Command = SOUND_PROGRAM.command,
    ) -> None:
        """Starts playing ``wave`` (n,) float32 in [-1, 1] at ``rate`` samples a second; what is longer than three
        minutes is cut. Raises DeviceError(DEVICE_DRIVER_MISSING) where the helper cannot be started."""
        whole = np.ascontiguousarray(wave[: MAX_SECONDS * rate], np.float32)
        self._content = HEADER.pack(rate, len(whole)) + whole.tobytes()
        self._limit_s = len(whole) / rate + GRACE_S
        self._over = over
        self._process = SOUND_PROGRAM.start(command(["play"]), output=subprocess.DEVNULL)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="mlid-loudspeaker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops the playback at once. From any thread, more than once."""
        self._stopped = True
        with suppress(OSError):
            self._process.kill()

    def wait(self) -> None:
        """Waits until the playback is over."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._process.communicate(self._content, timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        fault = None
        if self._process.returncode and not self._stopped:
            fault = DeviceError(Code.DEVICE_NOT_FOUND, source="loudspeaker")
        self._over(fault)


class Loudspeaker:
    """Plays short sounds one after another, in one helper process that stays. One thread at a time; ``close`` from
    any."""

    def __init__(self, command: Command = SOUND_PROGRAM.command) -> None:
        """Starts the sound helper process. Raises DeviceError(DEVICE_DRIVER_MISSING) where the helper cannot be
        started."""
        self._process = SOUND_PROGRAM.start(command(["chime"]))

    def play(self, wave: NDArray[np.float32], rate: int) -> None:
        """Plays ``wave``, (n,) float32 in [-1, 1] at ``rate`` samples a second, and waits for its end. Raises
        DeviceError(DEVICE_NOT_FOUND) where nothing can play it."""
        content = np.ascontiguousarray(wave, np.float32)
        said, heard = self._process.stdin, self._process.stdout
        assert said is not None  # both are pipes
        assert heard is not None
        try:
            said.write(HEADER.pack(rate, len(content)) + content.tobytes())
            said.flush()
            answered = heard.read(1)
        except (OSError, ValueError):  # it is gone, or was closed meanwhile
            answered = b""
        if answered != PLAYED:
            raise DeviceError(Code.DEVICE_NOT_FOUND, source="loudspeaker")

    def close(self) -> None:
        """Stops the sound at once and ends the helper process."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def play_each_sound(untrusted: Callable[[int], bytes], say: Callable[[bytes], object]) -> int:
    """Plays sounds in the helper process of :class:`Loudspeaker`: says ``PLAYED`` after each sound; returns 0 when its
    input ends."""
    waiting = b""

    def read(size: int) -> bytes:
        nonlocal waiting
        taken, waiting = waiting[:size], waiting[size:]
        return taken + (untrusted(size - len(taken)) if size > len(taken) else b"")

    while waiting := untrusted(1):
        outcome = play_sound(read)
        if outcome:
            return outcome
        say(PLAYED)
    return 0


def play_sound(untrusted: Callable[[int], bytes]) -> int:
    """Plays one sound in the helper process: reads header and samples with ``untrusted(size)`` and plays them."""
    header = untrusted(HEADER.size)
    if len(header) != HEADER.size:
        return 2
    rate, count = HEADER.unpack(header)
    if not MIN_RATE <= rate <= MAX_RATE or count > MAX_SECONDS * rate:
        return 2
    content = untrusted(4 * count)
    if len(content) != 4 * count:
        return 2
    wave = np.nan_to_num(np.frombuffer(content, np.float32).copy())
    try:
        import sounddevice  # noqa: PLC0415 - starts PortAudio

        sounddevice.play(np.clip(wave, -1.0, 1.0), rate, blocking=True)
    except Exception:  # noqa: BLE001 - PortAudioError of a module that may not be importable, or no library
        return 1
    return 0
