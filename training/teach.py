"""The training faces, aligned, and pools of varied pictures with what the teacher says to each."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from augment import MARGIN, SIDE, varied
from numpy.typing import NDArray

from mlid_desktop.modalities.face.align import STANDARD, fit_similarity
from mlid_desktop.modalities.face.crop import shrunk_warp
from mlid_desktop.modalities.face.detect import FaceDetector

STORED_SIDE = SIDE + 2 * MARGIN
HELD_OUT = 0.05  # of the people: never trained on, they draw the curve
BATCH = 16


class _Session:
    """What the detector asks of a model, without a manifest."""

    def __init__(self, file: Path) -> None:
        self._session = session(file)
        self._name = self._session.get_inputs()[0].name

    def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return [np.asarray(output, np.float32) for output in self._session.run(None, {self._name: blob})]


def session(file: Path) -> onnxruntime.InferenceSession:
    """A model on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def aligned_faces(images: Path, detector_file: Path, store: Path) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """The (n, 176, 176) grey faces under ``images`` (a folder a person) and the name of each; kept in ``store``."""
    if not store.exists():
        detector = FaceDetector(_Session(detector_file))  # type: ignore[arg-type]  # has all that is asked of it
        faces, names = [], []
        for file in sorted(images.glob("*/*.jpg")):
            image = np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR), np.uint8)
            found = detector.find(image)
            if not found:
                continue
            middle = np.array(image.shape[1::-1]) / 2  # the named person is in the middle of these images
            face = min(found, key=lambda face: float(np.hypot(*(np.array(face.centre) - middle))))
            aligned = shrunk_warp(image, fit_similarity(face.points, STANDARD + MARGIN), STORED_SIDE)
            faces.append(cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY))
            names.append(file.parent.name)
        np.savez(store, faces=np.array(faces), names=np.array(names))
    with np.load(store) as kept:
        return kept["faces"], kept["names"]


def split(names: NDArray[np.str_], seed: int) -> NDArray[np.bool_]:
    """Which faces are of held-out people."""
    people = np.unique(names)
    chosen = np.random.default_rng(seed).choice(people, round(HELD_OUT * len(people)), replace=False)
    return np.isin(names, chosen)


def middle(faces: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The faces as they are: the part that the networks see."""
    return faces[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def taught(teacher: onnxruntime.InferenceSession, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The teacher's (n, 256) unit vectors of (n, 128, 128) grey pictures."""
    name = teacher.get_inputs()[0].name
    vectors = []
    for start in range(0, len(pictures), BATCH):
        grey = pictures[start : start + BATCH, None].astype(np.float32)
        vectors.append(teacher.run(None, {name: np.repeat(grey, 3, axis=1)})[0].reshape(len(grey), -1))
    stacked = np.concatenate(vectors)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True), np.float32)


def write_pool(
    folder: Path, number: int, size: int, faces: NDArray[np.uint8], teacher_file: Path, seed: int, harm: float
) -> Path:
    """Pool ``number``: ``size`` pictures and the teacher's vectors of exactly these; made once, the same each time."""
    file = folder / f"pool-{number:04d}.npz"
    if file.exists():
        return file
    generator = np.random.default_rng([seed, number])
    pictures = np.stack([varied(faces, generator, harm) for _ in range(size)])
    unfinished = folder / f"pool-{number:04d}.part.npz"
    np.savez(unfinished, pictures=pictures, vectors=taught(session(teacher_file), pictures).astype(np.float16))
    unfinished.replace(file)
    return file
