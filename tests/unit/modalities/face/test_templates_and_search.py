"""Template payloads, comparison and 1:N search, without models."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.face.embedding.cohort import load_cohort, read_cohort
from mlid_desktop.modalities.face.embedding.compare import compare_templates
from mlid_desktop.modalities.face.embedding.forms import NormalisedForm, decode, encode
from mlid_desktop.modalities.face.embedding.index import FaceIndex, rank_best
from mlid_desktop.modalities.face.parameters import COHORT_FILE
from mlid_desktop.modalities.vectors import unit_vector
from tests.makers import RESOURCES

SHIPPED = RESOURCES / "face" / COHORT_FILE
EXTRACTOR = Extractor("face-test", 1, "00")
FORM = NormalisedForm(EXTRACTOR, load_cohort(SHIPPED, 256))
PROVENANCE = Provenance(SourceKind.RECORDED, DeviceIdentity("dir", "x", "x"))


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    source = np.random.default_rng(seed)
    drawn = source.standard_normal((count, 256))
    crowding = source.uniform(0.0, 0.3, (count, 1))
    return np.hstack([drawn / np.linalg.norm(drawn, axis=1, keepdims=True), crowding]).astype(np.float32)


def between(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector that is like both."""
    return np.append(unit_vector(first[:-1] + second[:-1]), first[-1]).astype(np.float32)


def template(vector: NDArray[np.float32], extractor: Extractor = EXTRACTOR) -> Template:
    return Template(FACE, extractor, encode(vector))


def references(count: int) -> list[Reference]:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Reference(f"r{row}", f"s{row}", template(vector), 90, PROVENANCE, made)
        for row, vector in enumerate(vectors(count))
    ]


def code_of(payload: bytes) -> Code:
    with pytest.raises(ModelError) as caught:
        decode(payload)
    return caught.value.code


def test_a_payload_is_small_and_keeps_scores_to_a_thousandth() -> None:
    first, second = vectors(2)
    second = between(first, second)
    assert len(encode(first)) == 515
    plain = float(first[:-1] @ second[:-1] - first[-1] - second[-1])
    assert compare_templates(FORM, template(first), template(second)) == pytest.approx(plain, abs=1e-3)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        bytes(515),
        bytes([2]) + bytes(514),
        encode(vectors(1)[0])[:-1],
        encode(vectors(1)[0]) + b"\0",
        bytes([1]) + encode(vectors(1)[0])[1:],
        bytes([2]) + np.full(257, np.nan, "<f2").tobytes(),
        bytes([2]) + np.full(257, np.inf, "<f2").tobytes(),
        encode(vectors(1)[0] * 9),
        encode(vectors(1)[0] / 9),
    ],
)
def test_a_malformed_payload_is_named_as_such(payload: bytes) -> None:
    assert code_of(payload) is Code.MODEL_TEMPLATE_INVALID


@given(st.binary(max_size=600).filter(lambda payload: payload[:1] != bytes([2])))
def test_no_bytes_provoke_anything_but_the_typed_error(payload: bytes) -> None:
    assert code_of(payload) is Code.MODEL_TEMPLATE_INVALID


def test_templates_of_another_extractor_are_never_compared() -> None:
    first, other = template(vectors(1)[0]), template(vectors(1)[0], Extractor("face-test", 2, "00"))
    with pytest.raises(ModelError) as caught:
        compare_templates(FORM, first, other)
    assert caught.value.code is Code.MODEL_EXTRACTOR_MISMATCH
    with pytest.raises(ModelError):
        FaceIndex(FORM, references(3)).search(other, 1)


def test_a_search_finds_what_comparing_one_by_one_finds() -> None:
    gallery = references(300)
    probe = template(between(vectors(1, seed=7)[0], vectors(300)[17]))
    hits = FaceIndex(FORM, gallery).search(probe, 10)
    one_by_one = sorted(gallery, key=lambda reference: -compare_templates(FORM, probe, reference.template))[:10]
    assert [hit.reference_id for hit in hits] == [reference.reference_id for reference in one_by_one]
    assert hits[0].subject_id == "s17"
    assert hits[0].score == pytest.approx(compare_templates(FORM, probe, gallery[17].template), abs=1e-6)


def test_joined_indexes_find_what_one_of_all_finds() -> None:
    gallery = references(300)
    whole, parts = FaceIndex(FORM, gallery), FaceIndex(FORM, ())
    for start, end in ((0, 1), (1, 200), (200, 200), (200, 300)):
        parts = parts.joined(FaceIndex(FORM, gallery[start:end]))
    probe = template(between(vectors(1, seed=7)[0], vectors(300)[17]))
    assert len(parts) == 300
    assert parts.search(probe, 10) == whole.search(probe, 10)
    with pytest.raises(TypeError):
        parts.joined(FaceIndex(replace(FORM, extractor=Extractor("face-test", 2, "00")), ()))


def test_newer_faces_are_searched_beside_as_if_there_from_the_beginning() -> None:
    gallery = references(300)
    whole, first, newer = FaceIndex(FORM, gallery), FaceIndex(FORM, gallery[:200]), FaceIndex(FORM, gallery[200:])
    for meant in (17, 250):
        probe = template(between(vectors(1, seed=7)[0], vectors(300)[meant]))
        found, wanted = first.search_beside(newer, probe, 10), whole.search(probe, 10)
        assert [hit.reference_id for hit in found] == [hit.reference_id for hit in wanted]
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=1e-6)


@pytest.mark.parametrize(("count", "limit", "expected"), [(0, 5, 0), (3, 5, 3), (5, 5, 5), (5, 0, 0), (5, -1, 0)])
def test_a_search_returns_at_most_what_there_is(count: int, limit: int, expected: int) -> None:
    index = FaceIndex(FORM, references(count))
    assert len(index) == count
    assert len(index.search(template(vectors(1)[0]), limit)) == expected


@given(st.lists(st.integers(-5, 5), max_size=40), st.integers(0, 50))
def test_the_partial_sort_agrees_with_a_full_one(values: list[int], limit: int) -> None:
    scores = np.array(values, np.float32)
    expected = sorted(range(len(values)), key=lambda row: (-values[row], row))[:limit]
    assert rank_best(scores, limit).tolist() == expected


def test_the_shipped_cohort_statistics_are_readable_and_small() -> None:
    assert SHIPPED.stat().st_size < 300_000
    cohort = load_cohort(SHIPPED, 256)
    placed = cohort.normalise(vectors(1)[:, :-1])[0]
    assert float(np.linalg.norm(placed[:-1])) == pytest.approx(1.0, abs=1e-5)
    assert 0.0 < float(placed[-1]) < 0.5


def test_a_crowded_neighbourhood_lowers_the_score_of_everybody_in_it() -> None:
    alone, crowded = vectors(1)[0], vectors(1)[0].copy()
    alone[-1], crowded[-1] = 0.0, 0.2
    assert compare_templates(FORM, template(crowded), template(crowded)) == pytest.approx(
        compare_templates(FORM, template(alone), template(alone)) - 0.4, abs=1e-3
    )


def test_anything_else_in_place_of_the_statistics_is_refused() -> None:
    whole = SHIPPED.read_bytes()
    for bad in (b"", b"not a zip", whole[: len(whole) // 2], bytes(2**20)):
        with pytest.raises(ModelError) as caught:
            read_cohort(bad, 256)
        assert caught.value.code is Code.MODEL_UNUSABLE
