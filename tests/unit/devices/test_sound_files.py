"""Recorded sound of any width and rate, and what is no sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.catalog import open_source
from mlid_desktop.devices.sound_files import read_sound
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import SoundSample

TONE = (0.4 * np.sin(np.arange(8000) * 0.1)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "subtype", "rate"), [("a.wav", "PCM_24", 48_000), ("a.flac", "PCM_16", 16_000), ("a.wav", "FLOAT", 8_000)]
)
def test_sound_is_read_as_it_is(tmp_path: Path, name: str, subtype: str, rate: int) -> None:
    soundfile.write(tmp_path / name, np.stack([TONE, TONE], axis=1), rate, subtype=subtype)
    source = open_source(SourceAddress.parse(f"file:{tmp_path / name}"), Modality.VOICE)
    (sample,) = source.samples()
    assert isinstance(sample, SoundSample)
    assert (sample.rate, sample.provenance.kind) == (rate, SourceKind.RECORDED)
    assert np.abs(sample.block - TONE).max() < 1e-3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.DEVICE_BAD_MEDIA),
        (b"RIFF....WAVEfmt ", Code.DEVICE_BAD_MEDIA),
        (b"no sound" * 99, Code.DEVICE_BAD_MEDIA),
    ],
)
def test_what_is_no_sound_is_said(tmp_path: Path, content: bytes, code: Code) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(DeviceError) as fault:
        read_sound(tmp_path / "a.wav")
    assert fault.value.code is code


def test_numbers_that_are_none_and_files_that_are_not_there(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "nan.wav", np.full(100, np.nan, np.float32), 16_000, subtype="FLOAT")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.float32), 16_000)
    for name, code in (
        ("nan", Code.DEVICE_BAD_MEDIA),
        ("empty", Code.DEVICE_NO_SAMPLES),
        ("no", Code.DEVICE_NOT_FOUND),
    ):
        with pytest.raises(DeviceError) as fault:
            read_sound(tmp_path / f"{name}.wav")
        assert fault.value.code is code
