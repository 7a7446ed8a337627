"""A gallery that people are added to finds what one finds that was built of everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.station.assemble import read_calibrations
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.services import gallery
from mlid_desktop.station.services.gallery import Gallery
from mlid_desktop.synthetic.fingerprint import choose_touch, impress, make_master
from tests.makers import ENROLLED, INDEX, policy, sample

PEOPLE = (1, 2, 3, 4)


@cache
def pipeline() -> Pipeline:
    return open_fingerprint_pipeline()


@cache
def observed(seed: int, impression: int) -> Observation:
    """A made-up finger as the pipeline sees it."""
    image = impress(make_master(seed), choose_touch(seed, impression), impression)
    seen = pipeline().observe(FingerSample(0, 0.0, sample().provenance, image, 500.0))
    assert seen.template is not None
    return replace(seen, template=replace(seen.template, characteristic=INDEX))


def reference(seed: int) -> Reference:
    seen = observed(seed, 1)
    assert seen.template is not None
    return Reference(f"{seed:032x}", f"{seed:032x}", seen.template, 80, seen.provenance, ENROLLED)


def found(searched: Gallery, seed: int) -> Sequence[tuple[str, float | None]]:
    probe = replace(observed(seed, 2), characteristic=INDEX)
    candidates = searched.search(probe, policy(), read_calibrations(resource_folder() / "calibration"))
    assert candidates.gallery_size == len(PEOPLE)
    return [(candidate.subject_id, candidate.score) for candidate in candidates.candidates]


def test_who_is_added_is_found_as_if_there_from_the_beginning() -> None:
    whole = Gallery(pipeline(), [reference(seed) for seed in PEOPLE])
    grown = Gallery(pipeline(), [reference(seed) for seed in PEOPLE[:2]])
    assert all(grown.add([reference(seed)]) for seed in PEOPLE[2:])
    assert len(grown) == len(whole)
    for seed in PEOPLE:
        assert found(grown, seed) == found(whole, seed)
        assert found(grown, seed)[0][0] == f"{seed:032x}"


def test_where_much_is_new_the_gallery_is_to_be_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "NEWER_MAX", 1)
    grown = Gallery(pipeline(), [])
    assert grown.add([reference(1)])
    assert not grown.add([reference(2)])
