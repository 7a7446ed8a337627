"""Sound goes to a file once, whole, for this account alone."""

from __future__ import annotations

import os
import stat
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.devices.sample_stamp import SampleStamp, describe_origin
from mlid_desktop.domain.errors import Code, DeviceError, UsageError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.station.capture.sound_recorder import record, to_pcm16


def blocks(count: int, *, fault: bool = False) -> Iterator[SourceItem]:
    stamp = SampleStamp(DeviceIdentity("microphone", "m", "Microphone"), SourceKind.LIVE)
    for number in range(count):
        block = np.full(160, 0.5 if number % 2 else -0.5, np.float32)
        yield stamp.sound(block, 8000, describe_origin(block[:, None], 8000))
    if fault:
        raise DeviceError(Code.DEVICE_STALLED)


def nobody(_seconds: float, _level: float) -> None:
    """Nobody looks."""


def test_the_file_holds_what_was_heard_at_its_rate_and_as_long_as_asked(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    told: list[float] = []
    written = record(blocks(100), file, 0.5, lambda seconds, _: told.append(seconds))
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 4000)
        values = np.frombuffer(sound.readframes(320), "<i2")
    assert set(values[:160]) == {-16384}
    assert written.seconds == 0.5
    assert written.loudest == pytest.approx(-6.0, abs=0.1)
    assert told[-1] == pytest.approx(0.5)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    file.write_bytes(b"a voice")
    with pytest.raises(UsageError) as fault:
        record(blocks(1), file, 1.0, nobody)
    assert fault.value.code is Code.USAGE_OUTPUT_EXISTS
    assert file.read_bytes() == b"a voice"
    with pytest.raises(DeviceError):
        record(blocks(0, fault=True), file, 1.0, nobody, replace=True)
    assert file.read_bytes() == b"a voice"
    record(blocks(100), file, 0.5, nobody, replace=True)
    with wave.open(str(file)) as sound:
        assert sound.getnframes() == 4000
    assert [path.name for path in tmp_path.iterdir()] == ["sound.wav"]


def test_a_pipe_is_no_place_for_a_recording(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for replace in (False, True):
        with pytest.raises(UsageError) as fault:
            record(blocks(1), tmp_path / "pipe", 1.0, nobody, replace=replace)
        assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE
    assert (tmp_path / "pipe").is_fifo()


def test_what_came_before_a_fault_is_kept_and_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DeviceError):
        record(blocks(10, fault=True), tmp_path / "some.wav", 9.0, nobody)
    with wave.open(str(tmp_path / "some.wav")) as sound:
        assert sound.getnframes() == 1600
    with pytest.raises(DeviceError):
        record(blocks(0, fault=True), tmp_path / "none.wav", 9.0, nobody)
    assert not (tmp_path / "none.wav").exists()


def test_what_is_no_number_becomes_silence() -> None:
    assert np.frombuffer(to_pcm16([np.nan, 2.0, -2.0, np.inf]), "<i2").tolist() == [0, 32767, -32767, 32767]
