"""Finds faces with YuNet (W. Wu et al., "YuNet: a tiny millisecond-level face detector", 2023), decoded in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import Region
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import CropWindow, fill_planes
from mlid_desktop.models.session import ModelSession

Float32 = NDArray[np.float32]
Points = NDArray[np.float64]
Candidates = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A found face in frame pixels: ``box`` (left, top, width, height), ``points`` (5, 2) in the detector's order
    (right eye, left eye, nose tip, right and left mouth corner, the person's own right and left), ``score`` 0..1;
    ``unit`` is the size of the pixels it was found on, in frame pixels."""

    box: tuple[float, float, float, float]
    points: Points
    score: float
    unit: float = 1.0

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) of the face box, frame pixels."""
        left, top, width, height = self.box
        return left + width / 2, top + height / 2

    @property
    def side(self) -> float:
        """The longer side of the face box, frame pixels."""
        return max(self.box[2], self.box[3])

    @property
    def eye_distance(self) -> float:
        """Distance between the two eye points, frame pixels."""
        return float(np.hypot(*(self.points[1] - self.points[0])))

    @property
    def region(self) -> Region:
        """The face box as the domain's ``Region``."""
        return Region(self.box, tuple((float(x), float(y)) for x, y in self.points), self.score)


@dataclass(frozen=True, slots=True, eq=False)
class CloseUp:
    """A face measured on close-ups: ``face`` is the mean of the measurements, ``picture`` (160, 160, 3) a crop with the
    face in its middle half."""

    face: Face
    picture: Image


class FaceDetector:
    """Finds faces in two passes over the frame, coarse and, where that finds none, fine; exact points come from a
    close-up."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._blobs: dict[tuple[int, int], Float32] = {}
        self._looks = np.empty((len(p.CLOSE_UP_LOOKS), 3, p.CLOSE_UP_SIDE, p.CLOSE_UP_SIDE), np.float32)

    def find(self, image: Image) -> tuple[Face, ...]:
        """All faces of a (height, width, 3) BGR frame, best score first."""
        coarse = self._look(image, p.COARSE_SIDE)
        if coarse or max(image.shape[:2]) <= p.COARSE_SIDE:
            return coarse
        return self._look(image, p.FINE_SIDE)

    def find_near(self, image: Image) -> tuple[Face, ...]:
        """The larger faces of a (height, width, 3) BGR frame, by one coarse look."""
        return self._look(image, p.COARSE_SIDE)

    def measure_close_up(self, image: Image, face: Face) -> CloseUp:
        """The face measured again on close-ups of several widths, half of them mirrored, and averaged, because their
        errors differ. The given face where no close-up shows it."""
        patch = CropWindow(image, face.centre, face.side * p.PATCH_GROWTH, p.PATCH_SIDE)
        windows = {growth: patch.middle(growth / p.PATCH_GROWTH, p.CLOSE_UP_SIDE) for growth, _ in p.CLOSE_UP_LOOKS}
        for blob, (growth, mirrored) in zip(self._looks, p.CLOSE_UP_LOOKS, strict=True):
            picture = windows[growth].picture
            fill_planes(blob, np.asarray(cv2.flip(picture, 1), np.uint8) if mirrored else picture)
        batch = decode_detections(self._session.run(self._looks), (p.CLOSE_UP_SIDE, p.CLOSE_UP_SIDE))
        seen: list[Face] = []
        for candidates, (growth, mirrored) in zip(batch, p.CLOSE_UP_LOOKS, strict=True):
            unmirrored = mirror_candidates(candidates, p.CLOSE_UP_SIDE) if mirrored else candidates
            seen += match_candidate(face, unmirrored, windows[growth])
        first = windows[p.CLOSE_UP_LOOKS[0][0]]
        sharp_enough = face.unit <= p.COARSEST_LOOK * first.unit
        return CloseUp(average_faces([face, *seen] if sharp_enough or not seen else seen), first.picture)

    def _look(self, image: Image, longest: int) -> tuple[Face, ...]:
        height, width = image.shape[:2]
        scale = min(1.0, longest / max(height, width))
        if scale == 1.0:
            return self._faces(image, 1.0)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        return self._faces(small, 1 / scale)

    def _faces(self, image: Image, unit: float) -> tuple[Face, ...]:
        """Finds the faces of a small image whose pixels are ``unit`` frame pixels."""
        blob = self._blob(image)
        candidates = decode_detections(self._session.run(blob), (blob.shape[2], blob.shape[3]))[0]
        return faces_of_candidates(suppress(candidates), unit, 0.0, 0.0)

    def _blob(self, image: Image) -> Float32:
        """The network input made of an image: (1, 3, height, width) float32, padded with zeros to whole cells; one
        buffer a size is reused."""
        height, width = image.shape[:2]
        if (height, width) not in self._blobs:
            if len(self._blobs) >= p.MAX_BLOB_SIZES:
                self._blobs.clear()
            coarsest = p.DETECTION_STRIDES[-1]
            padded = (-(-height // coarsest) * coarsest, -(-width // coarsest) * coarsest)
            self._blobs[height, width] = np.zeros((1, 3, *padded), np.float32)
        blob = self._blobs[height, width]
        fill_planes(blob[0, :, :height, :width], image)
        return blob


@lru_cache(maxsize=p.MAX_BLOB_SIZES)
def detection_cells(rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The cells of a detector input of that size in the order of the network's outputs: (n, 2) column and row, and (n,
    1) stride."""
    cells, strides = [], []
    for stride in p.DETECTION_STRIDES:
        down, across = np.mgrid[: rows // stride, : columns // stride]
        cells.append(np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float64))
        strides.append(np.full((down.size, 1), float(stride)))
    return np.concatenate(cells), np.concatenate(strides)


