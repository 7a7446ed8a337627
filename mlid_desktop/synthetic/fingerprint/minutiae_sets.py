"""Generates the minutiae of many fingers as an extractor would find them, without an image: for galleries of
thousands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import pi

import numpy as np

from mlid_desktop.synthetic.fingerprint.impression import EDGE, reach
from mlid_desktop.synthetic.fingerprint.master import generate_minutiae
from mlid_desktop.synthetic.fingerprint.minutiae import TrueMinutiae
from mlid_desktop.synthetic.fingerprint.skin import draw_placement
from mlid_desktop.synthetic.fingerprint.touch import OPTICAL, Sensor, choose_touch

# What the pipeline's own extraction does to true minutiae on this generator's images (docs/synthetic-fingers.md).
MISSED, FALSE = 0.15, 0.06  # shares: of the true ones, and of the found ones
PLACE_SPREAD = 1.6  # pixels at 500 dpi, each way
DIRECTION_SPREAD = 0.08  # radians
KIND_SWAPPED = 0.24


def generate_minutiae_sets(
    seeds: Sequence[int], impressions: Sequence[int] = (0,), sensor: Sensor = OPTICAL
) -> Iterator[tuple[TrueMinutiae, ...]]:
    """Generates, for each seed, minutiae found on these impressions of its finger, in pixels of the reader. The fingers
    are those of :func:`make_master`; each seed is worked out alone, so that seeds may be shared out among processes."""
    for seed in seeds:
        minutiae = generate_minutiae(seed)
        yield tuple(_observed_minutiae(minutiae, seed, impression, sensor) for impression in impressions)


def _observed_minutiae(minutiae: TrueMinutiae, seed: int, impression: int, sensor: Sensor) -> TrueMinutiae:
    source = np.random.default_rng([seed, 3, impression])
    touch = choose_touch(seed, impression)
    placement = draw_placement(touch, sensor, np.random.default_rng([seed, 2, impression]))
    touching = np.asarray(reach(minutiae.position[:, 0], minutiae.position[:, 1], touch) > EDGE)
    seen = minutiae.select(touching & (source.random(len(minutiae)) >= MISSED))
    position = placement.to_sensor(seen.position)
    direction = placement.direction_on_sensor(seen.position, seen.direction)
    extra = source.binomial(len(seen), FALSE / (1 - FALSE))
    beside = source.integers(0, max(1, len(seen)), extra) if len(seen) else np.zeros(0, int)
    scale = sensor.dpi / 500.0
    position = np.concatenate([position, position[beside] + source.normal(0.0, 30.0 * scale, (len(beside), 2))])
    direction = np.concatenate([direction, direction[beside] + pi * source.integers(0, 2, len(beside))])
    kind = np.concatenate([seen.kind, seen.kind[beside]])
    swapped = source.random(len(kind)) < KIND_SWAPPED
    made = TrueMinutiae(
        position + source.normal(0.0, PLACE_SPREAD * scale, position.shape),
        np.mod(direction + source.normal(0.0, DIRECTION_SPREAD, direction.shape), 2 * pi),
        np.where(swapped, 3 - kind, kind).astype(np.uint8),
    )
    inside = np.logical_and(made.position >= 0, made.position < [sensor.width, sensor.height])
    return made.select(np.asarray(inside.all(axis=1)))
