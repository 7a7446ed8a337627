"""Recorded sound of any width and rate, what is no sound, and what is too much of it."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mlid_desktop.devices.recorded.sound import read_recording
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import SoundSample
from tests.pictures import opened

TONE = (0.4 * np.sin(np.arange(16_000) * 0.1)).astype(np.float32)


def code_of(path: Path) -> Code:
    with pytest.raises(DeviceError) as fault:
        read_recording(path)
    return fault.value.code


@pytest.mark.parametrize(
    ("name", "subtype", "rate", "near"),
    [
        ("a.wav", "PCM_16", 16_000, 1e-4),
        ("a.wav", "PCM_24", 48_000, 1e-6),
        ("a.wav", "PCM_U8", 8_000, 1e-2),
        ("a.wav", "FLOAT", 192_000, 0.0),
        ("a.wav", "ULAW", 8_000, 0.02),
        ("a.flac", "PCM_16", 44_100, 1e-4),
        ("a.ogg", "VORBIS", 16_000, 0.05),
    ],
)
def test_sound_is_read_as_it_was_recorded(tmp_path: Path, name: str, subtype: str, rate: int, near: float) -> None:
    soundfile.write(tmp_path / name, np.stack([TONE, TONE], axis=1), rate, subtype=subtype)
    source = opened(f"file:{tmp_path / name}", Modality.VOICE)
    (sample,) = source.samples()
    assert isinstance(sample, SoundSample)
    assert (sample.rate, sample.provenance.kind) == (rate, SourceKind.RECORDED)
    assert sample.origin is not None
    assert (sample.origin.rate, sample.origin.channels, sample.origin.clipped) == (rate, 2, 0)
    assert np.abs(sample.block - TONE).max() <= near


def test_mp3_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", TONE, 16_000)
    recording = read_recording(tmp_path / "a.mp3")
    spectrum = np.abs(np.fft.rfft(recording.wave[:16_000] * np.hanning(16_000)))
    assert recording.rate == 16_000
    assert spectrum.argmax() == round(0.1 / (2 * np.pi) * 16_000)


def test_what_was_clipped_is_counted_before_channels_are_averaged(tmp_path: Path) -> None:
    loud, quiet = np.where(TONE > 0.3, 1.0, TONE), np.zeros_like(TONE)
    soundfile.write(tmp_path / "a.wav", np.stack([loud, quiet], axis=1), 16_000, subtype="PCM_16")
    recording = read_recording(tmp_path / "a.wav")
    assert recording.origin.clipped == int((TONE > 0.3).sum())
    assert recording.origin.peak > 0.999
    assert np.abs(recording.wave).max() < 0.51


def test_louder_than_full_scale_is_held_to_it_and_said(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 3 * TONE, 16_000, subtype="FLOAT")
    recording = read_recording(tmp_path / "a.wav")
    assert np.abs(recording.wave).max() == 1.0
    assert recording.origin.peak > 1.1


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.aiff"])
def test_a_file_that_breaks_off_is_not_taken_for_whole(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, np.random.default_rng(1).uniform(-0.3, 0.3, 32_000), 16_000)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    assert code_of(tmp_path / name) is Code.DEVICE_BAD_MEDIA


def test_a_length_that_its_writer_did_not_know_is_no_fault(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", TONE, 16_000, subtype="PCM_16")
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[40:44] = struct.pack("<I", 0xFFFF_FFFF)
    (tmp_path / "a.wav").write_bytes(content)
    assert len(read_recording(tmp_path / "a.wav").wave) == len(TONE)


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVEfmt ", b"no sound" * 99, b"fLaC" + bytes(99)])
def test_what_is_no_sound_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    assert code_of(tmp_path / "a.wav") is Code.DEVICE_BAD_MEDIA


def test_numbers_that_are_none_empty_files_and_files_that_are_not_there(tmp_path: Path) -> None:
    for name, content in (("nan", np.nan), ("inf", np.inf)):
        soundfile.write(tmp_path / f"{name}.wav", np.full(100, content, np.float32), 16_000, subtype="FLOAT")
        assert code_of(tmp_path / f"{name}.wav") is Code.DEVICE_BAD_MEDIA
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.float32), 16_000)
    assert code_of(tmp_path / "empty.wav") is Code.DEVICE_NO_SAMPLES
    assert code_of(tmp_path / "nothing.wav") is Code.DEVICE_NOT_FOUND


def test_an_hour_is_too_long_and_costs_nothing_to_refuse(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 8_000, 1) as file:
        for _ in range(60):
            file.write(np.zeros(60 * 8_000, np.int16))
    with pytest.raises(DeviceError) as fault:
        read_recording(tmp_path / "a.flac")
    assert fault.value.code is Code.DEVICE_TOO_LARGE
    assert fault.value.facts["seconds"] == 3600


def test_a_folder_is_read_in_natural_order_each_recording_a_sample(tmp_path: Path) -> None:
    for number, rate in ((10, 8_000), (2, 16_000)):
        soundfile.write(tmp_path / f"take {number}.wav", TONE, rate)
    (tmp_path / "notes.txt").write_text("no sound")
    samples = [
        sample for sample in opened(f"dir:{tmp_path}", Modality.VOICE).samples() if isinstance(sample, SoundSample)
    ]
    assert [sample.rate for sample in samples] == [16_000, 8_000]


def test_the_recording_of_a_folder_that_cannot_be_read_is_named_by_number(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "1.wav", TONE, 16_000)
    (tmp_path / "2.wav").write_bytes(b"no sound")
    items = opened(f"dir:{tmp_path}", Modality.VOICE).samples()
    next(items)
    with pytest.raises(DeviceError) as fault:
        next(items)
    assert fault.value.facts["recording"] == 2


@settings(max_examples=40, deadline=None)  # each starts a helper; ``bench untrusted_files`` gives it thousands
@given(st.binary(max_size=400))
def test_whatever_a_file_holds_it_is_sound_or_a_typed_fault(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        path.write_bytes(b"RIFF" + content)
        try:
            assert np.isfinite(read_recording(path).wave).all()
        except DeviceError:
            event("refused")
