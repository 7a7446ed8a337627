"""Computes a speaker's embedding from speech, normalised against a cohort of strangers."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.vectors import unit_rows, unit_vector
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.features import encoder_features, filter_bank_features
from mlid_desktop.modalities.voice.sound import Wave
from mlid_desktop.models.session import ModelSession

Vector = NDArray[np.float32]


class Encoder:
    """Runs a speaker embedding network. Its input is stated in the facts of its manifest entry: filter banks of the
    whole recording (CAM++ and its alternatives), or MFCC in short windows (BiLSTM, the one before)."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._windowed = "filter bank" not in str(session.facts.get("features", ""))
        self._frames = _number(session.facts.get("window_frames"), p.ENCODER_FRAMES)

    @property
    def role(self) -> str:
        """The role of the network's model."""
        return self._session.entry.role

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the network's file."""
        return self._session.sha256

    def embed(self, wave: Wave) -> Vector:
        """The unit (d,) embedding of 16 kHz sound that holds at least ``MIN_SPEECH_SECONDS`` of speech."""
        return unit_vector(self.window_embeddings(wave).mean(axis=0))

    def window_embeddings(self, wave: Wave) -> NDArray[np.float32]:
        """Unit embeddings (n, d) whose mean is the recording's: one for each window, at each of three levels."""
        heard = wave[: p.MAX_ENCODED_SECONDS * p.RATE]
        if not self._windowed:
            return unit_rows(self._session.run(filter_bank_features(heard)[None])[0].reshape(1, -1))
        level = max(float(np.sqrt(np.mean(heard.astype(np.float64) ** 2))), 1e-6)
        embeddings = []
        for gain in p.ENCODER_LEVELS:
            scaled = (heard * np.float32(gain * p.ENCODER_RMS / level)).astype(np.float32)
            embeddings.append(self._session.run(_windows(encoder_features(scaled), self._frames))[0])
        return unit_rows(np.concatenate(embeddings))

    def consecutive_embeddings(self, wave: Wave) -> NDArray[np.float32]:
        """Unit embeddings (n, d) of consecutive windows that do not overlap, to tell who speaks when."""
        length = self._frames * p.ENCODER_HOP if self._windowed else round(p.MIN_SPEECH_SECONDS * p.RATE)
        starts = range(0, max(1, len(wave) - length + 1), length)
        return np.stack([self.embed(wave[start : start + length]) for start in starts])


@dataclass(frozen=True, slots=True, eq=False)
class VoiceCohort:
    """Statistics of strangers' voices that the embeddings of one encoder are normalised with: ``mean`` (d,) of their
    unit embeddings, ``turn`` (d, d) that makes the within-speaker variation equally wide in all directions, and
    ``voices`` (m, d) after both. ``digest`` is the SHA-256 of the file and part of the extractor's identity. How they
    were made: docs/voice.md.
    """

    mean: Vector
    turn: NDArray[np.float32]
    voices: NDArray[np.float32] = field(repr=False)
    digest: str

    def normalise(self, embedding: Vector) -> Vector:
        """The (d + 1,) template vector of a (d,) embedding: centred and turned (A. Hatch, S. Kajarekar and A. Stolcke,
        "Within-class covariance normalization", Interspeech 2006), of length 1; then half the similarity of the nearest
        voices of the cohort, by which both sides' scores are lowered (symmetric adaptive score normalisation: R.
        Auckenthaler et al. 2000; S. Cumani et al. 2011)."""
        turned = unit_vector((unit_vector(embedding) - self.mean) @ self.turn)
        near = min(p.NEAREST_COHORT, len(self.voices))
        nearest = np.partition(self.voices @ turned, len(self.voices) - near)[-near:]
        return np.append(turned, np.float32(p.CROWDING_SHARE * nearest.mean())).astype(np.float32)


def empty_cohort(size: int) -> VoiceCohort:
    """A cohort for an encoder that none was made for: scores are plain cosines."""
    return VoiceCohort(np.zeros(size, np.float32), np.eye(size, dtype=np.float32), np.zeros((1, size), np.float32), "")


def read_cohort(untrusted: bytes) -> VoiceCohort:
    """The checked voice cohort statistics in an ``.npz`` file. Raises ModelError(MODEL_UNUSABLE) for anything else."""
    try:
        mean, turn, voices = _arrays(untrusted)
    except Exception as fault:  # noqa: BLE001 - whatever a hostile archive provokes in the reader means the same
        raise ModelError(Code.MODEL_UNUSABLE, role="voice-cohort", why=type(fault).__name__) from None
    return VoiceCohort(mean, turn, voices, hashlib.sha256(untrusted).hexdigest())


def _arrays(untrusted: bytes) -> tuple[Vector, NDArray[np.float32], NDArray[np.float32]]:
    if len(untrusted) > p.MAX_COHORT_BYTES:
        raise ValueError("too large")
    with np.load(io.BytesIO(untrusted), allow_pickle=False) as content:
        mean, turn, voices = (content[name].astype(np.float32) for name in ("mean", "turn", "voices"))
    size = len(mean)
    if mean.ndim != 1 or not 2 <= size <= p.MAX_EMBEDDING or turn.shape != (size, size):
        raise ValueError("shape")
    if voices.ndim != 2 or voices.shape[1] != size or not 1 <= len(voices) <= p.MAX_COHORT_ROWS:
        raise ValueError("shape")
    if not all(np.isfinite(array).all() for array in (mean, turn, voices)):
        raise ValueError("values")
    return mean, turn, voices


def _windows(frames: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Windows (n, length, c) of the features, one every ENCODER_FINE_STEP frames; short speech is repeated up to one
    window."""
    if len(frames) < length:
        frames = np.concatenate([frames] * -(-length // len(frames)))[:length]
    views = np.lib.stride_tricks.sliding_window_view(frames, length, axis=0)[:: p.ENCODER_FINE_STEP]
    return np.ascontiguousarray(views.transpose(0, 2, 1), np.float32)


def _number(fact: object, otherwise: int) -> int:
    return fact if isinstance(fact, int) and 1 <= fact <= p.MAX_EMBEDDING_INPUT_FRAMES else otherwise
