"""Stamps the samples of a source: rising sequence, monotonic time, linked hash chain."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.provenance import CHAIN_START, DeviceIdentity, Provenance, SourceKind, chain_link
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image, SoundOrigin, SoundSample

FULL_SCALE = 1.0 - 2.0**-15  # the largest value of 16-bit sound


class SampleStamp:
    """Stamps the samples of one session of one source."""

    def __init__(self, identity: DeviceIdentity, kind: SourceKind) -> None:
        self._identity = identity
        self._kind = kind
        self._sequence = 0
        self._chain = CHAIN_START
        self._opening = 0

    def begin_opening(self) -> None:
        """The device was lost and is opened anew: what follows continues nothing that came before."""
        self._opening += 1

    def frame(self, image: Image, captured_at: float | None = None) -> FrameSample:
        """Makes the next camera frame; ``image`` is (height, width, 3) uint8, BGR, read at that monotonic second (or
        now)."""
        contiguous = np.ascontiguousarray(image)
        at = time.monotonic() if captured_at is None else captured_at
        return FrameSample(self._count(), at, self._provenance(contiguous), contiguous)

    def finger(self, image: Image, dpi: float, *, attack_reported: bool = False) -> FingerSample:
        """Makes the next finger image; ``image`` is (height, width) uint8, dark ridges. ``attack_reported``: the device
        took it for a presentation attack."""
        contiguous = np.ascontiguousarray(image)
        return FingerSample(
            self._count(), time.monotonic(), self._provenance(contiguous), contiguous, dpi, attack_reported
        )

    def sound(
        self, block: NDArray[np.float32], rate: int, origin: SoundOrigin | None = None, captured_at: float | None = None
    ) -> SoundSample:
        """Makes the next stretch of sound; ``block`` is (n,) float32 in [-1, 1], ``rate`` its samples per second, the
        last of which was there at that monotonic second (or now)."""
        contiguous = np.ascontiguousarray(block)
        at = time.monotonic() if captured_at is None else captured_at
        return SoundSample(self._count(), at, self._provenance(contiguous), contiguous, rate, origin=origin)

    def _count(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    def _provenance(self, content: NDArray[np.generic]) -> Provenance:
        self._chain = chain_link(self._chain, content.data)
        return Provenance(self._kind, self._identity, self._chain, self._opening)


def describe_origin(raw: NDArray[np.float32], rate: int) -> SoundOrigin:
    """The origin of (n, channels) of sound as it was recorded: rate, channels, peak and clipped samples."""
    loudness = np.abs(raw)
    return SoundOrigin(rate, raw.shape[1], float(loudness.max(initial=0.0)), int((loudness >= FULL_SCALE).sum()))
