"""Several touches of a finger become one reference that knows it better than any of them."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.templates import Extractor, Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare
from mlid_desktop.modalities.fingerprint.consolidate import consolidate
from mlid_desktop.modalities.fingerprint.templates import MAX_PAYLOAD, Impression, decode_impressions, encode
from tests.unit.modalities.fingerprint.test_comparison import moved, scattered, swirl

FINGER = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_THUMB)
MADE_BY = Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, "")


def template(payload: bytes) -> Template:
    return Template(FINGER, MADE_BY, payload)


def touch(seed: int, number: int, lost: float = 0.3, turn: float = 0.0) -> Template:
    """Of a finger of 40 minutiae some are lost and some false ones found, differently in every touch."""
    source = np.random.default_rng((seed, number))
    whole = scattered(40, seed)
    kept = whole.select(source.random(40) >= lost)
    false = scattered(6, 10_000 + seed * 100 + number)
    both = type(whole)(*(np.concatenate([getattr(kept, name), getattr(false, name)]) for name in FIELDS))
    return template(encode(moved(both, turn, (5.0 * number, 3.0)), swirl(turn)))


FIELDS = ("position", "direction", "kind", "quality")


def score(first: Template, second: Template) -> float:
    return compare_cylinders(prepare(decode_impressions(first.payload)), prepare(decode_impressions(second.payload)))


@pytest.mark.parametrize("seed", range(6))
def test_three_touches_know_the_finger_better_than_one(seed: int) -> None:
    lost = 0.2  # of touches that lose more at random, the rule against joined fingers refuses some: decision 35
    reference = consolidate([touch(seed, number, lost) for number in range(3)])
    probes = [touch(seed, number, lost, turn=0.4) for number in range(3, 7)]
    alone = np.mean([score(touch(seed, number, lost), probe) for number in range(3) for probe in probes])
    assert np.mean([score(reference, probe) for probe in probes]) > alone
    assert score(reference, touch(seed + 100, 0)) < 0.5 * alone


def test_what_was_found_again_is_counted() -> None:
    merged = decode_impressions(consolidate([touch(1, number, lost=0.0) for number in range(3)]).payload)[0]
    assert merged.touches == 3
    assert merged.seen is not None
    assert np.count_nonzero(merged.seen == 3) >= 35
    assert merged.weight.min() < merged.weight.max()


def test_touches_that_do_not_lie_on_one_another_are_kept_side_by_side() -> None:
    payload = consolidate([touch(1, 0), touch(77, 0)]).payload
    assert len(decode_impressions(payload)) == 2


def test_one_touch_stays_what_it_is() -> None:
    assert consolidate([touch(3, 0)]) == touch(3, 0)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.floats(-pi, pi)), min_size=1, max_size=8))
def test_whatever_the_touches_the_reference_is_small_and_sound(choices: list[tuple[int, int, float]]) -> None:
    payload = consolidate([touch(seed, number, turn=turn) for seed, number, turn in choices]).payload
    assert len(payload) <= MAX_PAYLOAD
    assert 1 <= len(decode_impressions(payload)) <= p.MAX_IMPRESSIONS


def test_a_full_template_can_still_be_merged() -> None:
    full = [
        template(encode(moved(scattered(p.MAX_MINUTIAE, 5), turn, (0, 0)), swirl(turn))) for turn in (0.0, 1.0, 2.0)
    ]
    payload = consolidate(full).payload
    assert len(payload) <= MAX_PAYLOAD
    assert len(decode_impressions(payload)[0].minutiae) == p.MAX_MINUTIAE


def test_malformed_touches_are_refused() -> None:
    with pytest.raises(ModelError):
        consolidate([touch(1, 0), template(b"\x02\x01nonsense")])


def test_a_minutia_seen_once_among_several_touches_counts_less() -> None:
    minutiae = scattered(10, 1)
    seen = np.array([1] * 5 + [3] * 5, np.uint8)
    weight = Impression(minutiae, seen=seen, touches=3).weight
    assert (weight[:5] < 1).all()
    assert (weight[5:] == 1).all()
