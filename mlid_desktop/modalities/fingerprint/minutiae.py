"""Finds minutiae: ridge endings and bifurcations on the thinned ridges."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask

ENDING, BIFURCATION = 1, 2
NEIGHBOURS = (
    (-1, 0),
    (-1, 1),
    (0, 1),
    (1, 1),
    (1, 0),
    (1, -1),
    (0, -1),
    (-1, -1),
)  # (row, column), clockwise from above


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """The n minutiae of an impression: ``position`` (n, 2) x and y in pixels at 500 dpi, ``direction`` (n,) radians
    in [0, 2 pi), counter-clockwise as in ISO/IEC 19794-2, ``kind`` (n,) 1 ending or 2 bifurcation, ``quality`` (n,)
    0..1."""

    position: NDArray[np.float32] = field(repr=False)
    direction: NDArray[np.float32] = field(repr=False)
    kind: NDArray[np.uint8] = field(repr=False)
    quality: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.position)

    def select(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Minutiae:
        """The minutiae that the index or mask names."""
        return Minutiae(self.position[which], self.direction[which], self.kind[which], self.quality[which])


def no_minutiae() -> Minutiae:
    """A set of minutiae that has none."""
    empty = np.zeros(0, np.float32)
    return Minutiae(np.zeros((0, 2), np.float32), empty, np.zeros(0, np.uint8), empty)


def find_minutiae(enhanced: Field, clarity: Field, mask: Mask) -> Minutiae:
    """Finds minutiae: thins the ridges, reads crossing numbers, follows each ridge a little way for its direction, and
    removes what the shape of the skeleton shows to be false."""
    skeleton = thin(ridge_map(enhanced, mask))
    inside = cv2.erode(mask.astype(np.uint8), np.ones((2 * p.BORDER + 1, 2 * p.BORDER + 1), np.uint8), borderValue=0)
    raw = [crossing for crossing in _crossings(skeleton) if inside[crossing[0], crossing[1]]]
    sure = cv2.GaussianBlur(clarity, (0, 0), p.QUALITY_WINDOW_SIGMA)
    candidates = [followed for crossing in raw if (followed := _follow(skeleton, *crossing)) is not None]
    accepted = _without_false(candidates)
    rows = sorted(accepted, key=lambda candidate: -float(sure[candidate.row, candidate.column]))[: p.MAX_MINUTIAE]
    quality = np.array([sure[candidate.row, candidate.column] for candidate in rows], np.float32)
    made = Minutiae(
        np.array([(candidate.column, candidate.row) for candidate in rows], np.float32).reshape(-1, 2),
        np.array([candidate.direction for candidate in rows], np.float32),
        np.array([candidate.kind for candidate in rows], np.uint8),
        quality,
    )
    return made.select(quality >= p.MIN_MINUTIA_QUALITY)


def ridge_map(enhanced: Field, mask: Mask) -> NDArray[np.uint8]:
    """Binary image of the ridges (1 where the filtered image is negative, that is dark), specks and pinholes
    removed."""
    ridges = ((enhanced < 0) & mask).astype(np.uint8)
    return _without_specks(1 - _without_specks(1 - ridges)) & mask.astype(np.uint8)


def thin(ridges: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ridges thinned to a skeleton one pixel wide (Guo and Hall 1989), both sub-iterations as look-ups of the 3 x 3
    neighbourhood."""
    work = np.pad(ridges, 1)
    weights = np.zeros((3, 3), np.float32)
    for bit, (row, column) in enumerate(NEIGHBOURS):
        weights[row + 1, column + 1] = float(1 << bit)
    while True:
        before = int(work.sum())
        for table in THINNING:
            code = cv2.filter2D(work, cv2.CV_16U, weights, borderType=cv2.BORDER_CONSTANT)
            work = work & ~(table[code] & work)
        if int(work.sum()) == before:
            return work[1:-1, 1:-1]


@dataclass(frozen=True, slots=True)
class _CandidateMinutia:
    row: int
    column: int
    kind: int
    direction: float
    reach: int


