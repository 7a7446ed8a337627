"""``python -m tests.bench.make_face_cohort LFW_TRAIN_TAR MODELS_DIR OUT``: makes
``resources/face/cohort-retail-0095.npz``.

One face each of the people of ``lfw_train.tar`` whose name's SHA-256 begins with a byte below 128; the other half stays
unseen, for calibration. The same bytes come out every time.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.extract import Embedder
from mlid_desktop.modalities.face.pipeline import most_central
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore

ROOT = Path(__file__).resolve().parents[2]
CENTRES = 128
ROUNDS = 60
LEAST_MEMBERS = 5


def main() -> None:
    """Reads, embeds, sums up, writes."""
    archive, models, out = (Path(argument) for argument in sys.argv[1:4])
    store = ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), models, threads=1)
    detector, embedder = FaceDetector(store.open("face-detector-dynamic")), Embedder(store.open("face-embedding"))
    rows = []
    for image in one_each(archive):
        faces = detector.find(image)
        if faces:
            face = detector.measure_close_up(image, most_central(faces, image.shape[:2])).face
            rows.append(embedder.embed(align(image, face.points)).astype(np.float64))
    units = unit_rows(np.array(rows))
    mean = units.mean(axis=0)
    centres = neighbourhoods(unit_rows(units - mean))
    np.savez_compressed(out, mean=mean.astype("<f2"), centres=centres.astype("<f2"))
    print(f"{len(rows)} people, {len(centres)} neighbourhoods, {out.stat().st_size} bytes")


def neighbourhoods(centred: np.ndarray) -> np.ndarray:
    """Middles of groups of people alike (k-means on the sphere from spread-out starts); those of fewer than
    ``LEAST_MEMBERS`` people are left out, so that none stands for a person."""
    centres = spread_out(centred)
    for _ in range(ROUNDS):
        nearest = (centred @ centres.T).argmax(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, centred)
        centres = np.where(counts[:, None] > 0, unit_rows(np.where(counts[:, None] > 0, sums, centres)), centres)
    members = np.bincount((centred @ centres.T).argmax(axis=1), minlength=len(centres))
    return np.asarray(centres[members >= LEAST_MEMBERS])


def spread_out(centred: np.ndarray) -> np.ndarray:
    """Starts chosen one after another, far ones more likely (k-means++, Arthur and Vassilvitskii 2007)."""
    source = np.random.default_rng(0)
    chosen = [int(source.integers(len(centred)))]
    while len(chosen) < CENTRES:
        apart = 1.0 - (centred @ centred[chosen].T).max(axis=1)
        share = np.clip(apart, 0, None) ** 2
        chosen.append(int(source.choice(len(centred), p=share / share.sum())))
    return np.array(centred[chosen])


def one_each(archive: Path) -> Iterator[Image]:
    """The first picture of every person of the half that is learnt from."""
    known: set[str] = set()
    with tarfile.open(archive) as pictures:
        for member in pictures:
            person = Path(member.name).parent.name
            if not member.isfile() or person in known or hashlib.sha256(person.encode()).digest()[0] >= 128:
                continue
            known.add(person)
            stream = pictures.extractfile(member)
            assert stream is not None
            yield np.asarray(cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_COLOR), np.uint8)


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Every row at length 1."""
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


if __name__ == "__main__":
    main()
