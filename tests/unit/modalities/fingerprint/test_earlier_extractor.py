"""Fingers that were enrolled before the network was there: compared as before, renewed by it, never mixed with it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest

from mlid_desktop.decision.calibration_set import calibration_for
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import BackwardCompatible, Pipeline, RepeatDetecting
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.fingerprint.pipeline import open_succeeding_pipeline, renewed_template
from mlid_desktop.models.store import ModelStore
from mlid_desktop.station.configuration.shipped_rules import read_calibrations
from mlid_desktop.workflow.take import touch_of
from tests.leader_model import leader_bytes, leader_entry, manifest, published_leader
from tests.makers import ENROLLED, INDEX, RESOURCES
from tests.unit.modalities.fingerprint.pictures import GROUND, finger

READER = Provenance(SourceKind.LIVE, DeviceIdentity("fingerprint", "reader", "reader"))


@pytest.fixture
def pipeline(shared: Path) -> Pipeline:
    return opened(published_leader(shared))


@cache
def opened(published: Path) -> Pipeline:
    with TemporaryDirectory() as folder:
        (Path(folder) / leader_entry().file).write_bytes(leader_bytes(published))
        return open_succeeding_pipeline(ModelStore(manifest(), Path(folder), threads=1))


@pytest.fixture
def before(pipeline: Pipeline) -> Pipeline:
    assert isinstance(pipeline, BackwardCompatible)
    (earlier,) = pipeline.earlier
    return earlier


def seen_by(pipeline: Pipeline, image: Image, placed: Characteristic = INDEX) -> Observation:
    return pipeline.observe(FingerSample(0, 0.0, READER, image, 500.0)).for_characteristic(placed)


def reference_of(observation: Observation) -> Reference:
    assert observation.template is not None
    return Reference("before", "person", observation.template, 90, READER, ENROLLED)


@cache
def picture(seed: int, impression: int) -> Image:
    return finger(seed, impression)


def test_without_the_network_the_extractor_before_does_the_work(before: Pipeline, tmp_path: Path) -> None:
    alone = open_succeeding_pipeline(ModelStore(manifest(), tmp_path, threads=1))
    assert alone.extractor == before.extractor
    (tmp_path / leader_entry().file).write_bytes(b"another")
    with pytest.raises(ModelError) as caught:
        open_succeeding_pipeline(ModelStore(manifest(), tmp_path, threads=1))
    assert caught.value.code is Code.MODEL_CHANGED


def test_who_was_enrolled_before_is_compared_as_before_and_renewed(pipeline: Pipeline, before: Pipeline) -> None:
    kept = reference_of(seen_by(before, picture(1, 0)))
    calibrations = read_calibrations(RESOURCES / "calibration")
    own, stranger = (pipeline.compare(seen_by(pipeline, picture(seed, 1)), [kept]) for seed in (1, 2))
    for evidence, seed in ((own, 1), (stranger, 2)):
        assert evidence.comparison is not None
        assert evidence.extractor == before.extractor.key
        alone = before.compare(seen_by(before, picture(seed, 1)), [kept])
        assert alone.comparison is not None
        assert evidence.comparison.score == alone.comparison.score
    calibration = calibration_for(calibrations, INDEX.modality, own.extractor)
    assert calibration is not None
    assert own.comparison is not None
    assert stranger.comparison is not None
    assert calibration.meaning(own.comparison.score).fmr <= 1e-3 < calibration.meaning(stranger.comparison.score).fmr
    assert own.renewal is not None
    assert own.renewal.replaced == ("before",)
    assert own.renewal.template.extractor == pipeline.extractor
    renewed = replace(kept, template=own.renewal.template)
    again = pipeline.compare(seen_by(pipeline, picture(1, 2)), [renewed])
    assert again.comparison is not None
    assert again.extractor == pipeline.extractor.key
    assert again.renewal is None


def test_templates_of_both_are_never_compared_with_each_other(pipeline: Pipeline, before: Pipeline) -> None:
    old, new = seen_by(before, picture(1, 0)).template, seen_by(pipeline, picture(1, 0)).template
    assert old is not None
    assert new is not None
    for comparing in (pipeline, before):
        with pytest.raises(ModelError) as caught:
            comparing.similarity(old, new)
        assert caught.value.code is Code.MODEL_EXTRACTOR_MISMATCH
        with pytest.raises(ModelError):
            comparing.index(
                [reference_of(seen_by(before, picture(1, 0))), reference_of(seen_by(pipeline, picture(1, 0)))]
            )


def test_a_touch_that_shows_little_renews_nothing(pipeline: Pipeline, before: Pipeline) -> None:
    part = picture(1, 1).copy()
    part[:, : part.shape[1] * 3 // 5] = GROUND
    kept, little = seen_by(before, picture(1, 1)).template, seen_by(pipeline, part).template
    whole = seen_by(pipeline, picture(1, 1)).template
    assert kept is not None
    assert little is not None
    assert whole is not None
    assert renewed_template(little, [kept]) is None
    renewed = renewed_template(whole, [kept])
    assert renewed == whole
    assert renewed is not None
    assert renewed.search_table is not None


def test_an_image_that_was_seen_before_the_network_came_is_known_again(pipeline: Pipeline, before: Pipeline) -> None:
    assert isinstance(pipeline, RepeatDetecting)
    earlier = touch_of(seen_by(before, picture(1, 0)))
    copy = np.ascontiguousarray(np.rot90(picture(1, 0)))
    again, other = touch_of(seen_by(pipeline, copy)), touch_of(seen_by(pipeline, picture(1, 1)))
    assert earlier is not None
    assert again is not None
    assert other is not None
    assert pipeline.repeats(again, [earlier])
    assert not pipeline.repeats(other, [earlier])
    blurred = seen_by(pipeline, np.asarray(cv2.GaussianBlur(picture(1, 0), (0, 0), 1.2), np.uint8))
    copy_touch = touch_of(blurred)
    assert copy_touch is not None
    assert pipeline.repeats(copy_touch, [earlier], blurred.sample)
