"""Two fingers joined in one image verify as neither of their owners; light and dark exchanged is refused and a copy all
the same; a mirrored finger is another one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import align
from mlid_desktop.modalities.fingerprint.compare import prepare
from mlid_desktop.modalities.fingerprint.cylinders import local_similarities
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.seams import seam_evidence
from mlid_desktop.modalities.fingerprint.sides import least_agreeing_side
from mlid_desktop.modalities.fingerprint.templates import Impression, decode
from mlid_desktop.workflow.take import touch_of
from tests.unit.modalities.fingerprint.pictures import finger, joined

PIPELINE = open_fingerprint_pipeline()
READER = Provenance(SourceKind.LIVE, DeviceIdentity("fingerprint", "usb-1", "Reader"))
FLOOR = 0.345  # the score that the laxest shipped policy asks


def seen(image: Image) -> Observation:
    return PIPELINE.observe(FingerSample(0, 0.0, READER, image, 500.0))


def score(first: Observation, second: Observation) -> float:
    assert first.template is not None
    assert second.template is not None
    return PIPELINE.similarity(first.template, second.template)


@pytest.mark.parametrize(("width", "across"), list(product((0, 16), (True, False))))
def test_two_joined_fingers_verify_as_neither(width: int, *, across: bool) -> None:
    for first, second in ((3, 7), (11, 5)):
        made = seen(joined(finger(first), finger(second), width, across=across))
        for seed in (first, second):
            matches = made.usable and score(made, seen(finger(seed, 1))) >= FLOOR
            assert made.joined or not matches


def test_most_joined_fingers_are_seen_in_the_image_alone() -> None:
    pairs = [(3, 7), (11, 5), (2, 9), (4, 6)]
    found = [seen(joined(finger(a), finger(b), 0, across=True)).reason for a, b in pairs]
    assert found.count(Reason.RIDGES_BREAK_OFF) >= len(pairs) - 1


@pytest.mark.parametrize("seed", range(1, 9))
def test_one_finger_is_not_taken_for_two(seed: int) -> None:
    touches = [seen(finger(seed, impression)) for impression in range(2)]
    assert all(touch.usable and not touch.joined for touch in touches)
    assert score(*touches) >= FLOOR


@pytest.mark.parametrize("seed", [3, 5, 11])
def test_a_side_that_is_bent_is_laid_again_by_itself(seed: int) -> None:
    """One side pushed 11 pixels along the skin agrees again once it is laid anew; that of another finger does not."""
    minutiae = minutiae_of(seed, 0)
    beyond = minutiae.position[:, 0] > np.median(minutiae.position[:, 0])
    position = minutiae.position + np.where(beyond, np.float32(11.0), np.float32(0.0))[:, None]
    bent = replace(minutiae, position=np.asarray(position, np.float32))
    other = minutiae_of(seed + 20, 0)
    foreign = other.position[:, 0] > np.median(minutiae.position[:, 0])
    half = Minutiae(
        np.concatenate([minutiae.position[~beyond], other.position[foreign]]),
        np.concatenate([minutiae.direction[~beyond], other.direction[foreign]]),
        np.concatenate([minutiae.kind[~beyond], other.kind[foreign]]),
        np.concatenate([minutiae.quality[~beyond], other.quality[foreign]]),
    )
    assert least(minutiae, bent) >= p.SIDE_LEAST
    assert least(minutiae, half) < p.SIDE_LEAST


def minutiae_of(seed: int, impression: int) -> Minutiae:
    template = seen(finger(seed, impression)).template
    assert template is not None
    return decode(template.payload)


def least(first: Minutiae, second: Minutiae) -> float:
    here, there = (prepare((Impression(minutiae),))[0] for minutiae in (first, second))
    similarity = local_similarities(here.cylinders, there.cylinders)
    return least_agreeing_side(here, there, similarity, align(here.cylinders, there.cylinders, similarity))


def test_an_image_without_a_finger_has_no_seam() -> None:
    empty, image = np.zeros((80, 90), np.float32), np.full((80, 90), 200, np.uint8)
    assert seam_evidence(image, empty, np.zeros((80, 90), np.bool_)) == -np.inf
    small = np.zeros((80, 90), np.bool_)
    small[30:50, 30:50] = True
    assert seam_evidence(image, empty, small) < p.SEAM_DOUBT


@pytest.mark.parametrize("seed", [3, 7])
def test_light_ridges_are_refused_with_their_reason_and_known_again(seed: int) -> None:
    image = finger(seed)
    light = seen(np.asarray(255 - image, np.uint8))
    assert not light.usable
    assert light.reason is Reason.INVERTED
    earlier, again = touch_of(seen(image)), touch_of(light)
    assert earlier is not None
    assert again is not None
    assert PIPELINE.repeats(again, [earlier])


@pytest.mark.parametrize("seed", [3, 7])
def test_a_mirrored_finger_is_another_one(seed: int) -> None:
    image = finger(seed)
    for mirrored in (image[:, ::-1], image[::-1]):
        other = seen(np.ascontiguousarray(mirrored))
        assert not other.usable or score(other, seen(image)) < FLOOR
