"""From an aligned face to a template: the network's embedding, normalised against a cohort, as 513 bytes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import fill_planes
from mlid_desktop.models.session import ModelSession

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """How strangers lie around the origin of the embedding: second-order statistics of one face of each of many people.

    ``mean`` (256,) of their unit embeddings; ``spread`` (256, 256), the square root of the second moment of what is
    left without the mean, so that ``|spread @ x|`` is the standard deviation of strangers' scores against ``x``;
    ``typical`` is that deviation on average. ``digest`` is the SHA-256 of the file and part of the extractor's
    identity. No vector of a person can be had from them. How they were made: docs/face.md.
    """

    mean: Vector
    spread: NDArray[np.float32]
    typical: float
    digest: str

    def place(self, embedding: Vector) -> Vector:
        """The template vector of a (256,) embedding: centred, of length 1, then scaled so that strangers' scores spread
        alike for every face (symmetric score normalisation, R. Auckenthaler et al., "Score normalization for
        text-independent speaker verification systems", 2000; with the statistics in place of a cohort, and the
        geometric in place of the arithmetic mean, the normalised score is a plain inner product)."""
        centred = unit(unit(embedding) - self.mean)
        deviation = max(float(np.linalg.norm(self.spread @ centred)), self.typical / p.MAX_NORM**2)
        return np.asarray(centred * np.sqrt(self.typical / deviation), np.float32)


def read_cohort(untrusted: bytes) -> Cohort:
    """The checked statistics of an ``.npz`` file. Raises ModelError(MODEL_UNUSABLE) for anything else."""
    try:
        mean, spread, typical = _arrays(untrusted)
    except Exception as fault:  # noqa: BLE001 - whatever a hostile archive provokes in the reader means the same
        raise ModelError(Code.MODEL_UNUSABLE, role="face-cohort", why=type(fault).__name__) from None
    return Cohort(mean, spread, typical, hashlib.sha256(untrusted).hexdigest())


def _arrays(untrusted: bytes) -> tuple[Vector, NDArray[np.float32], float]:
    if len(untrusted) > p.MAX_COHORT_BYTES:
        raise ValueError("too large")
    with np.load(io.BytesIO(untrusted), allow_pickle=False) as content:
        mean, spread, typical = (content[name].astype(np.float32) for name in ("mean", "spread", "typical"))
    size = p.EMBEDDING_SIZE
    if (mean.shape, spread.shape, typical.shape) != ((size,), (size, size), ()):
        raise ValueError("shape")
    if not (np.isfinite(mean).all() and np.isfinite(spread).all() and typical > 0):
        raise ValueError("values")
    return mean, spread, float(typical)


class Embedder:
    """Runs the network on an aligned face."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._input = np.empty((1, 3, p.ALIGNED_SIDE, p.ALIGNED_SIDE), np.float32)

    def embed(self, aligned: Image) -> Vector:
        """The (256,) embedding of a (128, 128, 3) BGR face, of the length the network gives it."""
        fill_planes(self._input[0], aligned)
        return np.asarray(self._session.run(self._input)[0][0], np.float32)


def unit(vector: Vector) -> Vector:
    """The same direction at length 1; a null vector stays null."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def encode(vector: Vector) -> bytes:
    """One version byte, then 256 little-endian float16: half precision changes a score by less than 0.001."""
    return bytes([p.PAYLOAD_VERSION]) + vector.astype("<f2").tobytes()


def decode(untrusted_payload: bytes) -> Vector:
    """The (256,) float32 vector in a payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if len(untrusted_payload) != 1 + 2 * p.EMBEDDING_SIZE:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="length")
    if untrusted_payload[0] != p.PAYLOAD_VERSION:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="version")
    vector = np.frombuffer(untrusted_payload, "<f2", offset=1).astype(np.float32)
    if not np.isfinite(vector).all() or not p.MIN_NORM <= float(np.linalg.norm(vector)) <= p.MAX_NORM:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="norm")
    return vector
