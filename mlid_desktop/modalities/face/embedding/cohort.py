"""Cohort statistics: what is known of strangers' faces, by which one threshold means nearly the same for everybody."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.vectors import unit_rows

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FaceCohort:
    """Statistics of strangers' faces that embeddings are normalised with: ``mean`` (d,) of their unit embeddings, and
    ``centres`` (m, d) of the clusters around it, each the mean of several people. ``digest`` is the SHA-256 of the file
    and part of the extractor's identity. No vector of a person is in them. How they were made: docs/face.md.

    ``axis`` (d,) with ``axis_offset`` is a direction at whose upper end (from 1) strangers are confused with one
    another more often than at its lower end (to -1) at one threshold; ``axis_share`` is by how much scores are lowered
    and raised there. It was learnt from women and men; nothing that it says of a face is kept or shown.
    """

    mean: NDArray[np.float32]
    centres: Rows
    digest: str
    axis: NDArray[np.float32] | None = None
    axis_offset: float = 0.0
    axis_share: float = 0.0

    def normalise(self, embeddings: Rows) -> Rows:
        """The (n, d + 1) normalised form of (n, d) embeddings: centred, of length 1; then how many similar strangers
        there are, by which the scores are lowered, so that people who look like many others are not taken for one
        another more often (symmetric adaptive score normalisation: R. Auckenthaler et al. 2000; S. Cumani et al. 2011;
        with the means of neighbourhoods in place of a list of strangers)."""
        centred = unit_rows(unit_rows(embeddings) - self.mean)
        cosines = centred @ self.centres.T
        nearest = np.partition(cosines, cosines.shape[1] - p.NEIGHBOURHOODS, axis=1)[:, -p.NEIGHBOURHOODS :]
        crowding = p.CROWDING_SHARE * nearest.mean(axis=1, keepdims=True)
        if self.axis is not None:
            along = np.clip(centred @ self.axis + self.axis_offset, -1.0, 1.0)
            crowding += self.axis_share * along[:, None]
        return np.hstack([centred, crowding]).astype(np.float32)


def load_cohort(path: Path, size: int) -> FaceCohort:
    """The face cohort statistics in a file, of embeddings of ``size`` numbers. Raises ModelError(MODEL_MISSING or
    MODEL_UNUSABLE)."""
    try:
        untrusted = path.read_bytes()
    except OSError:
        raise ModelError(Code.MODEL_MISSING, role="face-cohort") from None
    return read_cohort(untrusted, size)


def read_cohort(untrusted: bytes, size: int) -> FaceCohort:
    """The checked cohort statistics for faces in an ``.npz`` file. Raises ModelError(MODEL_UNUSABLE) for anything
    else."""
    try:
        mean, centres, axis, (offset, share) = _arrays(untrusted, size)
    except Exception as fault:  # noqa: BLE001 - whatever a hostile archive provokes in the reader means the same
        raise ModelError(Code.MODEL_UNUSABLE, role="face-cohort", why=type(fault).__name__) from None
    return FaceCohort(mean, centres, hashlib.sha256(untrusted).hexdigest(), axis, offset, share)


def _arrays(
    untrusted: bytes, size: int
) -> tuple[NDArray[np.float32], Rows, NDArray[np.float32] | None, tuple[float, float]]:
    if len(untrusted) > p.MAX_COHORT_BYTES:
        raise ValueError("too large")
    with np.load(io.BytesIO(untrusted), allow_pickle=False) as content:
        mean, centres = (content[name].astype(np.float32) for name in ("mean", "centres"))
        axis, levels = None, np.zeros(2)
        if "axis" in content:
            axis, levels = content["axis"].astype(np.float32), content["axis_levels"].astype(np.float64)
    if mean.shape != (size,) or centres.ndim != 2 or centres.shape[1] != size or len(centres) < p.NEIGHBOURHOODS:
        raise ValueError("shape")
    if (axis is not None and axis.shape != (size,)) or levels.shape != (2,):
        raise ValueError("shape")
    if not all(np.isfinite(values).all() for values in (mean, centres, levels, np.zeros(1) if axis is None else axis)):
        raise ValueError("values")
    return mean, centres, axis, (float(levels[0]), float(levels[1]))
