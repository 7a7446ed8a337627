"""Templates of one and of two embedding networks: what is kept, how it is read, and what each holds of the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Extractor
from mlid_desktop.modalities.face.embedding.cohort import FaceCohort, load_cohort
from mlid_desktop.modalities.face.embedding.compare import compare_templates
from mlid_desktop.modalities.face.embedding.forms import (
    RETAIL,
    SFACE,
    Embeddings,
    NormalisedForm,
    RawForm,
    ScorePart,
    decode_raw,
    encode_raw,
)
from mlid_desktop.modalities.face.parameters import BOTH_COHORT_FILE, COHORT_FILE, SFACE_COHORT_FILE
from tests.makers import RESOURCES

BOTH, ALONE = Extractor("both", 1, "00"), Extractor("alone", 1, "00")
COHORTS = {RETAIL: load_cohort(RESOURCES / "face" / BOTH_COHORT_FILE, 256)}
COHORTS[SFACE] = load_cohort(RESOURCES / "face" / SFACE_COHORT_FILE, 128)
PARTS = (ScorePart(RETAIL, COHORTS[RETAIL], -0.3, 0.1, 0.4), ScorePart(SFACE, COHORTS[SFACE], -0.2, 0.05, 0.6))
FORM = RawForm(BOTH, PARTS)


def embeddings(seed: int) -> Embeddings:
    source = np.random.default_rng(seed)
    return {RETAIL: source.normal(0, 3, 256).astype(np.float32), SFACE: source.normal(0, 1, 128).astype(np.float32)}


def own_score(part: ScorePart, first: Embeddings, second: Embeddings) -> float:
    """A part's score by its definition."""
    probe, reference = (part.cohort.normalise(each[part.network][None])[0] for each in (first, second))
    cosine = float(probe[:-1] @ reference[:-1]) - float(probe[-1]) - float(reference[-1])
    return (cosine - part.strangers) / part.spread


@given(st.integers(0, 1000))
def test_a_score_is_the_weighted_mean_of_the_normalised_scores(seed: int) -> None:
    first, second = embeddings(seed), embeddings(seed + 5000)
    expected = sum(part.weight * own_score(part, first, second) for part in PARTS)
    found = compare_templates(FORM, FORM.template(first), FORM.template(second))
    assert found == pytest.approx(expected, abs=0.02)


@given(st.integers(0, 1000))
def test_a_template_of_both_holds_that_of_either_alone(seed: int) -> None:
    first = embeddings(seed)
    held = FORM.embeddings(FORM.template(first))
    alone = RawForm(ALONE, (PARTS[1],))
    before = NormalisedForm(ALONE, load_cohort(RESOURCES / "face" / COHORT_FILE, 256))
    for form in (alone, before):
        other = form.template(embeddings(seed + 9000))
        derived, own = (compare_templates(form, form.template(each), other) for each in (held, first))
        assert derived == pytest.approx(own, abs=0.02 if form is alone else 0.002)


def test_a_template_of_both_is_small() -> None:
    assert len(FORM.template(embeddings(1)).payload) == 1 + 2 * (256 + 128)
    assert FORM.width == 385


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        bytes(769),
        bytes([3]) + bytes(768),
        encode_raw(list(embeddings(1).values()))[:-1],
        encode_raw(list(embeddings(1).values())) + b"\0",
        bytes([2]) + encode_raw(list(embeddings(1).values()))[1:],
        bytes([3]) + np.full(384, np.nan, "<f2").tobytes(),
        encode_raw([embeddings(1)[RETAIL]]) + 2 * encode_raw([embeddings(1)[SFACE]])[1:],
    ],
)
def test_a_malformed_template_is_named_as_such(payload: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        decode_raw(payload, [256, 128])
    assert caught.value.code is Code.MODEL_TEMPLATE_INVALID


@given(st.binary(max_size=800).filter(lambda payload: payload[:1] != bytes([3])))
def test_no_bytes_provoke_anything_but_the_typed_error(payload: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        decode_raw(payload, [256, 128])
    assert caught.value.code is Code.MODEL_TEMPLATE_INVALID


def test_a_null_embedding_is_no_template() -> None:
    nothing = {RETAIL: np.zeros(256, np.float32), SFACE: np.zeros(128, np.float32)}
    made = FORM.template(nothing)
    with pytest.raises(ModelError):
        FORM.rows([made])


@pytest.mark.parametrize("network", [RETAIL, SFACE])
def test_the_axis_moves_a_score_by_no_more_than_its_share(network: str) -> None:
    cohort = COHORTS[network]
    without = FaceCohort(cohort.mean, cohort.centres, "")
    rows = np.random.default_rng(0).normal(0, 1, (200, len(cohort.mean))).astype(np.float32)
    moved = cohort.normalise(rows)[:, -1] - without.normalise(rows)[:, -1]
    assert cohort.axis is not None
    assert 0.0 < cohort.axis_share < 0.1
    assert np.abs(moved).max() <= cohort.axis_share + 1e-6
    assert np.array_equal(cohort.normalise(rows)[:, :-1], without.normalise(rows)[:, :-1])
