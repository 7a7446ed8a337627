"""Assesses a voice take: seven named components, 0 to 100, each with a hint, and one unified value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.quality import FAILURE_TO_ASSESS, Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.modalities.quality_scale import QualityScale
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.detect import SpeechSegment, extract_speech, speech_seconds
from mlid_desktop.modalities.voice.parameters import VoiceGates
from mlid_desktop.modalities.voice.sound import Sound, Wave

CLIPPED = 0.985  # of full scale
NOISE_BEFORE_SECONDS = 0.25  # that much of the room before the first word is enough to measure it
BEFORE_MARK_SECONDS = (0.25, 0.1)  # a prompted digit appears after a pause: the room is heard in the middle of it
BAND_DEPTH_DB = 50.0  # tones this far below the strongest of the speech count as not passed
BAND_STEP_HZ = 250.0
BAND_FLOOR_DB = 3.0
USUAL_ONE_VOICE = 0.65  # where the scale of ONE_VOICE has its gate; cosines of other encoders are shifted to it


SCALES = (
    QualityScale(Measure.ROOM_NOISE, ((-70, 100), (-38, 50), (-20, 0)), Hint.QUIETEN_ROOM),
    QualityScale(Measure.SIGNAL_TO_NOISE, ((0, 0), (15, 50), (30, 100)), Hint.QUIETEN_ROOM),
    QualityScale(Measure.CLIPPING, ((0, 100), (0.005, 50), (0.05, 0)), Hint.SPEAK_SOFTER),
    QualityScale(
        Measure.SOUND_LEVEL, ((-60, 0), (-45, 50), (-32, 100), (-12, 100), (-6, 50), (-1, 0)), Hint.SPEAK_LOUDER
    ),
    QualityScale(Measure.SPEECH_LENGTH, ((0, 0), (1, 50), (p.MIN_SPEECH_SECONDS, 90), (8, 100)), Hint.KEEP_SPEAKING),
    QualityScale(Measure.BANDWIDTH, ((2500, 0), (5000, 50), (7500, 100)), Hint.CHANGE_MICROPHONE),
    QualityScale(Measure.ONE_VOICE, ((0.2, 0), (0.65, 50), (0.85, 100)), Hint.SPEAK_ALONE),
)


def measure(
    sound: Sound, spoken: tuple[SpeechSegment, ...], one_voice: float | None, shown: tuple[float, ...] = ()
) -> dict[Measure, float]:
    """The native quantities of a take's quality components; ``one_voice`` is the least similarity of any two parts,
    None where not known. ``shown`` are the seconds at which digits appeared: what is heard in the pauses before them
    counts as noise too, other people's speech as well, which the speech detector takes for the subject's own."""
    speech, room = extract_speech(sound.wave, spoken), background_sound(sound.wave, spoken, shown)
    noise, level = max(level_of(room), level_of(sound_before_marks(sound.wave, shown))), level_of(speech)
    clipped = np.abs(sound.raw) >= CLIPPED
    natives = {
        Measure.ROOM_NOISE: noise,
        Measure.SIGNAL_TO_NOISE: level - noise,
        Measure.CLIPPING: float(clipped.mean()) * sound.seconds / max(speech_seconds(spoken), 0.1),
        Measure.SOUND_LEVEL: level,
        Measure.SPEECH_LENGTH: speech_seconds(spoken),
        Measure.BANDWIDTH: min(bandwidth(speech, room), sound.rate / 2),
    }
    return natives if one_voice is None else natives | {Measure.ONE_VOICE: one_voice}


def assess(natives: Mapping[Measure, float], gates: VoiceGates, one_voice: float = USUAL_ONE_VOICE) -> Quality:
    """Quality components and unified quality of a take: the geometric mean of the components, so that a bad one is not
    made up for. ``one_voice`` is the least cosine between the parts of one speaker's take, by the encoder in use."""
    shifted = dict(natives)
    if Measure.ONE_VOICE in shifted:
        shifted[Measure.ONE_VOICE] += USUAL_ONE_VOICE - one_voice
    components = tuple(_component(scale, shifted.get(scale.measure), gates) for scale in SCALES)
    known = [max(component.value, 1) for component in components if component.value != FAILURE_TO_ASSESS]
    return Quality(round(float(np.exp(np.mean(np.log(known))))), components)


def quality_without_speech(sound: Sound) -> Quality:
    """Quality of a take in which no speech was found: not assessed, with one hint on what to do about it."""
    component = QualityComponent(Measure.SPEECH_LENGTH, 0, 0.0, Hint.SPEAK_LOUDER, passed=False)
    room = QualityComponent(Measure.ROOM_NOISE, SCALES[0].value(level_of(sound.wave)), level_of(sound.wave))
    return Quality(FAILURE_TO_ASSESS, (room, component))


