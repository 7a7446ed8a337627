"""Synthesises one digit said by one speaker: targets over time, a source of pulses and noise, a tract that shapes it.

The tract is a cascade of resonators (Klatt 1980, equation 1) applied frame by frame to the spectrum of overlapping
pieces, which is cheap in numpy and has no jumps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.voice.phones import DIGITS, PHONES
from mlid_desktop.synthetic.voice.speaker import Speaker

Track = NDArray[np.float64]

RATE = 16_000
STEP = 80  # 5 ms between frames of targets
PIECE = 4 * STEP  # each filtered piece, Hann-windowed
SPECTRUM = 1024
UPPER_FORMANTS = (3500.0, 4500.0, 5500.0)  # Hz, of a tract of 17 cm
BANDWIDTHS = (60.0, 90.0, 150.0, 200.0, 250.0, 300.0)
GLIDE_S, ONSET_S = 0.022, 0.008  # how quickly formants and amplitudes follow
OPEN_SHARE = 0.6  # of a glottal cycle (A. E. Rosenberg, JASA 49(2B), 1971: the pulse's rise and fall)
RISE_SHARE = 0.4
LOUDNESS = 0.08  # root mean square of a digit
FADE_S = 0.01


def speak(speaker: Speaker, digit: int, time: int) -> NDArray[np.float32]:
    """The wave (n,) float32 in [-1, 1] at 16 kHz of a digit as said the first, second, ... ``time``; the same for the
    same arguments."""
    chance = np.random.default_rng([speaker.seed, 1, digit, time])
    targets = _targets(speaker, digit, chance)
    frames = len(targets["voiced"])
    pulses = _pulses(speaker, frames, chance)
    noise = chance.normal(0.0, 1.0, frames * STEP)
    voiced = pulses * _per_sample(targets["voiced"])
    air = noise * (_per_sample(targets["breath"]) + speaker.breath * _per_sample(targets["voiced"]))
    wave = _shaped(voiced + air, _tract(targets["formants"], speaker))
    hissed = noise * _per_sample(targets["hiss"])
    wave += _shaped(hissed, _narrow(targets["centre"], targets["width"]))
    return _finished(wave, chance)


def _targets(speaker: Speaker, digit: int, chance: np.random.Generator) -> dict[str, Track]:
    """The formants (frames, 3) and the other targets (frames,) of a word, smoothed as a tongue moves."""
    rows: dict[str, list[float]] = {name: [] for name in ("voiced", "breath", "hiss", "centre", "width")}
    formants: list[tuple[float, float, float]] = []
    pace = speaker.pace * np.exp(chance.normal(0, 0.05))
    drift = np.exp(chance.normal(0, 0.015, 3))
    for name in DIGITS[digit]:
        phone, accent = PHONES[name], speaker.accent[name]
        seconds = phone.seconds * speaker.length[name] * np.exp(chance.normal(0, 0.06)) / pace
        count = max(2, round(seconds * RATE / STEP))
        resonances = [phone.formants[k] * accent[k] * drift[k] / speaker.tract for k in range(3)]
        formants += [(resonances[0], resonances[1], resonances[2])] * count
        rows["voiced"] += [phone.voiced] * count
        rows["breath"] += [phone.breath] * count
        rows["hiss"] += [phone.hiss * speaker.hiss] * count
        rows["centre"] += [phone.centre * speaker.hiss] * count
        rows["width"] += [phone.width] * count
    tracks = {name: _smoothed(np.array(values), ONSET_S) for name, values in rows.items()}
    table = np.array(formants)
    return tracks | {"formants": np.stack([_smoothed(table[:, k], GLIDE_S) for k in range(3)], axis=1)}


def _smoothed(values: Track, seconds: float) -> Track:
    reach = round(3 * seconds * RATE / STEP)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / RATE / seconds) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def _pulses(speaker: Speaker, frames: int, chance: np.random.Generator) -> Track:
    """The pulses of the voice: the flow through the vocal folds, differentiated, with the speaker's tilt."""
    length = frames * STEP
    along = np.linspace(0.0, 1.0, length)
    wander = np.interp(along, np.linspace(0, 1, 6), chance.normal(0, 0.02, 6))
    pitch = speaker.pitch * np.exp(chance.normal(0, 0.04) - speaker.fall * (along - 0.5) + wander)
    phase = np.cumsum(pitch) / RATE % 1.0
    rising = phase < RISE_SHARE
    opening = 0.5 * (1.0 - np.cos(np.pi * phase / RISE_SHARE))
    closing = np.cos(0.5 * np.pi * (phase - RISE_SHARE) / (OPEN_SHARE - RISE_SHARE))
    flow = np.where(rising, opening, np.where(phase < OPEN_SHARE, closing, 0.0))
    change = np.diff(flow, prepend=0.0)
    spectrum = np.fft.rfft(change)
    damped = 1.0 / np.abs(1.0 - speaker.tilt * np.exp(-2j * np.pi * np.fft.rfftfreq(length)))
    tilted = np.fft.irfft(spectrum * damped, length)
    return np.asarray(tilted / max(float(np.std(tilted)), 1e-9))


