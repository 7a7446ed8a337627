"""Records sound to a file: for calibration, for evaluation, and to hear what a microphone delivers."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.samples import SoundSample, SourceItem
from mlid_desktop.station.capture.prompted_takes import block_level

FULL_SCALE = 32767
USUAL_RATE = 16_000  # of a file that nothing came into
SILENT = -120.0


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """Result of a recording: ``seconds`` at ``rate`` samples a second, the ``loudest`` block in dB below full scale,
    and how many samples were ``clipped`` before they were written."""

    seconds: float
    rate: int
    loudest: float
    clipped: int


def record(
    items: Iterable[SourceItem], path: Path, seconds: float, metered: Callable[[float, float], None]
) -> RecordedSound:
    """Writes the sound of ``items`` to a new WAV file of 16 bits, one channel, readable by this account alone.

    ``metered`` is told of each block: seconds so far, level in dB below full scale. Raises UsageError
    (USAGE_OUTPUT_UNWRITABLE) for a file that is there already or cannot be written, DeviceError as the source does;
    what came before a fault of the source stays written, and a file that nothing came into goes.
    """
    clipped, done, loudest, rate = 0, 0, SILENT, 0
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file, wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(USUAL_RATE)
            for item in items:
                if not isinstance(item, SoundSample):
                    continue
                if not rate:
                    rate = item.rate
                    written.setframerate(rate)
                block = item.block[: max(0, round(seconds * rate) - done)]
                written.writeframes(to_pcm16(block))
                done += len(block)
                loudest = max(loudest, block_level(block))
                clipped += 0 if item.origin is None else item.origin.clipped
                metered(done / rate, block_level(block))
                if done >= round(seconds * rate):
                    break
    finally:
        if not done:
            path.unlink(missing_ok=True)
    return RecordedSound(done / rate if rate else 0.0, rate, loudest, clipped)


def to_pcm16(block: np.ndarray | Sequence[float]) -> bytes:
    """Samples as 16-bit little-endian PCM; values that are no numbers become silence."""
    finite = np.nan_to_num(np.asarray(block, np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(finite, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()
