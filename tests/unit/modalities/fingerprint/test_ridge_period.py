"""A picture at another resolution than is said is told by how far apart its ridges lie."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.simulated.fingerprint_reader import SimulatedReader
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import Provenance, SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.ridge_period import is_human
from tests.worked_out_once import touch_image


def seen(image: Image) -> Observation:
    identity = SimulatedReader(0).identity
    sample = FingerSample(0, 0.0, Provenance(SourceKind.SIMULATED, identity), image, 500.0)
    return open_fingerprint_pipeline().observe(sample)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_dots_taken_for_five_hundred_are_said(seed: int) -> None:
    right = touch_image(seed, 1)
    assert seen(right).quality.component(Measure.RIDGE_PERIOD) is None
    twice = np.asarray(cv2.resize(right, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    observed = seen(twice)
    assert observed.reason is Reason.UNLIKELY_RESOLUTION
    assert not observed.quality.passed


def test_childrens_ridges_are_a_persons() -> None:
    assert is_human(5.0)
    assert is_human(9.0)
    assert not is_human(18.0)
