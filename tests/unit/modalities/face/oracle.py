"""The plainest way to compare two faces, written apart from the product: what the pipeline is measured against.

One upright 640x640 picture, YuNet decoded cell by cell, one alignment, one embedding, the cosine. Nothing is imported
from ``mlid_desktop.modalities``.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.models.session import ModelSession

SIDE = 640
STANDARD = 128 * np.array(
    [
        [0.31556875, 0.46157411],
        [0.68262292, 0.46157411],
        [0.5002625, 0.64050536],
        [0.34947188, 0.82469196],
        [0.65343646, 0.82469196],
    ]
)


def plain_candidates(
    outputs: tuple[NDArray[np.float32], ...], height: int, width: int, threshold: float
) -> list[tuple[float, ...]]:
    """(score, left, top, width, height, five points) of every cell above the threshold, in no order."""
    found = []
    for level, stride in enumerate((8, 16, 32)):
        columns = width // stride
        for cell in range((height // stride) * columns):
            score = math.sqrt(float(outputs[level][cell, 0]) * float(outputs[3 + level][cell, 0]))
            if score < threshold:
                continue
            column, row = cell % columns, cell // columns
            across, down, log_width, log_height = (float(value) for value in outputs[6 + level][cell])
            box_width, box_height = math.exp(log_width) * stride, math.exp(log_height) * stride
            left, top = (column + across) * stride - box_width / 2, (row + down) * stride - box_height / 2
            marks = [
                (float(value) + (column if index % 2 == 0 else row)) * stride
                for index, value in enumerate(outputs[9 + level][cell])
            ]
            found.append((score, left, top, box_width, box_height, *marks))
    return found


def plain_vector(image: NDArray[np.uint8], detector: ModelSession, embedding: ModelSession) -> NDArray[np.float64]:
    """The (256,) embedding, length 1, of the candidate nearest the middle of a small picture."""
    height, width = image.shape[:2]
    canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
    canvas[:height, :width] = image
    outputs = detector.run(canvas.transpose(2, 0, 1)[None].astype(np.float32))
    found = plain_candidates(tuple(output[0] for output in outputs), SIDE, SIDE, 0.6)

    def off_centre(candidate: tuple[float, ...]) -> float:
        return math.hypot(candidate[1] + candidate[3] / 2 - width / 2, candidate[2] + candidate[4] / 2 - height / 2)

    nearest = min(found, key=off_centre)
    best = max(
        (candidate for candidate in found if abs(off_centre(candidate) - off_centre(nearest)) < 20),
        key=lambda candidate: candidate[0],
    )
    points = np.array(best[5:]).reshape(5, 2)
    unknown = np.zeros((10, 4))
    unknown[0::2] = np.column_stack([points[:, 0], -points[:, 1], np.ones(5), np.zeros(5)])
    unknown[1::2] = np.column_stack([points[:, 1], points[:, 0], np.zeros(5), np.ones(5)])
    a, b, right, down = np.linalg.lstsq(unknown, STANDARD.ravel(), rcond=None)[0]
    aligned = cv2.warpAffine(image, np.array([[a, -b, right], [b, a, down]]), (128, 128))
    vector = embedding.run(aligned.transpose(2, 0, 1)[None].astype(np.float32))[0][0].astype(np.float64)
    return np.asarray(vector / np.linalg.norm(vector))
