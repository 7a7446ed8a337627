"""What comes of cases that are made from the description of the interface."""

from __future__ import annotations

import pytest

from tests.described_interface import send_described_cases

CASES = 200


@pytest.mark.parametrize("locked", [False, True])
def test_every_answer_is_as_it_is_described(*, locked: bool) -> None:
    outcome = send_described_cases(CASES, locked=locked)
    assert outcome.failures == []
    assert outcome.cases >= CASES * 0.7
    assert 0.3 < outcome.signed / outcome.cases < 0.7  # half of some two hundred, by chance
    assert (423 if locked else 202) in outcome.statuses
    assert bool(outcome.operations["redeem", 200]) is not locked, "a page that is led back reads its answer"
