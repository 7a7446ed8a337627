"""Samples and notices that devices deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance
from mlid_desktop.domain.reasons import Hint

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Base of all samples: ``sequence`` counts from 0 within a session of the source; ``captured_at`` is monotonic
    seconds."""

    sequence: int
    captured_at: float
    provenance: Provenance


@dataclass(frozen=True, slots=True, eq=False)
class FrameSample(Sample):
    """A camera frame: ``image`` is (height, width, 3) uint8, BGR, contiguous."""

    image: Image = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class FingerSample(Sample):
    """A finger image: ``image`` is (height, width) uint8, dark ridges on a light ground; ``dpi`` dots per inch.
    ``attack_reported``: the device itself took what lay on it for a presentation attack; the image may be
    empty then."""

    image: Image = field(repr=False)
    dpi: float
    attack_reported: bool = False


@dataclass(frozen=True, slots=True)
class SoundOrigin:
    """How a stretch of sound was recorded, before it was mixed down and resampled: ``rate`` samples per second and
    ``channels``, the largest magnitude ``peak`` (1.0 is full scale), and how many of its samples, counted over all
    channels, were ``clipped``."""

    rate: int
    channels: int
    peak: float
    clipped: int


@dataclass(frozen=True, slots=True, eq=False)
class SoundSample(Sample):
    """A stretch of sound: ``block`` is (n,) float32 in [-1, 1]; ``rate`` samples per second; ``captured_at`` is when
    its last sample was there. Where digits were asked for, ``prompt`` holds them (0..9) in their order, and ``shown``
    the seconds from the block's start at which each appeared (none: the pauses tell them apart). ``lips`` says how far
    the lips of who was seen meanwhile moved with it, higher is more; None where nobody was watched, or seen well
    enough."""

    block: NDArray[np.float32] = field(repr=False)
    rate: int
    prompt: tuple[int, ...] = ()
    shown: tuple[float, ...] = ()
    origin: SoundOrigin | None = None
    lips: float | None = field(default=None, repr=False)


class DeviceEvent(StrEnum):
    """What happens to a device while it is open, other than delivering a sample. Fingerprint readers alone know of
    fingers."""

    LOST = "lost"
    BACK = "back"
    FINGER_WANTED = "finger_wanted"
    FINGER_ON = "finger_on"
    FINGER_OFF = "finger_off"
    TRY_AGAIN = "try_again"
    WRONG_FINGER = "wrong_finger"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class DeviceNotice:
    """A device's message between samples: it went, or is there again; the reader waits for a finger, feels one, could
    not read it (with a ``hint``), knows that it is ``given``, another one than was asked for, or shows what it sees
    meanwhile: a ``picture``, (height, width) uint8, to look at and for nothing else."""

    event: DeviceEvent
    device: DeviceIdentity
    hint: Hint | None = None
    picture: Image | None = field(default=None, repr=False, compare=False)
    given: FingerPosition | None = None


SourceItem = Sample | DeviceNotice
