"""Records sound to a file: for calibration, for evaluation, and to hear what a microphone delivers."""

from __future__ import annotations

import os
import tempfile
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
    items: Iterable[SourceItem],
    path: Path,
    seconds: float,
    metered: Callable[[float, float], None],
    *,
    replace: bool = False,
) -> RecordedSound:
    """Writes the sound of ``items`` to a WAV file of 16 bits, one channel, readable by this account alone.

    ``metered`` is told of each block: seconds so far, level in dB below full scale. Raises UsageError for a file that
    is there already and is not to be replaced (USAGE_OUTPUT_EXISTS), or cannot be written (USAGE_OUTPUT_UNWRITABLE),
    DeviceError as the source does; what came before a fault of the source is kept, and where nothing came there is no
    file, or the one of before.
    """
    clipped, done, loudest, rate = 0, 0, SILENT, 0
    part, handle = _opened(path, replace=replace)
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
            part.unlink(missing_ok=True)
        elif part != path:
            part.replace(path)
    return RecordedSound(done / rate if rate else 0.0, rate, loudest, clipped)


def _opened(path: Path, *, replace: bool) -> tuple[Path, int]:
    """The file that is written, and a descriptor of it: a new one, or one beside the file that it is to replace."""
    try:
        if path.exists() and not path.is_file():  # a device or a pipe holds no WAV file: its head is written last
            raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(path))
        if not replace:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=".mlid-")
        return Path(made), handle
    except FileExistsError:
        raise UsageError(Code.USAGE_OUTPUT_EXISTS, path=str(path)) from None
    except (OSError, ValueError):
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(path)) from None


def to_pcm16(block: np.ndarray | Sequence[float]) -> bytes:
    """Samples as 16-bit little-endian PCM; values that are no numbers become silence."""
    finite = np.nan_to_num(np.asarray(block, np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(finite, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()
