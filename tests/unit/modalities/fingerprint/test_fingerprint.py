"""Fingerprints: the same finger is found again however it is placed, and nothing comes of nothing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from mlid_desktop.devices.simulated.fingerprint_reader import SimulatedReader
from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import Provenance, SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.fingerprint.minutiae import thin
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline, open_fingerprint_pipeline
from mlid_desktop.synthetic.fingerprint import HEIGHT, WIDTH, Pattern, make_master
from tests.makers import ENROLLED
from tests.worked_out_once import touch_image

THUMB = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_THUMB)


@cache
def pipeline() -> FingerprintPipeline:
    return open_fingerprint_pipeline()


def of(image: Image, dpi: float = 500.0) -> FingerSample:
    identity = SimulatedReader(0).identity
    return FingerSample(0, 0.0, Provenance(SourceKind.SIMULATED, identity), image, dpi)


@cache
def touched(seed: int, impression: int) -> Observation:
    return pipeline().observe(of(touch_image(seed, impression)))


def score(first: Observation, second: Observation) -> float:
    assert first.template is not None
    assert second.template is not None
    return pipeline().similarity(first.template, second.template)


def test_impressions_of_a_finger_are_more_alike_than_any_of_two_fingers() -> None:
    same = [score(touched(seed, 0), touched(seed, other)) for seed in range(3) for other in (1, 2)]
    different = [score(touched(a, 0), touched(b, 1)) for a in range(3) for b in range(3) if a != b]
    assert min(same) > 2 * max(different)


def test_the_order_of_comparison_does_not_matter() -> None:
    assert score(touched(0, 0), touched(1, 0)) == pytest.approx(score(touched(1, 0), touched(0, 0)))


def test_a_template_of_another_extractor_is_not_compared() -> None:
    template = touched(0, 0).template
    assert template is not None
    foreign = Template(template.characteristic, Extractor("other", 1, ""), template.payload)
    with pytest.raises(ModelError) as fault:
        pipeline().similarity(template, foreign)
    assert fault.value.code is Code.MODEL_EXTRACTOR_MISMATCH


NOISE = np.random.default_rng(0).integers(0, 256, (400, 340)).astype(np.uint8)


@pytest.mark.parametrize(
    ("image", "dpi"),
    [
        (np.full((400, 340), 255, np.uint8), 500.0),
        (np.zeros((400, 340), np.uint8), 500.0),
        (np.full((1, 1), 128, np.uint8), 500.0),
        (np.zeros((3000, 3000), np.uint8), 500.0),
        (np.full((400, 340), 128, np.uint8), 0.0),
        (np.full((400, 340), 128, np.uint8), float("nan")),
        (np.full((400, 340), 128, np.uint8), float("inf")),
        (np.full((400, 340), 128, np.uint8), -500.0),
    ],
)
def test_nothing_comes_of_nothing(image: Image, dpi: float) -> None:
    observed = pipeline().observe(of(image, dpi))
    assert observed.template is None
    assert observed.reason in {Reason.NO_FINGER, Reason.EMPTY_SAMPLE, Reason.TOO_FEW_MINUTIAE}


def test_noise_is_not_usable() -> None:
    assert not pipeline().observe(of(NOISE)).usable


def test_an_empty_platen_asks_for_the_finger() -> None:
    assert pipeline().observe(of(np.full((400, 340), 240, np.uint8))).hint is Hint.PLACE_FINGER


def test_half_a_finger_is_worth_less_than_a_whole_one() -> None:
    whole = touch_image(3)
    half = whole.copy()
    half[130:] = 232
    areas = [pipeline().observe(of(image)).quality.component(Measure.FOREGROUND_AREA) for image in (whole, half)]
    assert areas[0] is not None
    assert areas[1] is not None
    assert areas[1].value < areas[0].value


@pytest.mark.parametrize("dpi", [320, 1000])
def test_any_resolution_is_brought_to_500_dpi(dpi: int) -> None:
    import cv2

    image = touch_image(1, 1)
    scale = dpi / 500
    resized = cv2.resize(
        image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    other = pipeline().observe(of(np.asarray(resized, np.uint8), float(dpi)))
    assert score(touched(1, 0), other) > 2 * score(touched(0, 0), touched(1, 0))


def references(count: int) -> list[Reference]:
    made = []
    for seed in range(count):
        template = touched(seed, 0).template
        assert template is not None
        provenance = Provenance(SourceKind.SIMULATED, SimulatedReader(seed).identity)
        made.append(Reference(f"r{seed}", f"s{seed}", template, 90, provenance, ENROLLED))
    return made


def test_a_search_finds_the_finger_first() -> None:
    index = pipeline().index(references(4))
    probe = touched(2, 2).template
    assert probe is not None
    hits = index.search(probe, 3)
    assert hits[0].subject_id == "s2"
    assert len(hits) == 3
    assert len(pipeline().index([])) == 0
    assert pipeline().index([]).search(probe, 3) == ()


def test_only_the_same_finger_of_the_hand_is_compared() -> None:
    observed = touched(2, 1)
    elsewhere = observed.for_characteristic(THUMB)
    assert pipeline().compare(observed, references(3)[2:]).comparison is not None
    assert pipeline().compare(elsewhere, references(3)[2:]).comparison is None


def test_thinned_ridges_are_one_pixel_wide_and_keep_their_pieces() -> None:
    image = np.zeros((40, 60), np.uint8)
    image[10:16, 5:55] = 1
    image[25:30, 5:55] = 1
    skeleton = thin(image)
    assert set(np.unique(skeleton)) <= {0, 1}
    assert skeleton[:, 30].sum() == 2
    assert skeleton[10:16].sum() > 35


def test_a_seed_is_a_finger_the_same_on_every_run() -> None:
    first, again, other = make_master(11), make_master(11), make_master(12)
    assert np.array_equal(first.ridges, again.ridges)
    assert not np.array_equal(first.ridges, other.ridges)
    assert first.ridges.shape == (HEIGHT, WIDTH)


def test_all_five_patterns_occur() -> None:
    from mlid_desktop.synthetic import fingerprint as synthetic_fingerprint

    drawn = {
        list(Pattern)[int(np.random.default_rng([seed, 0]).choice(5, p=synthetic_fingerprint.CLASS_SHARES))]
        for seed in range(200)
    }
    assert drawn == set(Pattern)


def test_the_simulated_reader_repeats_and_ends() -> None:
    first = [sample.image for sample in SimulatedReader(5, impression=2).samples() if isinstance(sample, FingerSample)]
    again = [sample.image for sample in SimulatedReader(5, impression=2).samples() if isinstance(sample, FingerSample)]
    assert len(first) == 1
    assert np.array_equal(first[0], again[0])
    endless = SimulatedReader(5)
    items = endless.samples()
    next(items)
    endless.close()
    assert not any(isinstance(item, FingerSample) for item in items)
