"""The baseline of every face report: the embedding model used plainly, on one detection and one picture."""

from __future__ import annotations

import numpy as np

from mlid_desktop.domain.samples import FrameSample, Sample
from mlid_desktop.evaluation.metrics import Scores
from mlid_desktop.evaluation.observations import Embed
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.embedding.extract import Embedder
from mlid_desktop.modalities.face.pipeline import most_central
from mlid_desktop.models.store import ModelStore

BASELINE = "single image, alignment on the detector's five points, cosine"


def open_plain_embedder(store: ModelStore) -> Embed:
    """Opens the baseline embedder, which embeds the face nearest the middle: landmarks as first detected, no mirrored
    copy, nothing learnt on top. Raises ModelError where a model is missing."""
    detector = FaceDetector(store.open("face-detector-dynamic"))
    embedder = Embedder(store.open("face-embedding"))

    def embed(sample: Sample) -> Scores | None:
        if not isinstance(sample, FrameSample):
            return None
        faces = detector.find(sample.image)
        if not faces:
            return None
        face = most_central(faces, sample.image.shape[:2])
        return embedder.embed(align(sample.image, face.points)).astype(np.float64)

    return embed
