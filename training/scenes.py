"""Scenes to learn detection from: faces at all sizes, places, turns, lightings and blurs, and scenes without a face."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Pixels = NDArray[np.float32]

SIDE = 192  # of a scene; the network runs on any multiple of 32
HEAD = 110.0  # how wide a head is in the 250x250 training images
SMALLEST, LARGEST = 14.0, 170.0  # widths of heads in a scene
EMPTY, WHOLE, SEVERAL = 0.25, 0.3, 0.25  # shares: no face at all; an image as it is; two or three faces
BLURRED, NOISY, COVERED, LIT = 0.35, 0.4, 0.2, 0.4


def scene(images: list[Picture], chance: np.random.Generator) -> Picture:
    """One (192, 192) grey scene made of (250, 250) grey ``images`` with a face in their middle."""
    kind = chance.random()
    if kind < EMPTY:
        picture = background(images, chance)
    elif kind < EMPTY + WHOLE:
        picture = placed(images[chance.integers(len(images))], chance)[0]
    else:
        picture = background(images, chance)
        for _ in range(int(chance.integers(2, 4)) if chance.random() < SEVERAL else 1):
            picture = pasted(picture, images[chance.integers(len(images))], chance)
    return np.clip(np.rint(spoilt(picture, chance)), 0, 255).astype(np.uint8)


def background(images: list[Picture], chance: np.random.Generator) -> Pixels:
    """Drawn shapes, or a corner of an image that its face does not reach, stretched over the scene."""
    if chance.random() < 0.5:
        image = images[chance.integers(len(images))]
        size = int(chance.integers(24, 60))
        left = int(chance.choice([0, 250 - size]))
        top = int(chance.choice([0, 250 - size]))
        return cv2.resize(image[top : top + size, left : left + size], (SIDE, SIDE)).astype(np.float32)
    coarse = chance.uniform(0, 255, (int(chance.integers(2, 24)),) * 2).astype(np.float32)
    picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=int(chance.choice([cv2.INTER_CUBIC, cv2.INTER_NEAREST])))
    for _ in range(int(chance.integers(0, 9))):
        middle = tuple(int(value) for value in chance.integers(0, SIDE, 2))
        axes = tuple(int(value) for value in chance.integers(3, 70, 2))
        shade, turn = float(chance.uniform(0, 255)), float(chance.uniform(0, 360))
        filled = -1 if chance.random() < 0.7 else int(chance.integers(1, 8))
        if chance.random() < 0.5:
            cv2.ellipse(picture, middle, axes, turn, 0, 360, shade, filled)
        else:
            cv2.rectangle(picture, middle, (middle[0] + axes[0], middle[1] + axes[1]), shade, filled)
    return np.asarray(picture, np.float32)


def placed(image: Picture, chance: np.random.Generator) -> tuple[Pixels, NDArray[np.float64]]:
    """The image turned, grown and put somewhere on a scene, and the (2, 3) placement."""
    width = float(np.exp(chance.uniform(np.log(SMALLEST), np.log(LARGEST))))
    growth = width / HEAD
    turn = np.deg2rad(chance.normal(0, 18))
    linear = growth * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if chance.random() < 0.5:
        linear[:, 0] *= -1
    middle = chance.uniform(0.1 * SIDE, 0.9 * SIDE, 2)
    warp = np.column_stack([linear, middle - linear @ (124.5, 124.5)])
    flags = cv2.INTER_AREA if growth < 0.5 else cv2.INTER_LINEAR
    source = image
    if growth < 0.5:  # averaged before it is sampled, as a camera's lens does
        shrunk = cv2.resize(image, None, fx=2 * growth, fy=2 * growth, interpolation=cv2.INTER_AREA)
        source, warp = shrunk, np.column_stack([linear / (2 * growth), warp[:, 2]])
        flags = cv2.INTER_LINEAR
    border = int(chance.choice([cv2.BORDER_REFLECT, cv2.BORDER_REPLICATE]))
    picture = cv2.warpAffine(source, warp, (SIDE, SIDE), flags=flags, borderMode=border)
    return picture.astype(np.float32), np.column_stack([linear, middle - linear @ (124.5, 124.5)])


def pasted(picture: Pixels, image: Picture, chance: np.random.Generator) -> Pixels:
    """A head cut out with a soft edge and put into the scene."""
    head, warp = placed(image, chance)
    mask = np.zeros((250, 250), np.float32)
    cv2.ellipse(mask, (125, 128), (int(chance.integers(62, 90)), int(chance.integers(80, 110))), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), float(chance.uniform(1, 10)))
    mask = cv2.warpAffine(mask, warp, (SIDE, SIDE))
    return np.asarray(picture * (1 - mask) + head * mask, np.float32)


def spoilt(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Blurred, lit from a side, re-toned, covered in part and noisy, each by chance."""
    if chance.random() < BLURRED:
        picture = cv2.GaussianBlur(picture, (0, 0), float(chance.uniform(0.4, 2.2)))
    if chance.random() < LIT:
        slope, ramp = chance.normal(0, 35, 2), np.linspace(-1, 1, SIDE)
        picture = picture + slope[0] * ramp[:, None] + slope[1] * ramp[None, :]
    picture = 255 * (np.clip(picture, 0, 255) / 255) ** np.exp(chance.normal(0, 0.3))
    picture = (picture - 128) * chance.uniform(0.45, 1.25) + 128 + chance.normal(0, 22)
    if chance.random() < COVERED:
        height, width = chance.integers(8, 70, 2)
        top, left = chance.integers(0, SIDE - height), chance.integers(0, SIDE - width)
        picture[top : top + height, left : left + width] = chance.uniform(0, 255)
    if chance.random() < NOISY:
        picture = picture + chance.normal(0, chance.uniform(1, 12), picture.shape)
    return np.asarray(picture, np.float32)
