"""A sound server of a test's own (PulseAudio with a pipe for a microphone): real sound without a sound card."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from ctypes.util import find_library
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

STARTING_S = 60.0
STEP_S = 0.01
PROGRAMS = ("pulseaudio", "pactl")
PLUGIN = "/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so"
SERVER_OPTIONS = (
    "--daemonize=no",
    "--exit-idle-time=-1",
    "--use-pid-file=no",
    "--disable-shm=yes",
    "--log-target=null",
)
NAME = "Desk microphone"


def missing() -> str:
    """What of it this machine lacks; empty where nothing."""
    if not sys.platform.startswith("linux"):
        return "PulseAudio"
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    lacking += [] if find_library("portaudio") else ["libportaudio2"]
    lacking += [] if list(Path("/").glob(PLUGIN.lstrip("/"))) else ["libasound2-plugins"]
    return ", ".join(lacking)


needs_a_sound_server = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


class SoundDesk:
    """A folder that is home and run-time directory of a sound server and of whoever asks for microphones."""

    def __init__(self, rate: int = 16_000, channels: int = 1) -> None:
        self.rate, self.channels = rate, channels
        self.folder = Path(tempfile.mkdtemp(prefix="mlid-sound-"))  # short: the path of a socket is bounded
        self.pipe = self.folder / "microphone"
        (self.folder / "runtime").mkdir(mode=0o700)
        settings = self.folder / ".config" / "pulse"
        settings.mkdir(parents=True)
        (settings / "client.conf").write_text("autospawn = no\n")
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Where the sound server is found."""
        return {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder / "runtime")}

    def start(self) -> None:
        """The server, with its microphone."""
        self.pipe.unlink(missing_ok=True)
        script = self.folder / "server.pa"
        script.write_text(
            "load-module module-native-protocol-unix\n"
            f"load-module module-pipe-source source_name=desk file={self.pipe} format=s16le rate={self.rate}"
            f" channels={self.channels} source_properties=\"device.description='{NAME}'\"\n"
            "set-default-source desk\n"
        )
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", "-F", str(script), *SERVER_OPTIONS],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + STARTING_S
        while not self._answers():
            if time.monotonic() > give_up:
                raise RuntimeError("the sound server does not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """As if it crashed."""
        self._end(signal.SIGKILL)

    def clear(self) -> None:
        """Ends the server and removes the folder."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait()
            self._server = None

    def _answers(self) -> bool:
        asked = subprocess.run(
            ["pactl", "list", "short", "sources"],
            env={**os.environ, **self.environment},
            capture_output=True,
            check=False,
        )
        return b"desk" in asked.stdout


class Playing:
    """Sound that runs into the microphone as time goes by, from entering the context to leaving it or to its end."""

    def __init__(self, desk: SoundDesk, sound: NDArray[np.int16]) -> None:
        """``sound`` (n,) or (n, channels)."""
        self._desk = desk
        self._sound = sound
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, name="playing")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _play(self) -> None:
        pipe = os.open(self._desk.pipe, os.O_RDWR | os.O_NONBLOCK)
        begun, done = time.monotonic(), 0
        try:
            while done < len(self._sound) and not self._ended.wait(STEP_S):
                due = min(len(self._sound), int((time.monotonic() - begun) * self._desk.rate))
                rest = memoryview(np.ascontiguousarray(self._sound[done:due]).tobytes())
                while rest and not self._ended.is_set():
                    try:
                        rest = rest[os.write(pipe, rest) :]
                    except BlockingIOError:  # the server is gone, and nobody empties the pipe
                        self._ended.wait(STEP_S)
                done = due
        finally:
            os.close(pipe)