def decode_detections(outputs: Sequence[Float32], size: tuple[int, int]) -> list[Candidates]:
    """Face candidates (n, 15) of each picture of a batch: box, five points, score; pixels of the input.

    ``outputs`` are classes, objectness, boxes and points, each for the strides 8, 16 and 32; ``size`` is the input's
    (height, width). Neighbouring cells mean the same face: see :func:`suppress`.
    """
    classes, objects, boxes, points = (np.concatenate(outputs[3 * kind : 3 * kind + 3], axis=1) for kind in range(4))
    product = classes[:, :, 0] * objects[:, :, 0]
    pictures, chosen = np.nonzero(product >= p.DETECTION_SCORE**2)
    cells, strides = (part[chosen] for part in detection_cells(*size))
    middle = cells + boxes[pictures, chosen, :2]
    extent = np.exp(np.minimum(boxes[pictures, chosen, 2:].astype(np.float64), p.MAX_LOG_SIZE))
    marks = np.tile(cells, 5) + points[pictures, chosen]
    score = np.sqrt(np.minimum(product[pictures, chosen, None], 1.0))
    rows = np.concatenate([(middle - extent / 2) * strides, extent * strides, marks * strides, score], axis=1)
    return [rows[pictures == picture] for picture in range(len(product))]


def mirror_candidates(candidates: Candidates, width: int) -> Candidates:
    """Face candidates (n, 15) of a mirrored picture in the coordinates of the picture itself; left and right points
    change names."""
    turned = candidates.copy()
    turned[:, 0] = width - 1 - candidates[:, 0] - candidates[:, 2]
    turned[:, 4:14] = candidates[:, 4:14].reshape(-1, 5, 2)[:, p.MIRRORED_POINTS].reshape(-1, 10)
    turned[:, 4:14:2] = width - 1 - turned[:, 4:14:2]
    return turned


def faces_of_candidates(candidates: Candidates, unit: float, left: float, top: float) -> tuple[Face, ...]:
    """Face candidates (n, 15) of a crop as faces of the frame: the crop's pixels are ``unit`` frame pixels, counted
    from (left, top)."""
    corner = np.array([left, top])
    return tuple(
        Face(
            (float(row[0] * unit + left), float(row[1] * unit + top), float(row[2] * unit), float(row[3] * unit)),
            row[4:14].reshape(5, 2) * unit + corner,
            float(row[14]),
            unit,
        )
        for row in candidates[: p.MAX_FACES]
    )


def match_candidate(face: Face, candidates: Candidates, window: CropWindow) -> tuple[Face, ...]:
    """The best face candidate of a close-up that overlaps ``face``, in a tuple that is empty where none does."""
    for row in np.argsort(-candidates[:, 14], kind="stable"):
        matches = faces_of_candidates(candidates[row : row + 1], window.unit, window.left, window.top)
        if overlap(matches[0], face) > p.DETECTION_OVERLAP:
            return matches
    return ()


def average_faces(looks: Sequence[Face]) -> Face:
    """The mean of several measurements of one face."""
    left, top, width, height = np.mean([look.box for look in looks], axis=0).tolist()
    points = np.mean([look.points for look in looks], axis=0)
    return Face((left, top, width, height), points, max(look.score for look in looks), min(look.unit for look in looks))


def suppress(candidates: Candidates) -> Candidates:
    """Greedy non-maximum suppression: the best of each group of overlapping (n, 15) face candidates, best first."""
    remaining = candidates[np.argsort(-candidates[:, 14], kind="stable")]
    kept = []
    while len(remaining):
        best = remaining[0]
        kept.append(best)
        corner = np.maximum(best[:2], remaining[:, :2])
        far_corner = np.minimum(best[:2] + best[2:4], remaining[:, :2] + remaining[:, 2:4])
        shared = np.prod(np.clip(far_corner - corner, 0, None), axis=1)
        union = np.prod(best[2:4]) + np.prod(remaining[:, 2:4], axis=1) - shared
        remaining = remaining[shared < p.DETECTION_OVERLAP * union]
    return np.array(kept).reshape(-1, 15)


def overlap(first: Face, second: Face) -> float:
    """Intersection over union of face boxes, 0..1."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = first.box, second.box
    shared = max(0.0, min(ax + aw, bx + bw) - max(ax, bx)) * max(0.0, min(ay + ah, by + bh) - max(ay, by))
    union = aw * ah + bw * bh - shared
    return shared / union if union > 0 else 0.0
