"""Pictures that are no finger, or not one: drawn here."""

from __future__ import annotations

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image
from tests.worked_out_once import touch_image

HEIGHT, WIDTH = 400, 360
GROUND = 232  # of the simulated reader


def finger(seed: int, impression: int = 0) -> Image:
    """A touch of a simulated finger."""
    return touch_image(seed, impression)


def two_fingers(first: int, second: int) -> Image:
    """Side by side on a wide reader."""
    return np.hstack([finger(first), finger(second)])


def joined(first: Image, second: Image, width: int, *, across: bool) -> Image:
    """The left (or upper) half of one and the right (or lower) of the other, blended over ``width`` pixels."""
    length = first.shape[1 if across else 0]
    share = np.clip((np.arange(length) - length / 2) / max(width, 1) + 0.5, 0.0, 1.0)
    share = share[None, :] if across else share[:, None]
    return np.asarray(np.rint(first * (1.0 - share) + second * share), np.uint8)


def moved(image: Image, length: int, *, down: bool = False) -> Image:
    """As if the finger had gone that many pixels while the picture was taken."""
    way = np.full((1, length), 1.0 / length, np.float32)
    return np.asarray(cv2.filter2D(image, -1, way.T if down else way), np.uint8)


def cat(seed: int) -> Image:
    """A face with ears, eyes, whiskers, and fur that runs outwards in strokes as fine as ridges."""
    chance = np.random.default_rng(seed)
    cloud = cv2.GaussianBlur(chance.normal(0, 60, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 25)
    picture = np.full((HEIGHT, WIDTH), 150, np.float32) + 8 * np.asarray(cloud, np.float32)
    cv2.ellipse(picture, (180, 220), (120, 110), 0, 0, 360, (120,), -1)
    for side in (95, 265):
        ear = [[side - 40, 150], [side + 40, 150], [side + (10 if side > 180 else -10), 40]]
        cv2.fillPoly(picture, [np.array(ear, np.int32)], (105,))
    for x, y in chance.uniform((50, 60), (310, 335), (9000, 2)):
        if ((x - 180) / 120) ** 2 + ((y - 220) / 110) ** 2 > 1:
            continue
        angle, length = np.arctan2(y - 220, x - 180) + chance.normal(0, 0.35), chance.uniform(5, 13)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(picture, (int(x), int(y)), end, (float(np.clip(chance.normal(120, 45), 0, 255)),), 1)
    for eye in (130, 230):
        cv2.ellipse(picture, (eye, 200), (26, 17), 0, 0, 360, (210,), -1)
        cv2.ellipse(picture, (eye, 200), (6, 16), 0, 0, 360, (15,), -1)
    for side in (-1, 1):
        for number in range(4):
            begin = (180 + side * 30, 268 + 7 * number)
            cv2.line(picture, begin, (180 + side * 165, 240 + 25 * number), (230,), 2)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def noise(seed: int, sigma: float) -> Image:
    """Grey noise, smoothed over ``sigma`` pixels, of high contrast."""
    rough = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(rough, (0, 0), sigma), np.float32) if sigma else rough
    return np.asarray(np.clip(128 + 50 * smooth / smooth.std(), 0, 255), np.uint8)


def lines(period: float) -> Image:
    """Parallel lines, as a grating has them."""
    wave = np.sin(np.arange(WIDTH) * 2 * np.pi / period)
    return np.tile((128 + 100 * wave).astype(np.uint8), (HEIGHT, 1))


def writing() -> Image:
    """Lines of text."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for line in range(16):
        corner = (5, 25 + 24 * line)
        cv2.putText(page, "The quick brown fox jumps", corner, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0,), 1)
    return page


def patchy(image: Image, seed: int, kept: float = -0.7) -> Image:
    """As dry skin prints: only where a cloud is above ``-kept`` of its spread do the ridges touch."""
    rough = np.random.default_rng(seed).normal(0, 1, image.shape).astype(np.float32)
    cloud = np.asarray(cv2.GaussianBlur(rough, (0, 0), 14), np.float32)
    touching = 1.0 / (1.0 + np.exp(-4.0 * (cloud / cloud.std() + kept)))
    return np.asarray(np.rint(GROUND + (image - float(GROUND)) * touching), np.uint8)


def creased(image: Image, at: float, width: float, slope: float = 0.0) -> Image:
    """A crease of ``width`` pixels across the finger, ``at`` a share of the height, in which nothing touches."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    away = np.abs(rows - at * image.shape[0] + slope * (columns - image.shape[1] / 2) + 4 * np.sin(columns / 17.0))
    bare = 1.0 / (1.0 + np.exp(-(width / 2 - away) / 3.0))
    return np.asarray(np.rint(image * (1.0 - bare) + GROUND * bare), np.uint8)


def beside(first: Image, second: Image, gap: int, down: int) -> Image:
    """Two fingers cut out of their images and put side by side, the second ``down`` pixels lower."""
    parts = []
    for image in (first, second):
        rows, columns = np.nonzero(cv2.GaussianBlur(image, (0, 0), 6) < GROUND - 25)
        parts.append(image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    height = max(part.shape[0] for part in parts) + abs(down)
    page = np.full((height + 40, parts[0].shape[1] + parts[1].shape[1] + gap + 40), GROUND, np.uint8)
    left = 20
    for part, top in zip(parts, (max(-down, 0), max(down, 0)), strict=True):
        page[20 + top : 20 + top + part.shape[0], left : left + part.shape[1]] = part
        left += part.shape[1] + gap
    return page
