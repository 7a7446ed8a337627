"""Measures what has changed between two frames of a face: whether it moved as a picture moves, and whether a sensor was
at work.

A living face never moves as one flat piece: lips, lids and the head's own depth leave a remainder when the best affine
movement and change of light are taken out (registration after B. Lucas and T. Kanade 1981, in the inverse form of S.
Baker and I. Matthews 2004). A still that is fed in leaves none, whether it is compressed anew, covered with noise,
moved or brightened. And a sensor changes every part of a frame a little; what is drawn stays as it is where nothing
moves.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import FrameChange, Observation, Region
from mlid_desktop.domain.samples import FrameSample, Image

Float32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
GROWTH = 1.1  # of the face's box
SIDE, MARGIN = 64, 4  # pixels that the face is brought to, and those at its edge that may be gone after a movement
SMOOTHED = 1.5  # pixels: noise and the blocks of a codec are no movement
ROUNDS = 5
STEADY = 1e-3  # keeps a face without any edges solvable
FLATTEST = 1e-3  # grey levels a pixel
SQUARE = 8  # pixels: what codecs of pictures work on
LEAST_SQUARES = 50
DARKEST, BRIGHTEST = 5, 250  # squares beyond show nothing whatever the sensor does
BURNT = 20.0  # of 255, of a pixel's surroundings that are beyond: it may have burnt out, which is no movement
LEAST_TELLING = 600  # pixels of a face that did not burn out
UNDECIDED = 0.25  # pixels: from here on what burnt out may be all that seems to have moved
BLOCK_LINES = 3  # every third row and column is looked at for them
BLOCKS_FROM, BLOCKS_GIVE = 1.35, 0.1  # steepness at the edges of a codec's blocks, and the pixels of residual it gives


def measure_change(first: Observation, later: Observation) -> FrameChange | None:
    """What has changed between two frames of one size in which a face was found; None of others."""
    here, there = first.sample, later.sample
    if not isinstance(here, FrameSample) or not isinstance(there, FrameSample) or not first.regions:
        return None
    if here.image.shape != there.image.shape:
        return None
    box = _square(first.regions[0], here.image.shape)
    if box is None:
        return None
    top, bottom, left, right = box
    before, after = (picture[top:bottom, left:right] for picture in (here.image, there.image))
    residual = _movement(_smoothed(before), _smoothed(after), _burnt_out(before) | _burnt_out(after))
    if residual is not None:
        blocks = max(0.0, _blockiness(there.image, box) - BLOCKS_FROM) * BLOCKS_GIVE
        residual = math.sqrt(max(residual * residual - blocks * blocks, 0.0))
    return FrameChange(residual, _unchanged(_green(here.image), _green(there.image)))


def _movement(first: Float32, later: Float32, burnt: Mask) -> float | None:
    """What has moved between two (SIDE, SIDE) pictures: pixels, see :func:`_residual`. What burnt out looks like a
    movement and is left out; None where that leaves too little, and all of it together looks like one."""
    residual = _residual(first, later, _inner())
    if not burnt.any():
        return residual
    telling = _inner() & ~burnt
    if int(telling.sum()) >= LEAST_TELLING:
        return min(residual, _residual(first, later, telling))
    return residual if residual < UNDECIDED else None


def _inner() -> Mask:
    """Mask (SIDE, SIDE) of all but the edge."""
    inner = np.zeros((SIDE, SIDE), np.bool_)
    inner[MARGIN:-MARGIN, MARGIN:-MARGIN] = True
    return inner


def _green(image: Image) -> Image:
    """The channel of which a sensor has most, and a codec keeps most."""
    return np.asarray(cv2.extractChannel(image, 1), np.uint8)


def _square(region: Region, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Rows and columns of the square about a face's box, as far as the frame has them."""
    left, top, width, height = region.box
    half = max(width, height) * GROWTH / 2
    across, down = left + width / 2, top + height / 2
    rows = (int(max(0.0, down - half)), int(min(shape[0], down + half)))
    columns = (int(max(0.0, across - half)), int(min(shape[1], across + half)))
    large = min(rows[1] - rows[0], columns[1] - columns[0]) >= SIDE // 2
    return (*rows, *columns) if large else None


