"""Pictures for the face tests, and the ways in which a picture gets worse."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from mlid_desktop.synthetic.face.shading import Lighting

PROVENANCE = Provenance(SourceKind.RECORDED, DeviceIdentity("image", "test", "test"))
WIDTH, HEIGHT = 960, 720
FRONT = HeadPose(pitch=6.0)
CALM = Expression()
GROUND = 110


def sample(image: Image) -> FrameSample:
    """The picture as the first sample of a source."""
    return FrameSample(0, 0.0, PROVENANCE, image)


def read(path: Path) -> Image:
    """A picture file as BGR."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)


@cache
def portrait(
    seed: int = 7, level: float = 1.0, direction: tuple[float, float, float] = (0.0, 0.5, 0.8)
) -> SyntheticPortrait:
    """A rendered person under one lamp."""
    return SyntheticPortrait(sample_person(seed), Lighting(direction, level), (WIDTH, HEIGHT))


def rendered(pose: HeadPose = FRONT, expression: Expression = CALM, seed: int = 7) -> Image:
    """A rendered person looking into the camera."""
    return portrait(seed).frame(pose, expression, 0)


def photograph(shared: Path) -> Image:
    """A sharp, evenly lit portrait in the middle of a 960x720 frame."""
    portrait = read(shared / "data" / "face" / "face_recognition_tests" / "obama.jpg")
    small = cv2.resize(portrait, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    return moved(np.asarray(small, np.uint8), 1.0, 0, 100)


def moved(image: Image, scale: float = 1.0, right: float = 0.0, down: float = 0.0, turn: float = 0.0) -> Image:
    """The picture scaled and turned (degrees) about its middle and shifted in a grey 960x720 frame."""
    matrix = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), turn, scale)
    matrix[:, 2] += (WIDTH / 2 - image.shape[1] / 2 + right, HEIGHT / 2 - image.shape[0] / 2 + down)
    half = scale < 1
    source = cv2.GaussianBlur(image, (0, 0), 0.4 / scale) if half else image
    frame = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
    cv2.warpAffine(source, matrix, (WIDTH, HEIGHT), frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return frame


def blurred(image: Image, sigma: float) -> Image:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8) if sigma else image


def lit(image: Image, gain: float) -> Image:
    """Darker or lighter, clipped as a camera clips."""
    return np.asarray(np.clip(image * float(gain), 0, 255), np.uint8)


def lit_from_one_side(image: Image, middle: float, loss: float) -> Image:
    """Everything right of ``middle`` (pixels) loses that share of its light."""
    columns = np.arange(image.shape[1])
    gain = 1 - loss / (1 + np.exp(-(columns - middle) / 12))
    return np.asarray(image * gain[None, :, None], np.uint8)


def covered(image: Image, box: tuple[float, float, float, float], share: float) -> Image:
    """The right part of the box (left, top, width, height) behind a flat surface."""
    left, top, width, height = box
    hidden = image.copy()
    start = int(left + width * (1 - share))
    cv2.rectangle(hidden, (start, int(top) - 20), (int(left + width) + 20, int(top + height) + 20), (120, 90, 60), -1)
    return hidden if share else image


def noisy_behind(image: Image, box: tuple[float, float, float, float], deviation: float) -> Image:
    """Everything outside the grown box becomes unquiet."""
    left, top, width, height = box
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    middle_x, middle_y = left + width / 2, top + height * 0.55
    outside = ((columns - middle_x) / (0.72 * width)) ** 2 + ((rows - middle_y) / (0.8 * height)) ** 2 > 1
    noise = np.random.default_rng(0).normal(0, deviation, image.shape)
    changed = np.clip(image + noise, 0, 255).astype(np.uint8)
    return np.where(outside[:, :, None], changed, image)
