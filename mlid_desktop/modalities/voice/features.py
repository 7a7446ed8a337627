"""Short-time spectra of speech in three forms: for the default encoder, for its alternatives, and for digits."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.sound import Wave

Frames = NDArray[np.float32]


def encoder_features(wave: Wave) -> Frames:
    """MFCC (frames, 40) of 16 kHz sound just as the BiLSTM encoder was trained: see its entry in the manifest."""
    half = p.ENCODER_WINDOW // 2
    padded = np.pad(wave, (half, half))
    power = power_frames(padded, np.hanning(p.ENCODER_WINDOW + 1)[:-1], p.ENCODER_HOP, p.ENCODER_WINDOW)
    levels = 10.0 * np.log10(np.maximum(power @ slaney_filters().T, p.ENCODER_FLOOR))
    levels = np.maximum(levels, levels.max() - p.ENCODER_RANGE_DB)
    return np.asarray(dct(levels, type=2, norm="ortho", axis=1)[:, : p.ENCODER_COEFFICIENTS], np.float32)


def filter_bank_features(wave: Wave) -> Frames:
    """Log mel energies (frames, 80) of 16 kHz sound less their mean over the recording, as CAM++ and WeSpeaker take
    them (frames of 25 ms every 10 ms, pre-emphasis 0.97, the window of Kaldi's ``compute-fbank-feats``)."""
    emphasised = np.append(wave[:1], wave[1:] - p.PRE_EMPHASIS * wave[:-1])
    window = np.hanning(p.FRAME) ** 0.85  # Kaldi calls this one "povey"
    power = power_frames(emphasised, window, p.HOP, p.FFT)
    levels = np.log(np.maximum(power @ mel_filters(80, 20.0, 8000.0).T, np.finfo(np.float32).eps))
    return np.asarray(levels - levels.mean(axis=0), np.float32)


def digit_features(wave: Wave) -> Frames:
    """Cepstra (frames, DIGIT_COEFFICIENTS) for comparing digits, of the band that every microphone and line passes, not
    yet normalised. The first one, the loudness, is kept: how it rises and falls tells digits apart."""
    emphasised = np.append(wave[:1], wave[1:] - p.PRE_EMPHASIS * wave[:-1])
    power = power_frames(emphasised, np.hamming(p.FRAME), p.HOP, p.FFT)
    filters = mel_filters(p.DIGIT_BANDS, p.DIGIT_LOW_HZ, p.DIGIT_HIGH_HZ)
    levels = np.log(power @ filters.T + p.DIGIT_FLOOR)
    return np.asarray(dct(levels, type=2, norm="ortho", axis=1)[:, : p.DIGIT_COEFFICIENTS], np.float32)


def power_frames(wave: Wave, window: NDArray[np.float64], hop: int, size: int) -> NDArray[np.float64]:
    """Power spectrum (frames, size / 2 + 1) of windowed frames; a shorter wave is padded to one frame."""
    if len(wave) < len(window):
        wave = np.pad(wave, (0, len(window) - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, len(window))[::hop]
    return np.asarray(np.abs(np.fft.rfft(frames * window, size, axis=1)) ** 2)


@cache
def mel_filters(bands: int, low: float, high: float) -> NDArray[np.float64]:
    """Triangular filters (bands, FFT / 2 + 1), evenly spread on the mel scale of O'Shaughnessy (1127 ln(1 + f /
    700))."""
    edges = np.linspace(1127 * np.log1p(low / 700), 1127 * np.log1p(high / 700), bands + 2)
    mel_bins = 1127 * np.log1p(np.fft.rfftfreq(p.FFT, 1 / p.RATE) / 700)
    rising = (mel_bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel_bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)))


@cache
def slaney_filters() -> NDArray[np.float64]:
    """Triangular filters (128, 1025) of equal area on M. Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz
    in steps of 200/3 Hz, then 27 steps a factor of 6.4."""
    step, knee, ratio = 200.0 / 3, 1000.0, np.log(6.4) / 27
    top = knee / step + np.log(p.RATE / 2 / knee) / ratio
    mels = np.linspace(0.0, top, p.ENCODER_BANDS + 2)
    edges = np.where(mels < knee / step, mels * step, knee * np.exp(ratio * (mels - knee / step)))
    frequencies = np.fft.rfftfreq(p.ENCODER_WINDOW, 1 / p.RATE)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None])
