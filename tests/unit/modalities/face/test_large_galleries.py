"""A large gallery of faces is searched by signs first; what it finds is what comparing everybody exactly finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.modalities.face.embedding.sign_bits import SignBits
from tests.unit.modalities.face.test_templates_and_search import FORM, references, template, vectors

PEOPLE = 3000


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any gallery of more than a hundred counts as large, and of it a few are compared exactly."""
    monkeypatch.setattr(p, "EXACT_UP_TO", 100)
    monkeypatch.setattr(p, "EXACT_LEAST", 60)


@cache
def everybody() -> tuple[Reference, ...]:
    return tuple(references(PEOPLE))


@cache
def rows() -> NDArray[np.float32]:
    made = FORM.rows([reference.template for reference in everybody()])
    made[:, -1] *= -1.0
    return made


def index_of(chosen: Sequence[Reference]) -> FaceIndex:
    return FaceIndex(FORM, chosen)


def probes() -> list[NDArray[np.float32]]:
    """Second vectors of some people: near theirs, but not theirs."""
    source, drawn = np.random.default_rng(5), vectors(PEOPLE)
    near = []
    for row in range(0, PEOPLE, 100):
        moved = drawn[row].copy()
        moved[:-1] += source.standard_normal(256).astype(np.float32) * 0.06
        moved[:-1] /= np.linalg.norm(moved[:-1])
        near.append(moved)
    return near


def found(index: FaceIndex, probe: NDArray[np.float32], limit: int = 10) -> list[tuple[str, float]]:
    return [(hit.subject_id, round(hit.score, 5)) for hit in index.search(template(probe), limit)]


def exactly(probe: NDArray[np.float32], matrix: NDArray[np.float32], limit: int = 10) -> list[str]:
    stored = FORM.rows([template(probe)])[0]
    scores = matrix[:, :-1] @ stored[:-1] + matrix[:, -1]
    return [f"s{row}" for row in np.argsort(-scores, kind="stable")[:limit]]


@pytest.mark.usefixtures("large")
def test_the_best_by_signs_and_then_exactly_are_the_best() -> None:
    index, matrix = index_of(everybody()), rows()
    shared = first = 0
    for probe in probes():
        wanted, named = exactly(probe, matrix), [subject_id for subject_id, _ in found(index, probe)]
        shared += len(set(wanted) & set(named))
        first += wanted[0] == named[0]
    assert first == len(probes())
    assert shared >= 0.9 * 10 * len(probes())  # strangers without any covariance: the hardest there is


@pytest.mark.usefixtures("large")
def test_an_index_that_grew_and_shrank_finds_what_a_fresh_one_finds() -> None:
    people = everybody()
    whole = index_of(people)
    grown = index_of(people[:2000]).joined(index_of(people[2000:2600]), index_of(people[2600:]))
    gone = {reference.subject_id for reference in people[::3]}
    fresh = index_of([reference for reference in people if reference.subject_id not in gone])
    for probe in probes():
        assert found(grown, probe) == found(whole, probe)
        assert found(grown.without(gone), probe)[0] == found(fresh, probe)[0]
        assert not gone & {subject_id for subject_id, _ in found(grown.without(gone), probe)}


@pytest.mark.usefixtures("large")
def test_a_gallery_that_shrank_is_compared_exactly_again() -> None:
    gone = {reference.subject_id for reference in everybody()[90:]}
    index = index_of(everybody()).without(gone)
    for probe in probes()[:5]:
        assert [subject_id for subject_id, _ in found(index, probe, 80)] == exactly(probe, rows()[:90], 80)


@pytest.mark.usefixtures("large")
def test_equal_rows_are_all_looked_at_and_few_rows_are_all_compared() -> None:
    same = np.repeat(rows()[:1], 500, axis=0)
    bits = SignBits.of(FORM.spans, same)
    assert len(bits.likeliest(same[0], 60)) == 500
    assert list(SignBits.of(FORM.spans, rows()[:50]).likeliest(same[0], 60)) == list(range(50))


@pytest.mark.usefixtures("large")
def test_what_stands_beside_the_product_counts_however_far_it_goes() -> None:
    leaning = rows().copy()
    leaning[7, -1], leaning[8, -1] = 1e6, -1e6
    likely = SignBits.of(FORM.spans, leaning).likeliest(rows()[8], 60)
    assert 7 in likely
    assert 8 not in likely


def test_a_small_gallery_is_compared_exactly() -> None:
    index = index_of(everybody()[:500])
    for probe in probes()[:5]:
        assert [subject_id for subject_id, _ in found(index, probe)] == exactly(probe, rows()[:500])
