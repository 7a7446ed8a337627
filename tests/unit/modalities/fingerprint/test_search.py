"""1:N: the first stage may not lose the finger that a comparison with everyone would find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.scores import compare_fingers
from mlid_desktop.modalities.fingerprint.compare import prepare_template
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger
from mlid_desktop.modalities.fingerprint.search import FingerIndex
from mlid_desktop.modalities.fingerprint.templates import encode
from tests.makers import ENROLLED
from tests.unit.modalities.fingerprint.test_comparison import moved, scattered, stretched

FINGER = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_THUMB)
MADE_BY = Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, "")
PROVENANCE = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "x", "x"))
FINGERS = 400


def template(payload: bytes) -> Template:
    return Template(FINGER, MADE_BY, payload)


def reference(name: int, payload: bytes) -> Reference:
    return Reference(f"r{name}", f"s{name}", template(payload), 90, PROVENANCE, ENROLLED)


@pytest.fixture(scope="module")
def index() -> FingerIndex:
    return FingerIndex(MADE_BY, [reference(seed, encode(scattered(35, seed))) for seed in range(FINGERS)])


def touched_again(seed: int) -> Template:
    source = np.random.default_rng(seed)
    again = moved(stretched(scattered(35, seed), 6.0), float(source.uniform(-3, 3)), (9.0, -4.0))
    return template(encode(again.select(source.random(35) < 0.7)))


def test_the_quick_stages_rank_a_finger_that_lies_otherwise_among_the_first(index: FingerIndex) -> None:
    """What is not among the fingers that they rank highest is never compared in full."""
    ranked = [index.shortlist(prepare_template(MADE_BY, touched_again(seed)), 3) for seed in range(0, FINGERS, 5)]
    assert np.mean([seed in likely for seed, likely in zip(range(0, FINGERS, 5), ranked, strict=True)]) >= 0.95


@pytest.mark.parametrize("seed", range(0, FINGERS, 80))
def test_a_finger_that_lies_otherwise_is_found_first(index: FingerIndex, seed: int) -> None:
    assert index.search(touched_again(seed), 5)[0].subject_id == f"s{seed}"


def test_hits_come_best_first_and_no_more_than_asked(index: FingerIndex) -> None:
    hits = index.search(touched_again(3), 7)
    assert len(hits) == 7
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_finger_costs_little_memory(index: FingerIndex) -> None:
    assert index.bytes_used / len(index) < 2048


def test_no_fingers_no_hits() -> None:
    assert FingerIndex(MADE_BY, []).search(touched_again(1), 3) == ()


def test_references_without_cylinders_are_never_hit_and_do_no_harm() -> None:
    spread = scattered(p.MIN_MINUTIAE, 1)
    lone = type(spread)(spread.position * 5, spread.direction, spread.kind, spread.quality)
    index = FingerIndex(MADE_BY, [reference(0, encode(lone)), reference(1, encode(scattered(35, 1)))])
    assert index.search(touched_again(1), 5)[0].subject_id == "s1"


@pytest.mark.parametrize("older", [1, 250, 399])
def test_newer_fingers_are_searched_beside_as_if_there_from_the_beginning(index: FingerIndex, older: int) -> None:
    made = [reference(seed, encode(scattered(35, seed))) for seed in range(FINGERS)]
    first, newer = FingerIndex(MADE_BY, made[:older]), FingerIndex(MADE_BY, made[older:])
    for seed in (0, older - 1, older, FINGERS - 1):
        beside, whole = first.search_beside(newer, touched_again(seed), 7), index.search(touched_again(seed), 7)
        assert [hit.reference_id for hit in beside] == [hit.reference_id for hit in whole]
        scores = [hit.score for hit in whole]  # but for rounding: others were made ready beside these
        assert [hit.score for hit in beside] == pytest.approx(scores, abs=1e-5)


def test_a_search_beside_newer_fingers_compares_no_more_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [reference(seed, encode(scattered(35, seed))) for seed in range(FINGERS)]
    first, newer = FingerIndex(MADE_BY, made[:200]), FingerIndex(MADE_BY, made[200:])
    compared: list[int] = []

    def counted(pairs: Sequence[tuple[ReadyFinger, ReadyFinger]]) -> NDArray[np.float64]:
        compared.append(len(pairs))
        return compare_fingers(pairs)

    monkeypatch.setattr("mlid_desktop.modalities.fingerprint.search.compare_fingers", counted)
    first.search_beside(newer, touched_again(300), 7)
    assert compared == [p.FIRST_STAGE_KEPT]


def test_an_index_of_another_extractor_is_not_searched_beside(index: FingerIndex) -> None:
    with pytest.raises(TypeError):
        index.search_beside(FingerIndex(Extractor("other", 1, ""), []), touched_again(1), 3)


def test_a_reference_of_another_extractor_is_refused() -> None:
    foreign = Reference("r", "s", Template(FINGER, Extractor("other", 1, ""), b""), 90, PROVENANCE, ENROLLED)
    with pytest.raises(ModelError) as fault:
        FingerIndex(MADE_BY, [foreign])
    assert fault.value.code is Code.MODEL_EXTRACTOR_MISMATCH
