"""What is no finger is named and gives no template; what is a poor one says what would mend it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.devices.formats.finger_picture import make_ridges_dark
from mlid_desktop.devices.simulated.fingerprint_reader import SimulatedReader
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import Provenance, SourceKind
from mlid_desktop.domain.quality import FAILURE_TO_ASSESS, Measure
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline, open_fingerprint_pipeline
from tests.unit.modalities.fingerprint.pictures import GROUND, cat, finger, lines, moved, noise, two_fingers, writing

NAMED = {Reason.NO_FINGER, Reason.EMPTY_SAMPLE, Reason.TOO_FEW_MINUTIAE, Reason.SEVERAL_FINGERS}
COMPONENTS = {
    Measure.FOREGROUND_AREA,
    Measure.RIDGE_CLARITY,
    Measure.MINUTIAE_COUNT,
    Measure.MOISTURE,
    Measure.POSITION,
    Measure.MOTION,
}


@cache
def pipeline() -> FingerprintPipeline:
    return open_fingerprint_pipeline()


def seen(image: Image, dpi: float = 500.0) -> Observation:
    identity = SimulatedReader(0).identity
    return pipeline().observe(FingerSample(0, 0.0, Provenance(SourceKind.SIMULATED, identity), image, dpi))


def value(observed: Observation, measure: Measure) -> int:
    component = observed.quality.component(measure)
    assert component is not None
    return component.value


def likeness(first: Observation, second: Observation) -> float:
    assert first.template is not None
    assert second.template is not None
    return pipeline().similarity(first.template, second.template)


def test_a_good_touch_has_every_component_and_passes() -> None:
    observed = seen(finger(1))
    assert {component.measure for component in observed.quality.components} == COMPONENTS
    assert all(0 <= component.value <= 100 for component in observed.quality.components)
    assert observed.usable
    assert observed.quality.unified > 60


@pytest.mark.parametrize("seed", range(4))
def test_a_cat_is_no_finger(seed: int) -> None:
    observed = seen(cat(seed))
    assert observed.template is None
    assert (observed.reason, observed.hint) == (Reason.NO_FINGER, Hint.PLACE_FINGER)


@pytest.mark.parametrize("picture", [lines(9.0), lines(4.0), writing()], ids=["lines", "fine lines", "writing"])
def test_lines_and_writing_give_no_template(picture: Image) -> None:
    observed = seen(picture)
    assert observed.template is None
    assert observed.reason in NAMED


@settings(max_examples=12)
@given(seed=st.integers(0, 2**31), sigma=st.sampled_from([0.0, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0]))
def test_noise_of_any_grain_gives_no_template(seed: int, sigma: float) -> None:
    observed = seen(noise(seed, sigma))
    assert observed.template is None
    assert observed.reason in NAMED


@settings(max_examples=12)
@given(
    level=st.integers(0, 255),
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    dpi=st.sampled_from([250.0, 500.0, 1000.0, 0.0, -1.0, float("nan"), float("inf")]),
)
def test_one_grey_gives_no_template_at_any_size(level: int, height: int, width: int, dpi: float) -> None:
    observed = seen(np.full((height, width), level, np.uint8), dpi)
    assert observed.template is None
    assert observed.reason in NAMED


@pytest.mark.parametrize(("first", "second"), [(11, 12), (3, 5)])
def test_two_fingers_are_named_and_one_is_asked_for(first: int, second: int) -> None:
    observed = seen(two_fingers(first, second))
    assert observed.template is None
    assert (observed.reason, observed.hint) == (Reason.SEVERAL_FINGERS, Hint.ONE_FINGER)


def test_a_speck_beside_a_finger_is_no_second_finger() -> None:
    dirty = finger(1).copy()
    dirty[5:45, 5:45] = np.where(np.arange(40) % 9 < 4, 40, GROUND)
    assert seen(dirty).template is not None


@pytest.mark.parametrize("cut", [np.s_[130:, :], np.s_[:, 150:]], ids=["upper half", "left half"])
def test_half_a_finger_is_worth_less_or_named(cut: tuple[slice, slice]) -> None:
    whole = finger(3)
    half = whole.copy()
    half[cut] = GROUND
    observed = seen(half)
    assert observed.quality.unified < seen(whole).quality.unified
    assert observed.template is not None or observed.reason in NAMED


def test_a_finger_that_moves_is_asked_to_hold_still() -> None:
    still, moving = seen(finger(4)), seen(moved(finger(4), 13, down=True))
    assert value(still, Measure.MOTION) > 90
    assert value(moving, Measure.MOTION) < value(still, Measure.MOTION) - 30
    component = moving.quality.component(Measure.MOTION)
    assert component is not None
    assert component.hint is Hint.HOLD_STILL


def test_motion_is_not_judged_where_all_ridges_run_one_way() -> None:
    assert value(seen(lines(9.0)), Measure.MOTION) == FAILURE_TO_ASSESS


@pytest.mark.parametrize("seed", range(3))
def test_a_negative_is_turned_to_dark_ridges(seed: int) -> None:
    image = finger(seed)
    assert np.array_equal(make_ridges_dark(image), image)
    assert np.array_equal(make_ridges_dark(255 - image), image)


def test_a_black_frame_makes_no_negative() -> None:
    framed = np.pad(finger(2), 40)
    assert np.array_equal(make_ridges_dark(framed), framed)


def test_a_pale_print_is_the_same_finger() -> None:
    image = finger(1)
    pale = (200 + (image.astype(np.float32) - 200) * 0.2).round().astype(np.uint8)
    assert likeness(seen(pale), seen(finger(1, 1))) > 2 * likeness(seen(image), seen(finger(2, 1)))


@pytest.mark.parametrize("dpi", [250, 1000])
def test_the_ends_of_the_resolutions_give_the_same_finger(dpi: int) -> None:
    scale = dpi / 500
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = np.asarray(cv2.resize(finger(1), None, fx=scale, fy=scale, interpolation=how), np.uint8)
    assert likeness(seen(image, dpi), seen(finger(1, 1))) > 2 * likeness(seen(image, dpi), seen(finger(2, 1)))


def test_the_synthetic_fingers_of_nfiq_2_are_good(shared: Path) -> None:
    """NFIQ 2 gives these five 45 to 57, of which field practice asks 40."""
    paths = sorted((shared / "data" / "fingerprint" / "nfiq2_sfinge").glob("*.pgm"))
    assert len(paths) == 5
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert seen(np.asarray(picture, np.uint8)).usable
