"""The people of a vault against one another: by characteristic, the best of a person's templates, nobody twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.station.site_calibration.pairs import MOST_COMPARISONS, SiteReferences, compare_people
from tests.makers import ENROLLED, EXTRACTOR, INDEX, sample

SAME = 1.0


class Engine:
    """Says how alike two templates are by their payloads: a voice without speech is like nothing, itself neither."""

    extractor = EXTRACTOR

    def __init__(self) -> None:
        self.compared = 0

    def similarity(self, first: Template, second: Template) -> float:
        self.compared += 1
        if b"silent" in {first.payload, second.payload}:
            return -3.0
        return SAME if first.payload == second.payload else float(second.payload or b"0") / 100


def reference(person: int, characteristic: Characteristic, payload: bytes, extractor: Any = EXTRACTOR) -> Reference:
    template = Template(characteristic, extractor, payload)
    return Reference(f"{person}", f"{person:032}", template, 80, sample().provenance, ENROLLED)


def compared(references: list[Reference], engine: Engine | None = None) -> Any:
    made = SiteReferences.of(references, EXTRACTOR.key)
    return compare_people(made, cast(Pipeline, engine or Engine()), lambda _share: None)


def test_each_characteristic_that_two_people_gave_is_one_comparison_with_the_best_template() -> None:
    pairs = compared(
        [
            reference(1, INDEX, b"1"),
            reference(2, INDEX, b"20"),
            reference(2, INDEX, b"30"),
            reference(2, FACE, b"40"),
            reference(3, FACE, b"50"),
            reference(4, INDEX, b"5", replace(EXTRACTOR, name="earlier")),
        ]
    )
    assert pairs.people == 3
    assert sorted(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.score.tolist(), strict=True)) == [
        (0, 1, 0.3),
        (1, 2, 0.5),
    ]


def test_a_voice_with_too_little_speech_is_no_person() -> None:
    pairs = compared([reference(1, VOICE, b"silent"), reference(2, VOICE, b"10"), reference(3, VOICE, b"20")])
    assert (pairs.people, pairs.score.tolist()) == (2, [0.2])


def test_one_image_under_two_numbers_is_left_out() -> None:
    pairs = compared([reference(1, INDEX, b"10"), reference(2, INDEX, b"10"), reference(3, INDEX, b"20")])
    assert (pairs.left_out, len(pairs.score)) == (1, 2)


def test_no_more_people_than_can_be_compared_in_some_minutes() -> None:
    engine = Engine()
    pairs = compared([reference(number, INDEX, b"%d" % number) for number in range(1, 400)], engine)
    assert len(pairs.score) <= MOST_COMPARISONS
    assert pairs.people == 283


class ManyAtOnce(Engine):
    """Compares many pairs in one call, as fingers are."""

    def similarities(self, pairs: Sequence[tuple[Template, Template]]) -> Sequence[float]:
        self.calls.append(len(pairs))
        return [self.similarity(*pair) for pair in pairs]

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []


def test_many_at_once_score_as_one_after_another() -> None:
    made = [
        reference(number, INDEX, b"%d" % (number + more)) for number in range(1, 30) for more in range(number % 3 + 1)
    ]
    engine, told = ManyAtOnce(), list[float]()
    together = compare_people(SiteReferences.of(made, EXTRACTOR.key), cast(Pipeline, engine), told.append)
    alone = compared(made)
    assert together.score.tolist() == alone.score.tolist()
    assert (together.first.tolist(), together.second.tolist()) == (alone.first.tolist(), alone.second.tolist())
    assert len(engine.calls) == len(told) < 10
    assert told[-1] == 1.0


def test_templates_of_another_model_are_not_compared() -> None:
    engine = Engine()
    engine.extractor = replace(EXTRACTOR, name="another")
    with pytest.raises(ModelError) as fault:
        compared([reference(1, INDEX, b"10"), reference(2, INDEX, b"20")], engine)
    assert fault.value.code is Code.MODEL_EXTRACTOR_MISMATCH
