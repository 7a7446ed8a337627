"""The 1:N load: sizes of galleries, fillers that are like fingers and like no one, and what a size measures."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.domain.errors import UsageError
from mlid_desktop.evaluation.fingerprint.search import (
    MAX_SUBJECTS,
    evaluate_search,
    gallery_sizes,
    generate_fillers,
    measure_search,
    template_of_minutiae,
)
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.templates import Impression


def finger(seed: int) -> Minutiae:
    source = np.random.default_rng(seed)
    return Minutiae(
        source.uniform(40, 340, (40, 2)).astype(np.float32),
        source.uniform(0, 6.28, 40).astype(np.float32),
        source.integers(1, 3, 40).astype(np.uint8),
        source.uniform(0.3, 1.0, 40).astype(np.float32),
    )


def touched_again(minutiae: Minutiae, seed: int) -> Minutiae:
    source = np.random.default_rng(seed)
    position = np.clip(minutiae.position + source.normal(0, 2, minutiae.position.shape), 0, None).astype(np.float32)
    return Minutiae(position, minutiae.direction, minutiae.kind, minutiae.quality).select(
        source.random(len(minutiae)) < 0.8
    )


WHOLE = [finger(seed) for seed in range(20)]


def test_sizes_rise_to_the_largest() -> None:
    assert gallery_sizes(100_000) == (1000, 3000, 10_000, 30_000, 100_000)
    assert gallery_sizes(500) == (500,)


def test_fillers_are_whole_fingers_and_like_no_one_else() -> None:
    made = list(generate_fillers(WHOLE, 12, np.random.default_rng(1)))
    assert len(made) == 12
    assert all(p.MIN_MINUTIAE <= len(filler) <= p.MAX_MINUTIAE for filler in made)
    stranger = prepare((Impression(finger(999)),))
    again = prepare((Impression(touched_again(finger(999), 1)),))
    nearest = max(compare_cylinders(stranger, prepare((Impression(filler),))) for filler in made)
    assert nearest < compare_cylinders(stranger, again)


def test_mates_among_fillers_are_found() -> None:
    mates = [finger(seed) for seed in range(100, 110)]
    gallery = [
        *map(template_of_minutiae, mates),
        *map(template_of_minutiae, generate_fillers(WHOLE, 190, np.random.default_rng(2))),
    ]
    probes = [(template_of_minutiae(touched_again(mate, index)), index) for index, mate in enumerate(mates)]
    point = measure_search(gallery, probes)
    assert point.fingers == 200
    assert point.first == point.kept == 1.0
    assert 0 < point.bytes_per_finger < 4096
    assert point.fingers_per_s > 0


@pytest.mark.parametrize("subjects", [-1, 0, 10, MAX_SUBJECTS + 1])
def test_a_load_without_sense_is_refused(subjects: int) -> None:
    with pytest.raises(UsageError):
        evaluate_search(subjects, lambda _done, _note: None)
