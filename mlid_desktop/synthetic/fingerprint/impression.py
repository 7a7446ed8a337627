"""Makes impressions: what a reader delivers of a master finger under a touch, with its ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.synthetic.fingerprint.master import PIXEL, MasterFinger
from mlid_desktop.synthetic.fingerprint.minutiae import TrueMinutiae
from mlid_desktop.synthetic.fingerprint.noise import cloud_image
from mlid_desktop.synthetic.fingerprint.patterns import HALF_HEIGHT, HALF_WIDTH, Pattern
from mlid_desktop.synthetic.fingerprint.skin import MM_PER_INCH, Placement, draw_placement
from mlid_desktop.synthetic.fingerprint.touch import OPTICAL, Sensor, TouchParameters

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Coordinates = NDArray[np.floating[Any]]

SHARPNESS = 6.0
REST = -0.18  # level of an ordinary touch: furrows are a little wider than ridges
EDGE = 0.06  # of :func:`reach`: further out only specks show
CLIPPED = 12.0  # grey levels by which readers drive their ground into white
PAD_TOP, PAD_BOTTOM, PAD_HALF_WIDTH = 9.2, 11.5, 6.0  # millimetres of skin that an ordinary press flattens


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticImpression:
    """An impression of a synthetic finger: ``image`` (height, width) uint8, dark ridges on a light ground, ``dpi`` dots
    per inch. Ground truth: the finger's ``pattern``, ``minutiae`` within the part that touches, in pixels, ``cores``
    and ``deltas`` (n, 2) in pixels, also those outside the window, and ``mask`` (height, width) where skin touches."""

    image: Image = field(repr=False)
    dpi: float
    pattern: Pattern
    minutiae: TrueMinutiae = field(repr=False)
    cores: NDArray[np.float64] = field(repr=False)
    deltas: NDArray[np.float64] = field(repr=False)
    mask: Mask = field(repr=False)


def take_impression(
    master: MasterFinger, touch: TouchParameters, number: int, sensor: Sensor = OPTICAL
) -> SyntheticImpression:
    """The ``number``-th impression of a finger; the number seeds the random part of the touch."""
    source = np.random.default_rng([master.seed, 2, number])
    placement = draw_placement(touch, sensor, source)
    image, mask = _print(master, placement, source)
    cores, deltas = (
        placement.to_sensor(np.array(singular, np.float64).reshape(-1, 2))
        for singular in (master.flow.cores, master.flow.deltas)
    )
    return SyntheticImpression(image, sensor.dpi, master.pattern, _seen(master, placement, mask), cores, deltas, mask)


def impress(master: MasterFinger, touch: TouchParameters, number: int, sensor: Sensor = OPTICAL) -> Image:
    """The image of an impression alone, without the ground truth of :func:`take_impression`."""
    source = np.random.default_rng([master.seed, 2, number])
    return _print(master, draw_placement(touch, sensor, source), source)[0]


def _print(master: MasterFinger, placement: Placement, source: np.random.Generator) -> tuple[Image, Mask]:
    touch, sensor = placement.touch, placement.sensor
    row, column = np.mgrid[0 : sensor.height, 0 : sensor.width].astype(np.float32)
    x, y = placement.to_skin(column, row)
    x, y = x.astype(np.float32), y.astype(np.float32)
    ridges = _looked_up(master.ridges, x, y, 1.0)
    gaps = _looked_up(master.gaps, x, y, 0.0) / 255.0
    touching = reach(x, y, touch).astype(np.float32)
    level = _level(touching, touch, sensor, source) - _gap_depth(touch) * gaps
    ink = 1.0 / (1.0 + np.exp(np.clip(SHARPNESS * (ridges - level), -30, 30)))
    grey = _developed(ink, touch, sensor, source)
    return grey, np.asarray(touching > EDGE)


def _looked_up(plane: NDArray[np.float32] | NDArray[np.uint8], x: Plane, y: Plane, outside: float) -> Plane:
    across, down = (x + HALF_WIDTH) / PIXEL - 0.5, (y + HALF_HEIGHT) / PIXEL - 0.5
    sampled = cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)
    return np.asarray(sampled, np.float32)


def reach(x: Coordinates, y: Coordinates, touch: TouchParameters) -> Coordinates:
    """How far inside the flattened part of a finger positions of skin lie: 1 in the middle, 0 at its edge."""
    grown = 1.0 + 0.12 * touch.pressure
    above = (x / (PAD_HALF_WIDTH * grown)) ** 2 + (np.minimum(y, 0.0) / (PAD_TOP * grown)) ** 2
    below = (np.maximum(y, 0.0) / (PAD_BOTTOM * grown)) ** 4
    return np.asarray(1.0 - (above + below))


def _level(touching: Plane, touch: TouchParameters, sensor: Sensor, source: np.random.Generator) -> Plane:
    """The contact level of the skin, -1 nothing touches to 1 all of it: less towards the edge, uneven."""
    shape, scale = (sensor.height, sensor.width), sensor.dpi / MM_PER_INCH
    dry = max(0.0, -touch.moisture)
    level = np.full(shape, REST + 0.35 * touch.pressure + 0.40 * touch.moisture, np.float32)
    level += (0.12 + 0.40 * touch.noise) * cloud_image(shape, 2.2 * scale, source)
    level += (0.13 + 0.55 * touch.noise + 0.40 * dry) * cloud_image(shape, 0.28 * scale, source)
    edge = touching + 0.05 * cloud_image(shape, 1.6 * scale, source)
    return np.asarray(level - 2.4 * np.exp(-np.clip(edge, -0.5, 1.0) / 0.09), np.float32)


def _gap_depth(touch: TouchParameters) -> float:
    """The depth of pores and creases, which show less the wetter the skin and the harder the press."""
    return 2.2 - 0.6 * touch.moisture - 0.5 * touch.pressure


def _developed(ink: Plane, touch: TouchParameters, sensor: Sensor, source: np.random.Generator) -> Image:
    """The grey levels of an impression: dry ridges are pale, wet ones dark up into the furrows; then the optics and the
    noise."""
    shape = ink.shape[0], ink.shape[1]
    depth = sensor.depth * (0.93 + 0.14 * touch.moisture + 0.08 * touch.pressure)
    depth = depth * (
        1.0 - (0.15 + 0.25 * touch.noise) * np.clip(0.5 + 0.5 * cloud_image(shape, 40.0, source), 0.0, 1.0)
    )
    seen = cv2.GaussianBlur(sensor.ground + CLIPPED - depth * ink, (0, 0), sensor.blur * sensor.dpi / 500.0)
    grain = sensor.pixel_noise + 30.0 * touch.noise * np.clip(ink, 0.02, 1.0)
    noisy = np.minimum(seen, sensor.ground) + grain * source.standard_normal(shape, dtype=np.float32)
    if sensor.column_noise:
        noisy += sensor.column_noise * source.standard_normal((1, shape[1]), dtype=np.float32)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _seen(master: MasterFinger, placement: Placement, mask: Mask) -> TrueMinutiae:
    """The master's minutiae at their positions on the impression, as far as they touch."""
    position = placement.to_sensor(master.minutiae.position)
    direction = placement.direction_on_sensor(master.minutiae.position, master.minutiae.direction)
    column, row = np.rint(position).astype(int).T
    within = (column >= 0) & (row >= 0) & (column < mask.shape[1]) & (row < mask.shape[0])
    touching = within.copy()
    touching[within] = mask[row[within], column[within]]
    return TrueMinutiae(position, direction, master.minutiae.kind).select(touching)
