"""A gallery that people are added to finds what one finds that was built of everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.observations import Observation, SearchHit
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.fingerprint import compare
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger
from mlid_desktop.modalities.fingerprint.templates import Impression
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.shipped_rules import read_calibrations
from mlid_desktop.station.services.recognition import gallery
from mlid_desktop.station.services.recognition.gallery import Gallery
from tests.makers import ENROLLED, INDEX, policy, sample
from tests.worked_out_once import touch_image

PEOPLE = (1, 2, 3, 4)
THUMB = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_THUMB)


@cache
def pipeline() -> Pipeline:
    return open_fingerprint_pipeline()


@cache
def observed(seed: int, impression: int) -> Observation:
    """A made-up finger as the pipeline sees it."""
    image = touch_image(seed, impression)
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


def test_newer_people_are_merged_without_being_made_ready_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MERGED_FROM", 2)
    made_ready: list[int] = []
    make_ready = compare.prepare

    def counted(impressions: tuple[Impression, ...]) -> ReadyFinger:
        made_ready.append(len(impressions))
        return make_ready(impressions)

    monkeypatch.setattr("mlid_desktop.modalities.fingerprint.search_table.prepare", counted)
    grown = Gallery(pipeline(), [])
    assert all(grown.add([reference(seed)]) for seed in PEOPLE)
    assert len(made_ready) == len(PEOPLE)
    assert len(grown) == len(PEOPLE)
    monkeypatch.undo()
    whole = Gallery(pipeline(), [reference(seed) for seed in PEOPLE])
    for seed in PEOPLE:
        assert found(grown, seed) == found(whole, seed)


def test_who_is_known_by_an_absent_extractor_alone_is_counted_until_captured_here() -> None:
    def foreign(seed: int, characteristic: Characteristic = INDEX) -> Reference:
        made = reference(seed)
        extractor = replace(made.template.extractor, name="not-here")
        return replace(made, template=replace(made.template, extractor=extractor, characteristic=characteristic))

    gallery = Gallery(pipeline(), [foreign(1), foreign(2), reference(2), foreign(3, THUMB)])
    assert gallery.without_model(INDEX) == {reference(1).subject_id}
    assert gallery.without_model(THUMB) == {reference(3).subject_id}
    probe = replace(observed(1, 2), characteristic=INDEX)
    searched = gallery.search(probe, policy(), read_calibrations(resource_folder() / "calibration"))
    assert (searched.gallery_size, searched.without_model) == (1, 1)
    assert gallery.add([reference(1)])
    assert gallery.without_model(INDEX) == frozenset()


class Alone:
    """An index that cannot be joined to another."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._references = references

    def __len__(self) -> int:
        return len(self._references)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        raise NotImplementedError


def test_an_index_that_cannot_be_joined_is_built_anew_until_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "REBUILT_FROM", 1)
    monkeypatch.setattr(type(pipeline()), "index", lambda _pipeline, references: Alone(references))
    grown = Gallery(pipeline(), [])
    assert grown.add([reference(1)])
    assert not grown.add([reference(2)])


def test_tables_are_made_once_and_told_once() -> None:
    made = [reference(seed) for seed in PEOPLE]
    fresh = Gallery(pipeline(), made)
    tabulated = fresh.take_tabulated()
    assert [kept.reference_id for kept in tabulated] == [kept.reference_id for kept in made]
    assert fresh.take_tabulated() == ()
    again = Gallery(pipeline(), tabulated)
    assert again.take_tabulated() == ()
    for seed in PEOPLE:
        assert found(again, seed) == found(fresh, seed)


def test_a_table_of_another_version_or_malformed_is_made_anew() -> None:
    (kept,) = Gallery(pipeline(), [reference(1)]).take_tabulated() or ()
    table = kept.template.search_table
    assert table is not None
    for spoilt in (replace(table, version=table.version + 1), replace(table, content=table.content[:-1])):
        held = replace(kept, template=replace(kept.template, search_table=spoilt))
        (made,) = Gallery(pipeline(), [held]).take_tabulated()
        assert made.template.search_table == table


def test_who_is_gone_is_left_out_and_who_changed_is_held_as_now() -> None:
    gallery = Gallery(pipeline(), [reference(seed) for seed in PEOPLE])
    gone, changed = reference(1).subject_id, reference(2).subject_id
    anew = replace(reference(3), reference_id="f" * 32, subject_id=changed)
    assert gallery.renew({gone: (), changed: (anew,)})
    assert len(gallery) == len(PEOPLE) - 1
    probe = replace(observed(3, 2), characteristic=INDEX)
    searched = gallery.search(probe, policy(), read_calibrations(resource_folder() / "calibration"))
    assert {changed, reference(3).subject_id} <= {candidate.subject_id for candidate in searched.candidates}
    assert searched.gallery_size == len(PEOPLE) - 1
    assert gone not in {candidate.subject_id for candidate in searched.candidates}
