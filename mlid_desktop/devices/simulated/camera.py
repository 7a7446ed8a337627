"""A simulated camera: it shows a drawn person (see ``synthetic.face``), another one for every seed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

if TYPE_CHECKING:
    from mlid_desktop.domain.observations import FaceAction
    from mlid_desktop.synthetic.face.shading import Lighting

DEFAULT_FPS = 15  # as webcams deliver in the light of a room: drawing a frame costs half as much as looking at it
FRAME_SIZE = (960, 540)  # as two busy cores draw in time; a face has half of the height
FINE_PIXELS = 300_000  # in which a head is drawn, to be shown smaller
SPEAKING_SIZE = (480, 270)  # of a person whose mouth follows a voice, so that each frame is drawn in time
WIDEST_MOUTH = 0.6  # of the loudest speech, of a mouth wide open
MOUTH_STEP = 0.05  # in which a speaking mouth opens
LONGEST_STEP_S = 0.18  # between two frames: on a busy machine the time of who is drawn passes more slowly, with no gap


def prepare_person(seed: int) -> None:
    """Draws the person of a seed as a simulated camera shows them in good light: making the models of one takes
    seconds, and those of the newest two are kept."""
    from mlid_desktop.synthetic.face.portrait import DESK_LIGHT, keep_portrait  # noqa: PLC0415 - late: heavy imports
    from mlid_desktop.synthetic.face.sampling import sample_person  # noqa: PLC0415 - late: heavy imports

    keep_portrait(sample_person(seed), DESK_LIGHT, FRAME_SIZE, FINE_PIXELS)


class SimulatedCamera:
    """A source of drawn frames: the person of ``seed`` comes before the camera, then sits, sways and blinks.

    Where frames are taken in time, frame n is the same in every session of a seed in which nothing is asked; a machine
    that falls behind misses frames, as of anybody who moves. What is done, asked or not, is done in the time that a
    person takes: frames bear the camera's own time, which waits for a machine that does not keep up by more than
    ``LONGEST_STEP_S`` a frame. Beside a voice, whose time is the machine's, it does not wait. ``frames`` ends the
    samples after so many (None: never); ``fps`` 0 delivers as fast as they are drawn, each frame once; beside a voice,
    whose lips move faster than heads do, ``fps`` is the motion's own rate. ``size`` is (width, height), pixels; without
    ``lighting`` the desk is well lit.
    """

    kind = SourceKind.SIMULATED

    def __init__(
        self,
        seed: int,
        *,
        frames: int | None = None,
        fps: int = DEFAULT_FPS,
        size: tuple[int, int] = FRAME_SIZE,
        lighting: Lighting | None = None,
    ) -> None:
        self._seed = seed
        self._frames = frames
        self._fps = fps
        self._size = size
        self._lighting = lighting
        self._identity = DeviceIdentity("simulated", f"face-{seed}", "Simulated camera")
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._asked: tuple[FaceAction, float] | None = None
        self._let_go: float | None = None
        self._loudness: float | None = None
        self._now = time.monotonic()  # the camera's own time: the machine's when the samples begin

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the simulated camera, by its seed."""
        return self._identity

    def samples(self) -> Iterator[SourceItem]:
        """Yields colour frames until ``frames`` are delivered or :meth:`close` is called."""
        from mlid_desktop.domain.observations import FaceAction  # noqa: PLC0415 - late: heavy imports
        from mlid_desktop.synthetic.face.motion import (  # noqa: PLC0415 - late: heavy imports
            FRAME_RATE,
            SETTLED_S,
            USUAL_MANNER,
            IdleMotion,
            act,
        )
        from mlid_desktop.synthetic.face.portrait import DESK_LIGHT, portrait_of  # noqa: PLC0415 - late: heavy imports
        from mlid_desktop.synthetic.face.sampling import sample_person  # noqa: PLC0415 - late: heavy imports

        if self._closed.is_set():
            return
        size = self._size if self._loudness is None else SPEAKING_SIZE
        fps = self._fps if self._loudness is None or self._fps == 0 else FRAME_RATE
        interval, pace = (1.0 / fps, FRAME_RATE / fps) if fps > 0 else (0.0, 1.0)
        portrait = portrait_of(sample_person(self._seed), self._lighting or DESK_LIGHT, size, FINE_PIXELS)
        motion, stamp = IdleMotion(self._seed), SampleStamp(self._identity, self.kind)
        arrived = 0 if self._loudness is None else round(SETTLED_S * FRAME_RATE)
        due = read = begun_at = self._now = time.monotonic()
        for number in count() if self._frames is None else range(self._frames):
            if self._closed.wait(max(0.0, due - time.monotonic())):
                return
            with self._lock:
                asked, let_go, loudness = self._asked, self._let_go, self._loudness
                passed, read = time.monotonic() - read, time.monotonic()
                self._now += passed if loudness is not None else min(passed, LONGEST_STEP_S)
                now = self._now
            step = number if fps <= 0 else round((now - begun_at) * fps)
            moment = motion.at(round(step * pace) + arrived)
            if asked is not None:
                action, begun = asked
                share = USUAL_MANNER.share(now - begun, None if let_go is None else let_go - begun)
                moment = act(moment, action, share)
            if loudness is not None:
                moment = act(moment, FaceAction.OPEN_MOUTH, round(loudness / MOUTH_STEP) * MOUTH_STEP * WIDEST_MOUTH)
            yield stamp.frame(portrait.frame(moment.pose, moment.expression, number), now)
            due = max(due + interval, time.monotonic() - interval)

    def show(self, action: FaceAction | None) -> None:
        """What the screen asks of the person now, who does it after a moment, and goes back when nothing more is asked.
        Callable from any thread."""
        with self._lock:
            if action is None:
                self._let_go = self._now
            else:
                self._asked, self._let_go = (action, self._now), None

    def hear(self, loudness: float) -> None:
        """The person speaks so loud now, and opens the mouth by as much. Told once before the samples begin, the person
        is drawn small, and sits before the camera already. Callable from any thread."""
        with self._lock:
            self._loudness = min(max(loudness, 0.0), 1.0)

    def close(self) -> None:
        """Ends the samples at once, also one that is being waited for."""
        self._closed.set()
