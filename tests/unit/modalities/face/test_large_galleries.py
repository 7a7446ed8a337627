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
    monkeypatch.setattr(p, "TRIED", 60)


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


def scores(index: FaceIndex, probe: NDArray[np.float32]) -> dict[str, float]:
    return {hit.subject_id: hit.score for hit in index.search(template(probe), 10)}


def likely(matrix: NDArray[np.float32], wanted: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """The rows that may be among the best, by signs."""
    probe = wanted.copy()
    probe[-1] = 1.0
    return SignBits.of(matrix).likely(probe, limit, lambda numbers: np.asarray(matrix[numbers] @ probe))


def exactly(probe: NDArray[np.float32], matrix: NDArray[np.float32], limit: int = 10) -> list[str]:
    stored = FORM.rows([template(probe)])[0]
    scores = matrix[:, :-1] @ stored[:-1] + matrix[:, -1]
    return [f"s{row}" for row in np.argsort(-scores, kind="stable")[:limit]]


@pytest.mark.usefixtures("large")
def test_the_best_by_signs_and_then_exactly_are_the_best() -> None:
    index, matrix = index_of(everybody()), rows()
    for probe in probes():
        assert [subject_id for subject_id, _ in found(index, probe)] == exactly(probe, matrix)


@pytest.mark.usefixtures("large")
def test_an_index_that_grew_and_shrank_finds_the_best() -> None:
    people = everybody()
    grown = index_of(people[:2000]).joined(index_of(people[2000:2600]), index_of(people[2600:]))
    gone = {reference.subject_id for reference in people[::3]}
    shrunk, fresh = grown.without(gone), [row for row in range(PEOPLE) if row % 3]
    whole = index_of(people)
    for probe in probes():
        assert [subject_id for subject_id, _ in found(grown, probe)] == exactly(probe, rows())
        assert scores(grown, probe) == pytest.approx(scores(whole, probe), abs=1e-5)
        best = exactly(probe, rows()[fresh])
        assert [subject_id for subject_id, _ in found(shrunk, probe)] == [f"s{fresh[int(at[1:])]}" for at in best]


@pytest.mark.usefixtures("large")
def test_grown_at_once_or_in_steps_the_signs_are_the_same() -> None:
    matrix = rows()
    signs, kept = SignBits.of(matrix[:2000]), np.arange(PEOPLE) % 3 > 0
    at_once = signs.extended(matrix[2000:])
    in_steps = signs.extended(matrix[2000:2500]).extended(matrix[2500:])
    for grown, other in ((at_once, in_steps), (at_once.selected(kept), in_steps.selected(kept))):
        assert np.array_equal(grown.first, other.first)
        assert np.array_equal(grown.whole, other.whole)
        assert grown.whole.ctypes.data % 64 == other.whole.ctypes.data % 64 == 0  # a row is one line of memory


@pytest.mark.usefixtures("large")
def test_a_gallery_that_shrank_is_compared_exactly_again() -> None:
    gone = {reference.subject_id for reference in everybody()[90:]}
    index = index_of(everybody()).without(gone)
    for probe in probes()[:5]:
        assert [subject_id for subject_id, _ in found(index, probe, 80)] == exactly(probe, rows()[:90], 80)


@pytest.mark.usefixtures("large")
def test_rows_of_which_signs_tell_nothing_are_all_compared_and_so_are_few() -> None:
    same = np.repeat(rows()[:1], 500, axis=0)
    assert list(likely(same, same[0], 10)) == list(range(500))
    opposite = np.concatenate([same, -same[:1]])  # all but one are the same
    assert set(range(500)) <= set(likely(opposite, same[0], 10))
    assert list(likely(rows()[:50], same[0], 10)) == list(range(50))
    assert list(likely(rows(), same[0], 0)) == list(range(PEOPLE))


@pytest.mark.usefixtures("large")
def test_who_is_farthest_away_is_not_taken_for_the_nearest() -> None:
    opposite = rows().copy()
    opposite[3] = -rows()[0]  # every bit of the first words differs, one more than a byte holds
    opposite[:, -1] = rows()[:, -1]
    assert 3 not in likely(opposite, rows()[0], 10)


@pytest.mark.usefixtures("large")
def test_of_people_who_differ_as_people_do_few_are_compared() -> None:
    source = np.random.default_rng(8)
    drawn = source.standard_normal((6000, 257)).astype(np.float32) * np.linspace(1, 0, 257, dtype=np.float32) ** 2
    drawn[:, :-1] /= np.linalg.norm(drawn[:, :-1], axis=1, keepdims=True)
    for row in range(0, 6000, 500):
        assert len(likely(drawn, drawn[row], 10)) < 600


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("limit", [1, 10])
def test_what_stands_beside_the_product_counts_however_far_it_goes(limit: int) -> None:
    leaning = rows().copy()
    leaning[7, -1], leaning[8, -1] = 1e6, -1e6
    chosen = likely(leaning, rows()[8], limit)
    assert 7 in chosen
    assert 8 not in chosen


def test_a_small_gallery_is_compared_exactly() -> None:
    index = index_of(everybody()[:500])
    for probe in probes()[:5]:
        assert [subject_id for subject_id, _ in found(index, probe)] == exactly(probe, rows()[:500])
