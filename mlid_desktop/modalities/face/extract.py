"""Makes a face template of an aligned face: the network's embedding, normalised against a cohort, as 515 bytes."""

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
from mlid_desktop.modalities.vectors import unit_vector
from mlid_desktop.models.session import ModelSession

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FaceCohort:
    """Statistics of strangers' faces that embeddings are normalised with: ``mean`` (256,) of their unit embeddings, and
    ``centres`` (m, 256) of the clusters around it, each the mean of several people. ``digest`` is the SHA-256 of the
    file and part of the extractor's identity. No vector of a person is in them. How they were made: docs/face.md.
    """

    mean: Vector
    centres: NDArray[np.float32]
    digest: str

    def normalise(self, embedding: Vector) -> Vector:
        """The (257,) template vector of a (256,) embedding: centred, of length 1; then how many similar strangers there
        are, by which the scores are lowered, so that people who look like many others are not taken for one another
        more often (symmetric adaptive score normalisation: R. Auckenthaler et al. 2000; S. Cumani et al. 2011; with the
        means of neighbourhoods in place of a list of strangers)."""
        centred = unit_vector(unit_vector(embedding) - self.mean)
        nearest = np.partition(self.centres @ centred, len(self.centres) - p.NEIGHBOURHOODS)[-p.NEIGHBOURHOODS :]
        return np.append(centred, np.float32(p.CROWDING_SHARE * nearest.mean())).astype(np.float32)


def read_cohort(untrusted: bytes) -> FaceCohort:
    """The checked cohort statistics for faces in an ``.npz`` file. Raises ModelError(MODEL_UNUSABLE) for anything
    else."""
    try:
        mean, centres = _arrays(untrusted)
    except Exception as fault:  # noqa: BLE001 - whatever a hostile archive provokes in the reader means the same
        raise ModelError(Code.MODEL_UNUSABLE, role="face-cohort", why=type(fault).__name__) from None
    return FaceCohort(mean, centres, hashlib.sha256(untrusted).hexdigest())


def _arrays(untrusted: bytes) -> tuple[Vector, NDArray[np.float32]]:
    if len(untrusted) > p.MAX_COHORT_BYTES:
        raise ValueError("too large")
    with np.load(io.BytesIO(untrusted), allow_pickle=False) as content:
        mean, centres = (content[name].astype(np.float32) for name in ("mean", "centres"))
    size = p.EMBEDDING_SIZE
    if mean.shape != (size,) or centres.ndim != 2 or centres.shape[1] != size or len(centres) < p.NEIGHBOURHOODS:
        raise ValueError("shape")
    if not (np.isfinite(mean).all() and np.isfinite(centres).all()):
        raise ValueError("values")
    return mean, centres


class Embedder:
    """Runs the face embedding network on an aligned face."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._input = np.empty((1, 3, p.ALIGNED_SIDE, p.ALIGNED_SIDE), np.float32)

    def embed(self, aligned: Image) -> Vector:
        """The (256,) embedding of a (128, 128, 3) BGR face, not normalised."""
        fill_planes(self._input[0], aligned)
        return np.asarray(self._session.run(self._input)[0][0], np.float32)


class MirroredEmbedder:
    """Runs the face embedding network on an aligned face and its mirror image in one batch: for a small network the
    mean of both is closer to that of the network it was distilled from (twice the work, a sixth fewer errors)."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._input = np.empty((2, 3, p.ALIGNED_SIDE, p.ALIGNED_SIDE), np.float32)

    def embed(self, aligned: Image) -> Vector:
        """The (256,) sum of both unit embeddings of a (128, 128, 3) BGR face."""
        fill_planes(self._input[0], aligned)
        self._input[1] = self._input[0, :, :, ::-1]
        straight, mirrored = np.asarray(self._session.run(self._input)[0], np.float32)
        return np.asarray(unit_vector(straight) + unit_vector(mirrored), np.float32)


def encode(vector: Vector) -> bytes:
    """A face template's payload: one version byte, then 257 little-endian float16; half precision changes a score by
    less than 0.001."""
    return bytes([p.PAYLOAD_VERSION]) + vector.astype("<f2").tobytes()


def decode(untrusted_payload: bytes) -> Vector:
    """The (257,) float32 vector in a face template's payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if len(untrusted_payload) != 1 + 2 * (p.EMBEDDING_SIZE + 1):
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="length")
    if untrusted_payload[0] != p.PAYLOAD_VERSION:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="version")
    vector = np.frombuffer(untrusted_payload, "<f2", offset=1).astype(np.float32)
    off_length = abs(float(np.linalg.norm(vector[: p.EMBEDDING_SIZE])) - 1.0)
    if not np.isfinite(vector).all() or off_length > p.NORM_TOLERANCE or abs(float(vector[-1])) > p.CROWDING_SHARE:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="norm")
    return vector
