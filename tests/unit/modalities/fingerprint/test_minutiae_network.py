"""Minutiae that the network finds: places, directions and kinds are this program's own, whatever is cut out for it."""

from __future__ import annotations

from functools import cache
from math import pi
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import segment
from mlid_desktop.modalities.fingerprint.minutiae import BIFURCATION, ENDING
from mlid_desktop.modalities.fingerprint.minutiae_network import MinutiaeNetwork
from mlid_desktop.models.session import ModelSession, open_session
from mlid_desktop.synthetic.fingerprint import Masters, choose_touch, take_impression
from tests.leader_model import leader_bytes, leader_entry, published_leader

GROUND, FINGER = 255, 100
DIRECTION, QUALITY = 4.0, 0.75


class DrawnMinutiae:
    """Stands in for the model: what is black in the image is an ending, what is dark grey a bifurcation."""

    sha256 = "0" * 64

    def __init__(self, quality: float = QUALITY) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self._quality = quality

    def run(self, image: np.ndarray) -> tuple[np.ndarray, ...]:
        self.shapes.append(image.shape)
        grey = image[0, 0]
        maps = np.zeros((1, 4, *grey.shape), np.float32)
        maps[0, 0] = np.where(grey < FINGER, self._quality, 0.0)
        maps[0, 1], maps[0, 2] = 3.0 * np.cos(DIRECTION), 3.0 * np.sin(DIRECTION)
        maps[0, 3] = grey == 0
        return (maps,)


def network(drawn: DrawnMinutiae) -> MinutiaeNetwork:
    return MinutiaeNetwork(cast("ModelSession", cast("Any", drawn)))


def picture(shape: tuple[int, int], finger: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    image, mask = np.full(shape, GROUND, np.uint8), np.zeros(shape, np.bool_)
    image[finger], mask[finger] = FINGER, True
    return image, mask


@given(
    st.tuples(st.integers(64, 1200), st.integers(64, 1200)),
    st.tuples(*[st.tuples(st.floats(0, 0.95), st.floats(0.05, 1))] * 2),
)
def test_any_finger_is_shown_in_sides_that_the_network_takes_and_not_too_much_of_it(
    shape: tuple[int, int], where: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    low = [int(size * start) for size, (start, _) in zip(shape, where, strict=True)]
    high = [max(int(size * end), begin + 1) for size, begin, (_, end) in zip(shape, low, where, strict=True)]
    image, mask = picture(shape, (slice(low[0], high[0]), slice(low[1], high[1])))
    middle = (low[0] + high[0]) // 2, (low[1] + high[1]) // 2
    image[middle] = 0
    drawn = DrawnMinutiae()
    found = network(drawn).find(image, mask)
    ((_, _, height, width),) = drawn.shapes
    assert height % p.NETWORK_MULTIPLE == width % p.NETWORK_MULTIPLE == 0
    assert height * width <= p.NETWORK_SIDE**2
    assert found.position.tolist() == [[middle[1], middle[0]]]


def test_directions_kinds_and_qualities_are_those_of_the_maps_and_the_rest_of_the_image_gives_none() -> None:
    image, mask = picture((300, 420), (slice(60, 260), slice(200, 400)))
    image[100, 250], image[200, 333] = 0, 1
    image[10, 10] = 0  # beside the finger
    found = network(DrawnMinutiae()).find(image, mask)
    assert found.position.tolist() == [[250, 100], [333, 200]]
    assert found.kind.tolist() == [ENDING, BIFURCATION]
    assert np.allclose(found.direction, DIRECTION)
    assert np.allclose(found.quality, QUALITY)


def test_what_is_too_unsure_and_what_is_too_many_is_left() -> None:
    image, mask = picture((200, 200), (slice(20, 180), slice(20, 180)))
    image[30:170:4, 30:170:4] = 0
    assert len(network(DrawnMinutiae(0.99 * p.NETWORK_QUALITY)).find(image, mask)) == 0
    assert len(network(DrawnMinutiae(1.5)).find(image, mask)) == p.MAX_MINUTIAE
    assert network(DrawnMinutiae(1.5)).find(image, mask).quality.max() == 1.0
    assert len(network(DrawnMinutiae()).find(image, np.zeros_like(mask))) == 0


@pytest.fixture
def session(shared: Path) -> ModelSession:
    return opened(published_leader(shared))


@cache
def opened(published: Path) -> ModelSession:
    return open_session(leader_entry(), leader_bytes(published), threads=1)


def test_the_published_graph_and_the_one_made_of_it_find_the_same(session: ModelSession, shared: Path) -> None:
    import onnxruntime

    published = onnxruntime.InferenceSession(str(published_leader(shared)))
    image = take_impression(Masters().get(3), choose_touch(3, 0), 0).image[:352, :352].astype(np.float32)
    (before,) = published.run(None, {"input": image[None, :, :, None]})
    (after,) = session.run(image[None, None])
    points = before[0, :, :, 3] >= p.NETWORK_QUALITY
    assert points.sum() > p.MIN_MINUTIAE
    assert np.array_equal(points, after[0, 0] >= p.NETWORK_QUALITY)
    turned = np.arctan2(after[0, 2], after[0, 1])[points] - before[0, :, :, 1][points]
    assert np.abs(np.angle(np.exp(1j * turned))).max() < 1e-3
    assert np.abs(after[0, 3] - before[0, :, :, 2])[points].max() < 1e-3


def test_the_network_sees_the_minutiae_of_made_fingers_in_their_directions(session: ModelSession) -> None:
    masters, leader = Masters(), MinutiaeNetwork(session)
    off, turned, alike, missed = [], [], [], 0
    for seed in range(3):
        made = take_impression(masters.get(seed), choose_touch(seed, 0), 0)
        mask = segment(made.image).mask
        found, truth = leader.find(made.image, mask), made.minutiae
        inside = mask[tuple(np.clip(np.rint(truth.position[:, ::-1]).astype(int), 0, np.array(mask.shape) - 1).T)]
        for position, direction, kind in zip(
            truth.position[inside], truth.direction[inside], truth.kind[inside], strict=True
        ):
            apart = np.hypot(*(found.position - position).T)
            if apart.min() > 8:
                missed += 1
                continue
            nearest = int(apart.argmin())
            off.append(found.position[nearest] - position)
            turned.append(abs((found.direction[nearest] - direction + pi) % (2 * pi) - pi))
            alike.append(found.kind[nearest] == kind)
    assert missed < 0.25 * len(off)
    assert np.abs(np.median(off, axis=0)).max() < 2.0
    assert np.mean(np.array(turned) < 0.5) > 0.9
    assert np.mean(alike) > 0.6
