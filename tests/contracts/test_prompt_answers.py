"""Sources that answer prompts: recordings of digits, and made-up voices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mlid_desktop.devices.catalog import open_source, parse_address, usual_modality
from mlid_desktop.devices.simulated.prompt_answers import PromptAnswerer
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.synthetic.voice import speak, speaker_from_seed
from tests.contracts.sound_contract import SoundContract

Make = Callable[[], Source]


def opened(text: str) -> Source:
    return open_source(parse_address(text), Modality.VOICE)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    for digit in range(10):
        for number in range(2):
            tone = 0.1 * np.sin(2 * np.pi * (200 + 50 * digit + 500 * number) * np.arange(3200) / 8000)
            soundfile.write(tmp_path / f"{digit}_ann_{number}.wav", tone, 8000)
    return tmp_path


class TestDigitsFromRecordings(SoundContract):
    kind = SourceKind.RECORDED
    answers = True

    @pytest.fixture
    def make(self, recordings: Path) -> Make:
        return lambda: opened(f"digits:{recordings}?speaker=ann")

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Source:
        return opened(f"digits:{tmp_path}/none?speaker=ann")


class TestSimulatedVoice(SoundContract):
    kind = SourceKind.SIMULATED
    answers = True

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:voice?seed=7")

    @pytest.fixture
    def absent(self) -> None:
        return None


def heard_after(source: Source, digits: list[int], seconds: float) -> np.ndarray:
    assert isinstance(source, Prompted)
    source.say(digits)
    blocks: list[np.ndarray] = []
    for item in source.samples():
        assert isinstance(item, SoundSample)
        blocks.append(item.block)
        if len(blocks) * 0.02 >= seconds:
            source.close()
    return np.concatenate(blocks)


def strongest_hz(wave: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(wave)).argmax() * 16_000 / len(wave))


def test_the_digit_that_is_told_is_the_recording_that_is_played(recordings: Path) -> None:
    wave = heard_after(opened(f"digits:{recordings}?speaker=ann"), [4], 1.0)
    assert strongest_hz(wave) == pytest.approx(400, abs=5)


def test_the_next_time_another_recording_answers_and_then_the_first_again(recordings: Path) -> None:
    wave = heard_after(opened(f"digits:{recordings}?speaker=ann"), [4, 4, 4], 2.4)
    thirds = [wave[start : start + 3200] for start in (4000, 14400, 24000)]
    assert [round(strongest_hz(third), -1) for third in thirds] == [400, 900, 400]
    assert strongest_hz(heard_after(opened(f"digits:{recordings}?speaker=ann&first=1"), [4], 1.0)) == pytest.approx(
        900, abs=5
    )


def test_it_says_what_rate_was_recorded(recordings: Path) -> None:
    source = opened(f"digits:{recordings}?speaker=ann")
    sample = next(iter(source.samples()))
    source.close()
    assert isinstance(sample, SoundSample)
    assert sample.rate == 16_000
    assert sample.origin is not None
    assert sample.origin.rate == 8000


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("", Code.DEVICE_BAD_ADDRESS),
        ("?speaker=", Code.DEVICE_BAD_ADDRESS),
        ("?speaker=ann&loud=1", Code.DEVICE_BAD_ADDRESS),
        ("?speaker=ann&first=-1", Code.DEVICE_BAD_ADDRESS),
        ("?speaker=bob", Code.DEVICE_NO_SAMPLES),
    ],
)
def test_what_cannot_answer_is_refused(recordings: Path, options: str, code: Code) -> None:
    with pytest.raises(DeviceError) as fault:
        next(iter(opened(f"digits:{recordings}{options}").samples()))
    assert fault.value.code is code


def test_a_speaker_without_one_of_the_digits_is_refused(recordings: Path) -> None:
    for file in recordings.glob("3_*"):
        file.unlink()
    with pytest.raises(DeviceError) as fault:
        next(iter(opened(f"digits:{recordings}?speaker=ann").samples()))
    assert fault.value.code is Code.DEVICE_NO_SAMPLES


@pytest.mark.parametrize("digits", [[10], [-1], [1] * 100])
def test_what_is_no_digit_is_refused(digits: list[int]) -> None:
    source = opened("simulated:voice?seed=1")
    assert isinstance(source, PromptAnswerer)
    with pytest.raises(ValueError, match="digits"):
        source.say(digits)


def test_such_addresses_deliver_voices() -> None:
    assert usual_modality(parse_address("digits:x?speaker=ann")) is Modality.VOICE
    assert usual_modality(parse_address("simulated:voice")) is Modality.VOICE


def test_a_made_up_voice_says_the_same_the_same_way_and_never_twice_alike() -> None:
    ann = speaker_from_seed(5)
    assert np.array_equal(speak(ann, 3, 0), speak(speaker_from_seed(5), 3, 0))
    first, second = speak(ann, 3, 0), speak(ann, 3, 1)
    assert len(first) != len(second) or not np.array_equal(first, second)
    assert np.abs(first).max() <= 1.0
