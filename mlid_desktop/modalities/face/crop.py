"""Cuts from a camera frame the square crops that the face models take as input."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p

Box = tuple[float, float, float, float]
Placement = NDArray[np.float64]
Float32 = NDArray[np.float32]


def shrunk_warp(image: Image, placement: Placement, size: int) -> Image:
    """Warps a frame to the (size, size, 3) picture that the (2, 3) ``placement`` (frame to picture) shows, black
    outside the frame.

    Where it would skip pixels of the frame, the part that it shows is halved first, by averaging, as often as it takes:
    fine texture does not turn into noise then.
    """
    scale = float(np.hypot(placement[0, 0], placement[1, 0]))
    wanted = int(np.ceil(-np.log2(max(scale, 1e-6)))) - 1
    halvings = max(0, min(wanted, int(np.log2(min(image.shape[:2])))))
    if halvings == 0:
        return np.asarray(cv2.warpAffine(image, placement, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
    cell = 2**halvings
    part, left, top = _shown(image, placement, size, cell)
    small = cv2.resize(part, (part.shape[1] // cell, part.shape[0] // cell), interpolation=cv2.INTER_AREA)
    offset = np.array([left, top]) + (cell - 1) / 2
    onto = np.column_stack([placement[:, :2] * cell, placement[:, :2] @ offset + placement[:, 2]])
    return np.asarray(cv2.warpAffine(small, onto, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


def _shown(image: Image, placement: Placement, size: int, cell: int) -> tuple[Image, int, int]:
    """The part of the frame that the placement shows, in whole cells, and its left and top."""
    corners = cv2.invertAffineTransform(placement) @ np.array([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]])
    height, width = image.shape[:2]
    margin = 2 * cell  # so that the last pixel shown has neighbours
    left, top = (int(edge) for edge in np.clip(corners.min(axis=1) - margin, 0, (width - cell, height - cell)))
    right, bottom = (int(edge) for edge in np.clip(corners.max(axis=1) + margin, 0, (width, height)))
    across, down = (max((end - start) // cell, 1) * cell for start, end in ((left, right), (top, bottom)))
    return image[top : top + down, left : left + across], left, top


def fill_planes(planes: Float32, picture: Image) -> None:
    """Writes a (height, width, 3) picture into (3, height, width) planes of a network's input."""
    for plane, channel in zip(planes, cv2.split(picture), strict=True):
        np.copyto(plane, channel)


class CropWindow:
    """A square crop of a frame: ``side`` frame pixels about ``centre``, resampled to ``size`` pixels of ``unit`` frame
    pixels each; (``left``, ``top``) is the middle of the first of them."""

    def __init__(self, image: Image, centre: tuple[float, float], side: float, size: int) -> None:
        whole = max(2, round(side / 2) * 2)
        left, top = (round(middle) - whole // 2 for middle in centre)
        self.unit = whole / size
        self.left, self.top = (corner + (self.unit - 1) / 2 for corner in (left, top))
        inside = min(left, top) >= 0 and left + whole <= image.shape[1] and top + whole <= image.shape[0]
        if inside and self.unit <= p.LONGEST_STRIDE:
            part = image[top : top + whole, left : left + whole]
            self.picture = np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
        else:
            placement = np.array([[1, 0, -self.left], [0, 1, -self.top]]) / self.unit
            self.picture = shrunk_warp(image, placement, size)

    def middle(self, share: float, size: int) -> CropWindow:
        """The crop of the same centre with ``share`` of this one's side, resampled to ``size`` pixels."""
        whole = self.picture.shape[0]
        inner = CropWindow(self.picture, (whole // 2, whole // 2), whole * share, size)
        inner.left, inner.top = self.left + inner.left * self.unit, self.top + inner.top * self.unit
        inner.unit *= self.unit
        return inner


def box_crop(image: Image, box: Box, growth: float, size: int) -> Image:
    """Crop (size, size, 3) of a face box grown about its centre as far as the frame allows and shifted inside it;
    resized without keeping its aspect (the manner the liveness nets were trained in)."""
    height, width = image.shape[:2]
    box_left, box_top, box_width, box_height = box
    growth = min(growth, greatest_growth(image, box))
    left, right = _span(box_left + box_width / 2, box_width * growth, width)
    top, bottom = _span(box_top + box_height / 2, box_height * growth, height)
    part = image[top : bottom + 1, left : right + 1]
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def continued_crop(image: Image, box: Box, growth: float, size: int) -> Image:
    """Crop (size, size, 3) of a face box grown about its centre by the full factor; what lies outside the frame is the
    inside mirrored at its edge. The face keeps the size in the crop that the net knows it in."""
    height, width = image.shape[:2]
    centre_x, centre_y = box[0] + box[2] / 2, box[1] + box[3] / 2
    left, right = (int(centre_x + sign * box[2] * growth / 2) for sign in (-1, 1))
    top, bottom = (int(centre_y + sign * box[3] * growth / 2) for sign in (-1, 1))
    inside = image[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    lacking = max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0)
    whole = cv2.copyMakeBorder(inside, *lacking, cv2.BORDER_REFLECT_101) if any(lacking) else inside
    return np.asarray(cv2.resize(whole, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def enlarge_about(image: Image, centre: tuple[float, float], zoom: float) -> Image:
    """A picture of the same size that shows 1 / ``zoom`` of each side about ``centre``, moved inside the frame."""
    height, width = image.shape[:2]
    part_height, part_width = max(1, round(height / zoom)), max(1, round(width / zoom))
    left = int(np.clip(round(centre[0] - part_width / 2), 0, width - part_width))
    top = int(np.clip(round(centre[1] - part_height / 2), 0, height - part_height))
    part = image[top : top + part_height, left : left + part_width]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def greatest_growth(image: Image, box: Box) -> float:
    """The largest factor by which a face box can grow inside the frame: 1 where the face fills the frame."""
    height, width = image.shape[:2]
    down, across = (height - 1) / max(box[3], 1.0), (width - 1) / max(box[2], 1.0)
    return float(min(down, across))


def _span(centre: float, length: float, limit: int) -> tuple[int, int]:
    """First and last pixel of an interval about ``centre``, shifted into 0..limit - 1."""
    start = min(max(centre - length / 2, 0.0), max(limit - 1 - length, 0.0))
    first = int(start)
    return first, min(max(int(start + length), first), limit - 1)