def _smoothed(piece: Image) -> Float32:
    grey = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), SMOOTHED), np.float32)


def _burnt_out(piece: Image) -> Mask:
    """Mask (SIDE, SIDE) of where a colour picture may have lost what it shows to black or white."""
    step = max(1, min(piece.shape[:2]) // (2 * SIDE))
    looked = np.ascontiguousarray(piece[::step, ::step])
    beyond = ((looked <= DARKEST) | (looked >= BRIGHTEST)).any(axis=2)
    share = cv2.resize(np.asarray(beyond * np.uint8(255), np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(share.astype(np.float32), (0, 0), SMOOTHED) > BURNT)


def _blockiness(image: Image, box: tuple[int, int, int, int]) -> float:
    """How much steeper a part of a frame is at the edges of squares of 8 x 8 than within them: 1 without a codec."""
    top, bottom, left, right = box
    green = _green(image[top:bottom, left:right])
    rows, columns = green[::BLOCK_LINES], np.ascontiguousarray(green[:, ::BLOCK_LINES])
    across = cv2.absdiff(rows[:, 1:], rows[:, :-1]).mean(axis=0)
    down = cv2.absdiff(columns[1:], columns[:-1]).mean(axis=1)
    edges = (
        (np.arange(len(across)) + left) % SQUARE == SQUARE - 1,
        (np.arange(len(down)) + top) % SQUARE == SQUARE - 1,
    )
    at = float(across[edges[0]].mean() + down[edges[1]].mean())
    within = float(across[~edges[0]].mean() + down[~edges[1]].mean())
    return at / max(within, FLATTEST)


def _residual(first: Float32, later: Float32, telling: Mask) -> float:
    """What is left of the difference of two (SIDE, SIDE) pictures after the best affine movement and the best gain and
    offset of light, over the steepness of the first: pixels. Only where ``telling`` says so."""
    along = cv2.Sobel(first, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(first, cv2.CV_32F, 0, 1, ksize=3) / 8
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    across, below = (columns - SIDE / 2) / SIDE, (rows - SIDE / 2) / SIDE
    steepness = float(np.sqrt(np.mean(along[telling] ** 2 + down[telling] ** 2)))
    ways = [along, along * across, along * below, down, down * across, down * below, first, np.ones_like(first)]
    slopes = np.stack([way[telling].ravel() for way in ways], axis=1)
    solve = np.linalg.inv(slopes.T @ slopes + STEADY * np.eye(len(ways))) @ slopes.T
    moved = np.zeros(6)
    left: NDArray[np.floating] = np.zeros(len(slopes))
    found: NDArray[np.floating] = np.zeros(len(ways))
    for _ in range(ROUNDS):
        moved -= found[:6]
        to_x = (columns + moved[0] + moved[1] * across + moved[2] * below).astype(np.float32)
        to_y = (rows + moved[3] + moved[4] * across + moved[5] * below).astype(np.float32)
        warped = cv2.remap(later, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        left = (warped - first)[telling].ravel()
        found = solve @ left
    left = left - slopes @ found
    return float(np.sqrt(np.mean(left * left))) / max(steepness, FLATTEST)


def _unchanged(first: Image, later: Image) -> float:
    """The share of squares in which nothing changed, of those that are neither black nor white; 0 where they are too
    few to say."""
    rows, columns = first.shape[0] // SQUARE, first.shape[1] // SQUARE
    whole = (slice(rows * SQUARE), slice(columns * SQUARE))
    if rows * columns < LEAST_SQUARES:
        return 0.0
    _, differs = cv2.threshold(cv2.absdiff(first[whole], later[whole]), 0, 255, cv2.THRESH_BINARY)
    changed = cv2.resize(differs, (columns, rows), interpolation=cv2.INTER_AREA) > 0  # one pixel of 64 is 4 of 255
    middle = cv2.resize(first[whole], (columns, rows), interpolation=cv2.INTER_AREA)
    telling = (middle > DARKEST) & (middle < BRIGHTEST)
    return float(1.0 - changed[telling].mean()) if int(telling.sum()) >= LEAST_SQUARES else 0.0