def _tract(formants: Track, speaker: Speaker) -> NDArray[np.complex128]:
    """Frequency response (frames, SPECTRUM / 2 + 1) of all resonances one after another, lips included."""
    turn = np.exp(-2j * np.pi * np.arange(SPECTRUM // 2 + 1) / SPECTRUM)
    upper = np.tile(np.array(UPPER_FORMANTS) / speaker.tract, (len(formants), 1))
    response = np.ones((len(formants), SPECTRUM // 2 + 1), np.complex128)
    for index, centre in enumerate(np.concatenate([formants, upper], axis=1).T):
        if float(centre.min()) > 0.47 * RATE:
            continue
        radius = np.exp(-np.pi * BANDWIDTHS[index] * speaker.damping / RATE)
        cosine = np.cos(2 * np.pi * np.minimum(centre, 0.47 * RATE) / RATE)
        first, second = (2 * radius * cosine)[:, None], -(radius**2)
        response *= (1.0 - first - second) / (1.0 - first * turn - second * turn**2)
    lips = 1.0 - 0.9 * turn
    return np.asarray(response * lips)


def _narrow(centre: Track, width: Track) -> NDArray[np.complex128]:
    """Frequency response (frames, SPECTRUM / 2 + 1) of hissing air: a hill around the frequency of the narrow part of
    the tract."""
    hertz = np.arange(SPECTRUM // 2 + 1) * RATE / SPECTRUM
    far = (hertz - centre[:, None]) / (0.5 * width[:, None])
    return np.asarray(1.0 / np.sqrt(1.0 + far**4), np.complex128)


def _shaped(source: Track, response: NDArray[np.complex128]) -> Track:
    """Filters each piece of the source by the response of its frame, and adds up all pieces."""
    frames = len(response)
    padded = np.pad(source, (PIECE // 2, PIECE // 2))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, PIECE)[::STEP][:frames]
    window = np.hanning(PIECE + 1)[:-1] / (PIECE / STEP / 2)
    shaped = np.fft.irfft(np.fft.rfft(pieces * window, SPECTRUM, axis=1) * response, SPECTRUM, axis=1)
    wave = np.zeros(len(padded) + SPECTRUM)
    for frame in range(frames):
        wave[frame * STEP : frame * STEP + SPECTRUM] += shaped[frame]
    return wave[PIECE // 2 : PIECE // 2 + len(source)]


def _per_sample(track: Track) -> Track:
    positions = np.arange(len(track) * STEP) / STEP
    return np.interp(positions, np.arange(len(track)), track)


def _finished(wave: Track, chance: np.random.Generator) -> NDArray[np.float32]:
    """The wave at a usual loudness, faded in and out."""
    loud = LOUDNESS * np.exp(chance.normal(0, 0.1)) / max(float(np.sqrt(np.mean(wave**2))), 1e-9)
    fade = np.minimum(1.0, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / (FADE_S * RATE))
    return np.asarray(np.clip(wave * loud * fade, -0.95, 0.95), np.float32)
