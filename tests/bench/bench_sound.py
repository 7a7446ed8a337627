"""Sound through the real device path while the machine is busy: samples that were lost, and how far a meter is behind.

``MLID_SOUND_MINUTES`` says how long (1); the figure of record is an hour. ``MLID_SOUND_LOAD=no`` adds no load of its
own where the machine is busy already; the load average is in the report either way.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np

from mlid_desktop.devices.microphone.microphone import Microphone
from mlid_desktop.domain.samples import DeviceNotice, SoundSample, SourceItem
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import Every
from tests.bench.report import Report
from tests.contracts.sound_desk import SoundDesk, missing

RATE = 16_000
TAIL_S = 5.0  # the microphone goes on a little, so that its own end is not taken for a loss
TURN = 1 << 16  # the sound counts its samples, as far as 16 bits go
BUSY = "while True: sum(range(1000))"
# The microphone: a process of its own, put before the others as a card's interrupts are. It says when it began.
CARD = """
import os, sys, time, numpy as np
try: os.nice(-15)
except PermissionError: pass
path, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
pipe = os.open(path, os.O_RDWR)
begun, done = time.monotonic(), 0
print(repr(begun), flush=True)
while done < seconds * rate:
    time.sleep(0.005)
    due = int((time.monotonic() - begun) * rate)
    os.write(pipe, np.arange(done, due, dtype=np.int64).astype(np.uint16).tobytes())
    done = due
print(done, flush=True)
sys.stdin.read()
"""


@dataclass(slots=True)
class Heard:
    """What came: how many samples, how many times the count jumped, notices, and each block's age in ms."""

    samples: int = 0
    first: int = -1
    last: int = -1
    jumps: int = 0
    notices: int = 0
    lags_ms: list[float] = field(default_factory=list)

    def take(self, block: np.ndarray) -> None:
        """The next block."""
        numbers = np.rint(block * 32768).astype(np.int64) % TURN
        if self.first < 0:
            self.first, self.last = int(numbers[0]), int(numbers[0]) - 1
        self.jumps += int((np.diff(np.concatenate([[self.last], numbers])) % TURN != 1).sum())
        self.last = int(numbers[-1])
        self.samples += len(numbers)


def run(report: Report) -> None:
    """For as long as asked, with every core busy."""
    if missing():
        report.note(f"not on this machine: {missing()}")
        return
    minutes = float(os.environ.get("MLID_SOUND_MINUTES", "1"))
    desk = SoundDesk(RATE)
    os.environ.update(desk.environment)
    try:
        desk.start()
        with ExitStack() as load:
            if os.environ.get("MLID_SOUND_LOAD") != "no":
                load.enter_context(busy_cores())
                load.enter_context(busy_thread())
            heard, sent = listen(desk, 60 * minutes)
    finally:
        desk.clear()
    lags = np.array(heard.lags_ms)
    averages = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    report.note(f"{minutes:g} minutes on {os.cpu_count()} cores; load over the last 1, 5, 15 minutes: {averages}")
    report.figure("samples heard", heard.samples, "")
    report.figure("jumps in the count", heard.jumps, "", at_most=0)
    lost = max(0, sent - heard.first - heard.samples)
    report.figure("samples lost between the first heard and the last asked for", lost, "", at_most=0)
    report.figure("notices of a microphone that went away", heard.notices, "", at_most=0)
    report.figure("meter behind, median", float(np.median(lags)), "ms")
    report.figure("meter behind, 99.9 %", float(np.quantile(lags, 0.999)), "ms", at_most=60)
    report.figure("meter behind, most", float(lags.max()), "ms", at_most=60)


def listen(desk: SoundDesk, seconds: float) -> tuple[Heard, int]:
    """Everything heard until all that was asked for has come, and how many samples that is."""
    heard, begun = Heard(), 0.0

    def metered(item: SourceItem) -> None:
        """On the capture thread, as a meter is fed: the age of the newest sample, from the instant it was played."""
        if isinstance(item, SoundSample) and begun:
            position = heard_before(item)
            lags.append(1000.0 * (time.monotonic() - begun - (position + 1) / RATE))

    def heard_before(item: SoundSample) -> int:
        number = int(np.rint(float(item.block[-1]) * 32768)) % TURN
        about = (time.monotonic() - begun) * RATE
        return number + TURN * round((about - number) / TURN)

    lags = heard.lags_ms
    with ExitStack() as open_things:
        command = [sys.executable, "-c", CARD, str(desk.pipe), str(RATE), str(seconds + TAIL_S)]
        card = open_things.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert card.stdin is not None
        assert card.stdout is not None
        open_things.callback(card.stdin.close)
        begun = float(card.stdout.readline())
        feed = open_things.enter_context(CaptureThread(Microphone(0), Every(), metered))
        for item in feed:
            if isinstance(item, DeviceNotice):
                heard.notices += 1
            elif isinstance(item, SoundSample):
                heard.take(item.block)
                if heard.first + heard.samples >= seconds * RATE:
                    break
    return heard, round(seconds * RATE)


@contextmanager
def busy_cores() -> Iterator[None]:
    """A process that computes on every core, as important as this one."""
    nice = int(os.environ.get("MLID_SOUND_LOAD_NICE", "0"))
    load = [subprocess.Popen(["nice", "-n", str(nice), sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


@contextmanager
def busy_thread() -> Iterator[None]:
    """A thread of this process that holds the interpreter whenever it may, as an analysis in Python does."""
    ended = threading.Event()

    def compute() -> None:
        while not ended.is_set():
            sum(range(20_000))

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