def unusable_reason(judged: Quality) -> Reason | None:
    """Why a voice take is not usable: the specific reason of a failed component, or poor quality; None where it is
    usable. A loud room goes first: it hides the highest tones too, and nothing may be said of who spoke there."""
    failed = {component.measure for component in judged.components if not component.passed}
    for wanted, reason in (
        (Measure.SIGNAL_TO_NOISE, Reason.ROOM_TOO_LOUD),
        (Measure.ROOM_NOISE, Reason.ROOM_TOO_LOUD),
        (Measure.BANDWIDTH, Reason.NARROW_BAND),
        (Measure.ONE_VOICE, Reason.SEVERAL_VOICES),
        (Measure.SPEECH_LENGTH, Reason.TOO_LITTLE_SPEECH),
    ):
        if wanted in failed:
            return reason
    return Reason.POOR_QUALITY if failed else None


def background_sound(wave: Wave, spoken: tuple[SpeechSegment, ...], shown: tuple[float, ...] = ()) -> Wave:
    """The background of a take: the sound before the first word, and before the first digit was ``shown`` (seconds), as
    the speech detector may pass over a word; where that is too short, that between the words too; where that is, the
    quietest tenth."""
    starts = [segment.start for segment in spoken[:1]] + [round(mark * p.RATE) for mark in shown[:1]]
    first = min(starts, default=len(wave))
    if first >= NOISE_BEFORE_SECONDS * p.RATE:
        return wave[:first]
    edges = [0, *(edge for segment in spoken for edge in (segment.start, segment.end)), len(wave)]
    gaps = [wave[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    between = np.concatenate(gaps)
    if len(between) >= NOISE_BEFORE_SECONDS * p.RATE:
        return between
    blocks = wave[: len(wave) // p.HOP * p.HOP].reshape(-1, p.HOP)
    quiet = np.argsort(np.mean(blocks**2, axis=1))[: max(1, len(blocks) // 10)]
    return blocks[np.sort(quiet)].reshape(-1)


def sound_before_marks(wave: Wave, shown: tuple[float, ...]) -> Wave:
    """What is heard in the pauses before the digits of a prompt appear, joined: before the first one all of it, of the
    others not the loudest, in which the subject may have spoken late."""
    early, late = BEFORE_MARK_SECONDS
    ends = [max(0, round((mark - late) * p.RATE)) for mark in shown]
    pauses = [wave[max(0, end - round((early - late) * p.RATE)) : end] for end in ends[1:]]
    quieter = sorted(pauses, key=level_of)[:-1]
    return np.concatenate([wave[: ends[0] if ends else 0], *quieter])


def level_of(wave: Wave) -> float:
    """Root mean square level of a wave in dB below full scale."""
    if not len(wave):
        return p.SILENCE_DBFS
    return max(p.SILENCE_DBFS, float(10 * np.log10(np.mean(wave.astype(np.float64) ** 2) + 1e-12)))


def bandwidth(speech: Wave, room: Wave) -> float:
    """Bandwidth of the speech: its highest frequency (Hz) within 50 dB of its strongest band, and above the room."""
    bands = spectrum(speech)
    heard = 10 * np.log10(bands + 1e-12)
    least = np.maximum(heard.max() - BAND_DEPTH_DB, 10 * np.log10(spectrum(room) + 1e-12) + BAND_FLOOR_DB)
    passed = np.flatnonzero(heard >= least)
    return float((passed[-1] + 1) * BAND_STEP_HZ) if len(passed) else 0.0


def spectrum(wave: Wave) -> NDArray[np.float64]:
    """Mean power of a wave in bands of 250 Hz, (32,)."""
    padded = wave if len(wave) >= p.FFT else np.pad(wave, (0, p.FFT - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, p.FFT)[:: p.FFT // 2]
    power = np.mean(np.abs(np.fft.rfft(frames * np.hanning(p.FFT), axis=1)) ** 2, axis=0)[:-1] / p.FFT
    return np.asarray(power.reshape(-1, round(BAND_STEP_HZ * p.FFT / p.RATE)).mean(axis=1))


def _component(scale: QualityScale, native: float | None, gates: VoiceGates) -> QualityComponent:
    if native is None:
        return QualityComponent(scale.measure, FAILURE_TO_ASSESS, 0.0)
    hint, passed = scale.hint, native >= getattr(gates, scale.measure.value)
    if scale.measure in (Measure.ROOM_NOISE, Measure.CLIPPING):
        passed = native <= getattr(gates, scale.measure.value)
    elif scale.measure is Measure.SOUND_LEVEL and native > gates.sound_level_limit:
        hint, passed = Hint.SPEAK_SOFTER, False
    gate = scale.value(getattr(gates, scale.measure.value))
    return QualityComponent(scale.measure, scale.value(native), native, hint, passed, gate)
