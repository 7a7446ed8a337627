"""The frames that a challenge has seen: a recording that is looped, frozen or put together anew shows a picture twice,
and a program that feeds frames in keeps time better than a camera does. Pure: times are the frames' own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.workflow.continuity import REGULAR_INTERVALS, is_too_regular
from mlid_desktop.workflow.face_challenge.state import LONGEST_GAP_S

ROWS = 8  # each so many rows one is looked at: the noise of a sensor makes every row differ
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class FrameHistory:
    """The digests of all frames so far, that of the ``newest``, and when the latest new ones were taken. Of simulated
    people, who are declared as such, nothing is kept."""

    digests: frozenset[bytes] = frozenset()
    newest: bytes = b""
    times: tuple[float, ...] = field(default=(), repr=False)

    def repeats_newest(self, observation: Observation) -> bool:
        """Whether a driver that has no new frame hands out the one before again, no longer than a challenge may go
        without one."""
        since = observation.sample.captured_at - self.times[-1] if self.times else 0.0
        return bool(self.newest) and frame_digest(observation) == self.newest and since <= LONGEST_GAP_S

    def find_break(self, observation: Observation) -> Reason | None:
        """Why the frame cannot be one more of a camera that goes on; None where it can."""
        if frame_digest(observation) in self.digests - {b""}:
            return Reason.FRAMES_REPEATED
        live = observation.provenance.kind is SourceKind.LIVE
        if live and is_too_regular((*self.times, observation.sample.captured_at)):
            return Reason.TIMING_TOO_REGULAR
        return None

    def after(self, observation: Observation) -> FrameHistory:
        """The history with one frame more."""
        newest = frame_digest(observation)
        times = (*self.times, observation.sample.captured_at)[-REGULAR_INTERVALS:]
        return replace(self, digests=self.digests | {newest}, newest=newest, times=times)


def frame_digest(observation: Observation) -> bytes:
    """What a frame is known again by; empty where it shows a simulated person, or is none."""
    sample = observation.sample
    if not isinstance(sample, FrameSample) or observation.provenance.kind is SourceKind.SIMULATED:
        return b""
    shape = repr(sample.image.shape).encode()
    return hashlib.blake2b(shape + sample.image[::ROWS].tobytes(), digest_size=DIGEST_BYTES).digest()
