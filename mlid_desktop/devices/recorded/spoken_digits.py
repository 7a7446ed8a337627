"""The source at ``digits:FOLDER?speaker=NAME``: answers prompts from recordings named ``DIGIT_SPEAKER_NUMBER.wav``."""

from __future__ import annotations

import re
from pathlib import Path

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.decoding.media import MediaDecoder
from mlid_desktop.devices.formats.resampling import resample
from mlid_desktop.devices.recorded.sound import SUFFIXES, read_recording
from mlid_desktop.devices.simulated.prompt_answers import RATE, AnsweringVoice, PromptAnswerer, Wave
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind

MAX_FIRST = 10_000
MAX_DIGIT_S = 3.0
MAX_FILES = 100_000
NAMED = re.compile(r"(?P<digit>[0-9])_(?P<speaker>[^_/\\]{1,64})_(?P<number>[0-9]{1,6})")


def open_spoken_digits(address: SourceAddress) -> PromptAnswerer:
    """Opens the recorded speaker of an address, from the recording ``first`` (0) of each digit on, and round again when
    they are used up. Nothing is read before its sound is asked for. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    address.require_options({"speaker", "first"})
    speaker = dict(address.options).get("speaker", "")
    if not speaker:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="options", option="speaker")
    first = address.integer("first", 0, 0, MAX_FIRST) or 0
    identity = DeviceIdentity("digits", speaker, speaker)
    return PromptAnswerer(
        identity, SourceKind.RECORDED, lambda: read_voice(Path(address.target), speaker, first), seed=first
    )


def read_voice(folder: Path, speaker: str, first: int) -> AnsweringVoice:
    """Reads the voice that a speaker's recordings of digits give. Raises DeviceError as :func:`find_recordings` and for
    one that cannot be read."""
    recordings = find_recordings(folder, speaker)
    decoder = MediaDecoder()  # of this voice, as long as it speaks

    def spoken(digit: int, time: int) -> Wave:
        own = recordings[digit]
        return _wave(own[(first + time) % len(own)], decoder)

    return AnsweringVoice(spoken, read_recording(recordings[0][0], decoder).rate)


def find_recordings(folder: Path, speaker: str) -> tuple[tuple[Path, ...], ...]:
    """Finds a speaker's recordings, as ten rows: the files of each digit, by their number. Raises DeviceError:
    DEVICE_NOT_FOUND, DEVICE_DENIED, DEVICE_NO_SAMPLES where a digit has no recording, DEVICE_TOO_LARGE."""
    if not folder.is_dir():
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=folder.name)
    rows: list[list[tuple[int, Path]]] = [[] for _ in range(10)]
    try:
        for count, path in enumerate(folder.iterdir()):
            if count >= MAX_FILES:
                raise DeviceError(Code.DEVICE_TOO_LARGE)
            named = NAMED.fullmatch(path.stem)
            if named and path.suffix.lower() in SUFFIXES and named["speaker"] == speaker:
                rows[int(named["digit"])].append((int(named["number"]), path))
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED, source=folder.name) from None
    if not all(rows):
        raise DeviceError(Code.DEVICE_NO_SAMPLES, source=speaker)
    return tuple(tuple(path for _, path in sorted(row)) for row in rows)


def _wave(path: Path, decoder: MediaDecoder) -> Wave:
    recording = read_recording(path, decoder)
    if len(recording.wave) > MAX_DIGIT_S * recording.rate:
        raise DeviceError(Code.DEVICE_TOO_LARGE, seconds=len(recording.wave) // recording.rate)
    return resample(recording.wave, recording.rate, RATE)
