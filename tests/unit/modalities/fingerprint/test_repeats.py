"""An earlier image is known again when it was moved, turned, blurred or compressed; two touches are never one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.domain.templates import MOST_TOUCHES, Touch, newest_touches
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.workflow.take import touch_of
from tests.unit.modalities.fingerprint.pictures import GROUND, finger

PIPELINE = open_fingerprint_pipeline()
READER = Provenance(SourceKind.LIVE, DeviceIdentity("fingerprint", "usb-1", "Reader"))
INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)
THUMB = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_THUMB)


def touch(image: Image) -> Touch:
    found = touch_of(PIPELINE.observe(FingerSample(0, 0.0, READER, image, 500.0)))
    assert found is not None
    return found


def turned(image: Image, degrees: float, across: float = 0.0, down: float = 0.0) -> Image:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += np.array((across, down))
    moved = cv2.warpAffine(image, turn, (width, height), borderValue=(GROUND,), flags=cv2.INTER_CUBIC)
    return np.asarray(moved, np.uint8)


def blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def compressed(image: Image, quality: int) -> Image:
    content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("seed", [3, 7])
def test_a_copy_is_known_again(seed: int) -> None:
    image = finger(seed)
    earlier = [touch(finger(seed, 5)), touch(image)]
    for copy in (
        image, np.roll(image, (4, -6), (0, 1)), turned(image, 0, 2.5, -1.5), turned(image, 8), turned(image, -25),
        compressed(turned(image, 15), 60), blurred(image, 0.8), np.ascontiguousarray(np.rot90(image)),
    ):  # fmt: skip  # one row
        assert PIPELINE.repeats(touch(copy), earlier)


@pytest.mark.parametrize("seed", [3, 11])
def test_another_touch_of_the_same_finger_is_no_copy(seed: int) -> None:
    touches = [touch(finger(seed, impression)) for impression in range(4)]
    for number, probe in enumerate(touches):
        assert not PIPELINE.repeats(probe, touches[:number] + touches[number + 1 :])


def test_images_of_another_finger_and_damaged_ones_are_not_asked() -> None:
    here = touch(finger(3))
    assert not PIPELINE.repeats(here, [Touch(THUMB, here.digest, here.geometry)])
    assert not PIPELINE.repeats(here, [Touch(here.characteristic, bytes(32), b"damaged")])
    assert not PIPELINE.repeats(here, [])


@pytest.mark.parametrize("seed", [3, 7])
def test_a_copy_that_is_blurred_more_is_known_by_its_sample(seed: int) -> None:
    earlier = touch(finger(seed))
    for image, known in ((blurred(finger(seed), 1.2), True), (finger(seed, 1), False)):
        shown = FingerSample(0, 0.0, READER, image, 500.0)
        assert PIPELINE.repeats(touch(image), [earlier], shown) is known


def test_the_newest_of_each_finger_are_kept_in_their_order() -> None:
    many = tuple(
        Touch(characteristic, number.to_bytes(32), b"") for number in range(50) for characteristic in (INDEX, THUMB)
    )
    kept = newest_touches(many)
    assert [touch.characteristic for touch in kept].count(INDEX) == MOST_TOUCHES
    assert kept == tuple(touch for touch in many if int.from_bytes(touch.digest) >= 50 - MOST_TOUCHES)
    assert newest_touches(kept) == kept