def _crossings(skeleton: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """Row, column and kind of the skeleton pixels whose crossing number is 1 or 3 (Rutovitz 1966)."""
    padded = np.pad(skeleton, 1).astype(np.int8)
    height, width = skeleton.shape
    ring = [padded[1 + row : height + 1 + row, 1 + column : width + 1 + column] for row, column in NEIGHBOURS]
    number = sum(np.abs(ring[bit] - ring[(bit + 1) % 8]) for bit in range(8)) // 2
    pixels = np.argwhere((skeleton == 1) & ((number == 1) | (number == 3)))
    return [(int(row), int(column), ENDING if number[row, column] == 1 else BIFURCATION) for row, column in pixels]


def _follow(skeleton: NDArray[np.uint8], row: int, column: int, kind: int) -> _CandidateMinutia | None:
    """Finds each minutia's direction by walking along its branches. An ending points along its ridge, away from the
    end; a bifurcation between its two closest branches, so that noise that turns one into the other turns no
    direction."""
    walks = [_walk(skeleton, row, column, first) for first in _branches(skeleton, row, column)]
    ends = [(end, steps) for end, steps in walks if steps > 0]
    angles = [float(np.arctan2(-(end[0] - row), end[1] - column)) for end, _ in ends]
    reach = min((steps for _, steps in ends), default=0)
    if kind == ENDING and len(angles) == 1:
        return _CandidateMinutia(row, column, kind, angles[0] % (2 * pi), reach)
    if kind == BIFURCATION and len(angles) == 3:
        pairs = [(_apart(angles[a], angles[b]), a, b) for a, b in ((0, 1), (0, 2), (1, 2))]
        _, first, second = min(pairs)
        middle = np.angle(np.exp(1j * angles[first]) + np.exp(1j * angles[second]))
        return _CandidateMinutia(row, column, kind, float(middle) % (2 * pi), reach)
    return None


def _branches(skeleton: NDArray[np.uint8], row: int, column: int) -> list[tuple[int, int]]:
    """Where the branches of a skeleton pixel start: set neighbours, those side by side counted once (the straight
    one)."""
    height, width = skeleton.shape
    ring = [
        (row + down, column + right)
        if 0 <= row + down < height and 0 <= column + right < width and skeleton[row + down, column + right]
        else None
        for down, right in NEIGHBOURS
    ]
    starts = []
    for bit, spot in enumerate(ring):
        diagonal = bit % 2 == 1
        beside = ring[bit - 1] is not None or ring[(bit + 1) % 8] is not None
        if spot is not None and not (diagonal and beside):
            starts.append(spot)
    return starts


def _walk(skeleton: NDArray[np.uint8], row: int, column: int, first: tuple[int, int]) -> tuple[tuple[int, int], int]:
    """Walks up to DIRECTION_STEPS along a ridge; stops where it ends or forks."""
    seen = {(row, column), first} | set(_branches(skeleton, row, column))
    position, steps = first, 1
    while steps < p.DIRECTION_STEPS:
        onward = [spot for spot in _branches(skeleton, *position) if spot not in seen]
        if len(onward) != 1:
            break
        seen.update(_branches(skeleton, *position))
        position, steps = onward[0], steps + 1
    return position, steps


def _without_false(candidates: list[_CandidateMinutia]) -> list[_CandidateMinutia]:
    """Removes false minutiae: spurs, islands and bridges end soon; breaks leave two endings that face one another;
    others crowd."""
    lasting = [
        candidate for candidate in candidates if candidate.reach >= (p.SPUR if candidate.kind == ENDING else p.BRIDGE)
    ]
    dropped: set[int] = set()
    for a, first in enumerate(lasting):
        for b in range(a + 1, len(lasting)):
            second = lasting[b]
            distance = float(np.hypot(first.row - second.row, first.column - second.column))
            facing = _apart(first.direction, second.direction) > 0.7 * pi
            both_end = first.kind == second.kind == ENDING
            if distance < p.CLUSTER or (distance < p.SPUR and both_end and facing):
                dropped |= {a, b}
    return [candidate for index, candidate in enumerate(lasting) if index not in dropped]


def _apart(first: float, second: float) -> float:
    difference = abs(first - second) % (2 * pi)
    return min(difference, 2 * pi - difference)


def _without_specks(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    _count, labels, sizes, _ = cv2.connectedComponentsWithStats(image, connectivity=4)
    large = sizes[:, cv2.CC_STAT_AREA] >= MIN_PIECE
    large[0] = False
    return np.asarray(large[labels], np.uint8)


MIN_PIECE = 40  # pixels: less than five across is a pore or a speck of dirt


def _thinning_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    tables = np.zeros((2, 256), np.uint8)
    for code in range(256):
        p2, p3, p4, p5, p6, p7, p8, p9 = (code >> bit & 1 for bit in range(8))
        branches = (~p2 & (p3 | p4) & 1) + (~p4 & (p5 | p6) & 1) + (~p6 & (p7 | p8) & 1) + (~p8 & (p9 | p2) & 1)
        low, high = (p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8), (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9)
        if branches == 1 and 2 <= min(low, high) <= 3:
            tables[0, code] = ((p6 | p7 | (~p9 & 1)) & p8) == 0
            tables[1, code] = ((p2 | p3 | (~p5 & 1)) & p4) == 0
    return tables[0], tables[1]


THINNING = _thinning_tables()
