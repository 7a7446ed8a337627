"""What a take of sound becomes: good ones a template, bad ones a named reason, never an exception."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.modalities.voice import quality
from mlid_desktop.modalities.voice.detect import EnergyActivity, SpeechSegment, speech_segments
from mlid_desktop.modalities.voice.digits import SpokenDigits, no_digits
from mlid_desktop.modalities.voice.extract import read_cohort
from mlid_desktop.modalities.voice.features import encoder_features
from mlid_desktop.modalities.voice.parameters import VoiceGates
from mlid_desktop.modalities.voice.pipeline import VoicePipeline, open_voice_pipeline
from mlid_desktop.modalities.voice.sound import checked_sound
from mlid_desktop.modalities.voice.templates import MAX_PAYLOAD, VoicePrint, decode, encode, merge_prints
from mlid_desktop.models.store import ModelStore
from tests.makers import RESOURCES
from tests.unit.modalities.voice.conftest import Wave, sample, voiced


@pytest.fixture
def pipeline(store: ModelStore) -> VoicePipeline:
    """With all models."""
    return open_voice_pipeline(store, RESOURCES / "voice")


@pytest.fixture
def bare(bare_store: ModelStore) -> VoicePipeline:
    """With none."""
    return open_voice_pipeline(bare_store, RESOURCES / "voice")


def mandarin(shared: Path, name: str) -> Wave:
    """A recording of the test data, 16 kHz."""
    with wave.open(str(shared / "data" / "voice" / "sr-data" / name)) as file:
        return np.asarray(np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0, np.float32)


BAD_TAKES = {
    "nothing": (np.empty(0, np.float32), 16_000, Reason.EMPTY_SAMPLE),
    "not a number": (np.full(16_000, np.nan, np.float32), 16_000, Reason.SOUND_DAMAGED),
    "an impossible rate": (np.zeros(16_000, np.float32), 7, Reason.SOUND_DAMAGED),
    "an hour": (np.zeros(3600 * 8000, np.float32), 8000, Reason.SOUND_TOO_LONG),
    "silence": (np.zeros(32_000, np.float32), 16_000, Reason.NO_SPEECH),
    "a constant": (np.full(32_000, 0.5, np.float32), 16_000, Reason.NO_SPEECH),
    "a click": (np.eye(1, 32_000, 9000, dtype=np.float32)[0], 16_000, Reason.NO_SPEECH),
}


@pytest.mark.parametrize(("block", "rate", "reason"), BAD_TAKES.values(), ids=BAD_TAKES)
def test_what_cannot_be_used_has_a_name(bare: VoicePipeline, block: Wave, rate: int, reason: Reason) -> None:
    seen = bare.observe(sample(block, rate))
    assert seen.template is None
    assert seen.reason is reason


def test_stereo_and_whole_numbers_are_taken() -> None:
    left = voiced(1.0)
    both = np.stack([left, left], axis=1)
    whole = np.asarray(left * 32767, np.int16)
    for block in (both, whole):
        sound = checked_sound(sample(np.asarray(block)))
        assert not isinstance(sound, Reason)
        assert np.abs(sound.wave - (left - left.mean())).max() < 1e-3


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_becomes_16_khz_without_aliasing(rate: int) -> None:
    time = np.arange(rate) / rate
    tone = np.sin(2 * np.pi * 1000 * time) + (np.sin(2 * np.pi * 15_000 * time) if rate >= 44_100 else 0.0)
    sound = checked_sound(sample(np.asarray(tone * 0.4, np.float32), rate))
    assert not isinstance(sound, Reason)
    power = np.abs(np.fft.rfft(sound.wave * np.hanning(len(sound.wave)))) ** 2
    assert abs(int(power.argmax()) - 1000) <= 1
    assert power[950:1050].sum() > 0.999 * power.sum()


def test_one_speaker_is_more_alike_than_two(pipeline: VoicePipeline, shared: Path) -> None:
    template, again, other = (
        pipeline.observe(sample(mandarin(shared, name))).template
        for name in ("enroll/leijun-sr-1.wav", "enroll/leijun-sr-2.wav", "enroll/fangjun-sr-2.wav")
    )
    assert template is not None
    assert again is not None
    assert other is not None
    assert pipeline.similarity(template, again) > pipeline.similarity(template, other)
    assert pipeline.similarity(template, again) == pytest.approx(pipeline.similarity(again, template))


def test_two_people_in_one_take_are_noticed(pipeline: VoicePipeline, shared: Path) -> None:
    names = ("test/leijun-test-sr-1.wav", "enroll/fangjun-sr-2.wav")
    alone, other = (mandarin(shared, name) for name in names)
    seen = pipeline.observe(sample(np.concatenate([alone, other])))
    assert seen.reason is Reason.SEVERAL_VOICES
    assert pipeline.observe(sample(alone)).reason is None


def test_too_little_speech_makes_no_speaker_evidence(pipeline: VoicePipeline, shared: Path) -> None:
    seen = pipeline.observe(sample(mandarin(shared, "enroll/fangjun-sr-1.wav")))
    assert seen.template is None
    assert seen.reason is Reason.TOO_LITTLE_SPEECH


def test_narrow_sound_is_refused_by_name_and_allowed_where_the_gate_is_open(shared: Path) -> None:
    wide = mandarin(shared, "enroll/leijun-sr-1.wav")
    sound = checked_sound(sample(np.ascontiguousarray(wide[::2]), 8000))
    assert not isinstance(sound, Reason)
    spoken = speech_segments(EnergyActivity().active(sound.wave), len(sound.wave))
    natives = quality.measure(sound, spoken, None)
    assert natives[Measure.BANDWIDTH] <= 4000
    assert quality.unusable_reason(quality.assess(natives, VoiceGates())) is Reason.NARROW_BAND
    opened = quality.assess(natives, VoiceGates(bandwidth=0.0)).component(Measure.BANDWIDTH)
    assert opened is not None
    assert opened.passed


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lambda row: np.clip(row * 30, -1, 1), Hint.SPEAK_SOFTER),
        (lambda row: row * 0.004, Hint.SPEAK_LOUDER),
        (lambda row: row + np.random.default_rng(0).standard_normal(len(row)) * 0.05, Hint.QUIETEN_ROOM),
    ],
    ids=["overdriven", "faint", "noisy room"],
)
def test_a_spoilt_take_says_what_to_do(spoil: object, hint: Hint, shared: Path) -> None:
    clean = mandarin(shared, "enroll/leijun-sr-1.wav")
    row = np.asarray(spoil(clean), np.float32)  # type: ignore[operator]  # three plain functions
    sound, reference = checked_sound(sample(row)), checked_sound(sample(clean))
    assert not isinstance(sound, Reason)
    assert not isinstance(reference, Reason)
    spoken = speech_segments(EnergyActivity().active(reference.wave), len(reference.wave))
    judged = quality.assess(quality.measure(sound, spoken, None), VoiceGates())
    assert not judged.passed
    assert hint in {component.hint for component in judged.components if not component.passed}


@given(noise=st.floats(-37, 0), level=st.floats(-60, 0), seconds=st.floats(0, 9), alone=st.floats(0, 1))
def test_in_a_loud_room_nothing_else_is_asked_of_who_speaks(
    noise: float, level: float, seconds: float, alone: float
) -> None:
    natives = {
        Measure.ROOM_NOISE: noise,
        Measure.SIGNAL_TO_NOISE: level - noise,
        Measure.CLIPPING: 0.0,
        Measure.SOUND_LEVEL: level,
        Measure.SPEECH_LENGTH: seconds,
        Measure.BANDWIDTH: 8000.0,
        Measure.ONE_VOICE: alone,
    }
    judged = quality.assess(natives, VoiceGates())
    assert (quality.unusable_reason(judged), judged.hint) == (Reason.ROOM_TOO_LOUD, Hint.QUIETEN_ROOM)


def test_silero_and_loudness_agree_on_clear_speech(pipeline: VoicePipeline, shared: Path) -> None:
    row = np.pad(mandarin(shared, "enroll/leijun-sr-1.wav"), (16_000, 16_000))
    seen = pipeline._activity.active(row)
    assert not seen[:20].any()
    assert (seen == EnergyActivity().active(row)).mean() > 0.75


def test_a_first_word_that_the_speech_detector_passes_over_is_no_noise_of_the_room() -> None:
    chance = np.random.default_rng(1)
    take = chance.normal(0, 1e-4, 48_000).astype(np.float32)
    take[9_600:16_000] += voiced(0.4)
    take[28_800:38_400] += voiced(0.6)
    found = (SpeechSegment(28_800, 38_400),)
    assert quality.level_of(quality.background_sound(take, found)) > -40
    assert quality.level_of(quality.background_sound(take, found, (0.5, 1.6))) < -70


def test_short_gaps_are_closed_and_short_noises_dropped() -> None:
    active = np.zeros(100, np.bool_)
    active[10:20] = active[24:30] = active[60:62] = True
    assert speech_segments(active, 51_200) == (SpeechSegment(10 * 512 - 480, 30 * 512 + 480),)


def test_encoder_features_have_the_shape_the_model_was_trained_on() -> None:
    assert encoder_features(voiced(3.2)).shape == (101, 40)


def a_print(size: int, digits: int, seed: int = 0) -> VoicePrint:
    source = np.random.default_rng(seed)
    vector = source.standard_normal(size) if size else None
    speaker = None if vector is None else np.append(vector / np.linalg.norm(vector), 0.2).astype(np.float32)
    shape = source.standard_normal((digits, 32, 13)).astype(np.float32)
    labels = (np.arange(digits) % 10).astype(np.uint8)
    made = SpokenDigits(labels, np.full(digits, 40, np.uint8), shape) if digits else no_digits()
    return VoicePrint(speaker, made)


def code_of(untrusted: bytes) -> Code | None:
    """Why the bytes are refused; None where they are read."""
    try:
        decode(untrusted)
    except ModelError as fault:
        return fault.code
    return None


@given(st.sampled_from([0, 128, 512]), st.integers(0, 30), st.integers(0, 5))
def test_a_payload_comes_back_as_it_was(size: int, digits: int, seed: int) -> None:
    made = a_print(size, digits, seed)
    payload = encode(made)
    back = decode(payload)
    assert len(payload) <= MAX_PAYLOAD
    assert encode(back) == payload
    assert np.abs(back.digits.shape - made.digits.shape).max(initial=0.0) <= 0.5 / 24 + 1e-6


@given(st.binary(max_size=2000))
def test_untrusted_bytes_are_refused_by_code(untrusted: bytes) -> None:
    assert code_of(untrusted) in {None, Code.MODEL_TEMPLATE_INVALID}


@given(st.integers(0, 3900), st.integers(0, 255))
def test_a_changed_byte_never_breaks_the_reader(offset: int, value: int) -> None:
    payload = bytearray(encode(a_print(128, 8)))
    payload[offset % len(payload)] = value
    assert code_of(bytes(payload)) in {None, Code.MODEL_TEMPLATE_INVALID}


def test_an_enrolment_takes_under_13_kb() -> None:
    takes = [a_print(128, 10, seed) for seed in range(3)]
    assert len(encode(merge_prints(takes))) < 13_000


def test_a_damaged_cohort_is_named() -> None:
    with pytest.raises(ModelError) as fault:
        read_cohort(b"PK\x03\x04 nothing")
    assert fault.value.code is Code.MODEL_UNUSABLE


def test_a_template_of_another_extractor_is_refused(pipeline: VoicePipeline, bare: VoicePipeline, shared: Path) -> None:
    template = pipeline.observe(sample(mandarin(shared, "enroll/leijun-sr-1.wav"))).template
    assert template is not None
    with pytest.raises(ModelError) as fault:
        bare.similarity(template, template)
    assert fault.value.code is Code.MODEL_EXTRACTOR_MISMATCH
