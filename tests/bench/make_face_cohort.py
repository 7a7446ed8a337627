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


def main() -> None:
    """Reads, embeds, sums up, writes."""
    archive, models, out = (Path(argument) for argument in sys.argv[1:4])
    store = ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), models, threads=1)
    detector, embedder = FaceDetector(store.open("face-detector-dynamic")), Embedder(store.open("face-embedding"))
    rows = []
    for image in one_each(archive):
        faces = detector.find(image)
        if faces:
            face = detector.look_closer(image, most_central(faces, image.shape[:2])).face
            rows.append(embedder.embed(align(image, face.points)).astype(np.float64))
    units = unit_rows(np.array(rows))
    mean = units.mean(axis=0)
    centred = unit_rows(units - mean)
    values, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    spread = (axes * np.sqrt(np.clip(values, 0, None))) @ axes.T
    typical = np.linalg.norm(centred @ spread, axis=1).mean()
    np.savez_compressed(out, mean=mean.astype("<f2"), spread=spread.astype("<f2"), typical=np.float32(typical))
    print(f"{len(rows)} people, typical deviation {typical:.4f}, {out.stat().st_size} bytes")


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
