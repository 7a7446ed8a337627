"""A finger in pieces, of dry skin or across a crease, is one finger; two fingers are two, though they nearly touch."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Mask, segment
from mlid_desktop.modalities.fingerprint.minutiae import ENDING, Minutiae
from mlid_desktop.modalities.fingerprint.parameters import FingerGates
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline, open_fingerprint_pipeline
from tests.unit.modalities.fingerprint.pictures import beside, cat, creased, finger, patchy, two_fingers

READER = Provenance(SourceKind.LIVE, DeviceIdentity("fingerprint", "reader", "reader"))
SEEDS = range(6)


def sample(image: Image) -> FingerSample:
    return FingerSample(0, 0.0, READER, image, 500.0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cloud", [1, 2, 3])
def test_patches_of_dry_skin_are_one_finger(seed: int, cloud: int) -> None:
    found = segment(patchy(finger(seed), cloud))
    assert found.second < p.SECOND_FINGER
    assert found.mask.any()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("at", "width", "slope"), [(0.55, 45, 0.0), (0.65, 60, 0.2), (0.7, 50, -0.2)])
def test_a_crease_across_a_finger_does_not_make_two(seed: int, at: float, width: float, slope: float) -> None:
    observed = open_fingerprint_pipeline().observe(sample(creased(finger(seed), at, width, slope)))
    assert observed.reason is not Reason.SEVERAL_FINGERS
    assert observed.template is not None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("gap", "down"), [(40, 0), (60, 50), (90, -40)])
def test_two_fingers_side_by_side_or_above_one_another_are_named(seed: int, gap: int, down: int) -> None:
    both = beside(finger(seed), finger(seed + 1), gap, down)
    for image in (both, np.ascontiguousarray(both.T), two_fingers(seed, seed + 1)):
        observed = open_fingerprint_pipeline().observe(sample(image))
        assert observed.template is None
        assert (observed.reason, observed.hint) == (Reason.SEVERAL_FINGERS, Hint.ONE_FINGER)


def test_one_piece_alone_is_taken_of_a_finger_in_pieces() -> None:
    image = creased(finger(2), 0.6, 50)
    mask = segment(image).mask
    rows = np.nonzero(mask.any(axis=1))[0]
    assert rows.min() > 0.6 * len(image) or rows.max() < 0.6 * len(image), "nothing of the other side of the crease"


class Sure:
    """Stands in for the network: so many minutiae of which it is sure, and many of which it is not."""

    sha256 = "0" * 64

    def __init__(self, sure: int) -> None:
        self._sure = sure

    def find(self, image: Image, mask: Mask) -> Minutiae:
        position = np.argwhere(mask)[:: int(mask.sum()) // 30][:30, ::-1].astype(np.float32)
        quality = np.full(30, 0.7, np.float32)
        quality[: self._sure] = 0.9
        return Minutiae(position, np.zeros(30, np.float32), np.full(30, ENDING, np.uint8), quality)


@pytest.mark.parametrize(("sure", "named"), [(0, True), (2, True), (3, False)])
def test_uneven_ridges_are_those_of_a_finger_where_the_network_is_sure_of_minutiae(sure: int, named: bool) -> None:
    pipeline = FingerprintPipeline(FingerGates(), cast("Any", Sure(sure)))
    assert (pipeline.observe(sample(cat(1))).reason is Reason.NO_FINGER) is named
    assert pipeline.observe(sample(finger(1))).template is not None
