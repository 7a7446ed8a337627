"""A test of attack detection judged: what has a rate, what has none, and what the sentences always say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.metrics import share_interval
from mlid_desktop.station.attack_tests.judging import judge_presentations
from mlid_desktop.station.attack_tests.report import attack_document, attack_lines
from mlid_desktop.station.attack_tests.windows import Matching
from mlid_desktop.station.documents.exact_interval import exact_interval
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, AttackSpecies, ObservedFrame, ObservedPresentation
from tests.makers import EXTRACTOR

RULES = AttackRules(window=3, threshold=0.5, frame_floor=0.3)
ENGLISH = open_language(Path(), "en")
SAME = Matching(lambda first, other: 1.0 if first.payload == other.payload else 0.0, 0.5)


def shown(person: str, *liveness: float | None, looks_like: str = "") -> ObservedPresentation:
    template = Template(FACE, EXTRACTOR, (looks_like or person).encode())
    return ObservedPresentation(person, tuple(ObservedFrame(value, 80, template) for value in liveness))


TEST = {
    BONA_FIDE: [shown("ada", 0.9, 0.9, 0.9), shown("ben", 0.8, 0.8, 0.8, None)],
    "print": [shown("ada", 0.1, 0.1, 0.1), shown("ben", 0.1, 0.1, 0.1)],
    "phone": [shown("ada", 0.9, 0.9, 0.9), shown("ben", 0.9, 0.9, 0.9, looks_like="nobody")],
    "monitor": [shown("ada", None, None, None)],
    "paper-mask": [shown("ada", 0.9), shown("ben", 0.2), shown("cleo", None)],
}


def test_the_worst_species_comes_first_and_single_pictures_stand_apart() -> None:
    result = judge_presentations(TEST, RULES, SAME)
    document = attack_document(result, {})
    assert list(document["apcer"]) == ["phone", "monitor", "paper-mask", "print"]
    assert document["apcer"] == {"phone": 1.0, "monitor": None, "paper-mask": None, "print": 0.0}
    assert document["single_pictures"] == {"paper-mask": {"shown": 3, "judged": 2, "alive": 1}}
    assert document["windows"]["paper-mask"]["judged"] == 0
    assert document["non_response"][BONA_FIDE] == {"frames": 7, "not_judged": 1, "rate": pytest.approx(1 / 7)}


def test_match_and_pass_counts_what_is_accepted_and_compares_as_the_person() -> None:
    result = judge_presentations(TEST, RULES, SAME)
    assert (result.iapar["phone"].errors, result.iapar["phone"].windows) == (1, 2)
    assert result.iapar["print"].errors == 0
    strangers = judge_presentations({"phone": TEST["phone"]}, RULES, SAME)
    assert strangers.iapar["phone"].windows == 0  # nobody to compare with


def test_species_without_data_are_listed_as_not_tested() -> None:
    result = judge_presentations({**TEST, "tablet x1.4": [shown("ada", 0.1, 0.1, 0.1)]}, RULES)
    untested = set(attack_document(result, {})["not_tested"])
    assert untested == {"cut-out", "paper-mask", "monitor", "mask", "injection"}
    assert not untested & {"print", "phone", "tablet"}
    assert set(attack_document(judge_presentations({}, RULES), {})["not_tested"]) == {
        species.value for species in AttackSpecies
    }


def test_no_sentence_gives_a_rate_without_people_windows_and_species() -> None:
    lines = attack_lines(judge_presentations(TEST, RULES, SAME), ENGLISH)
    assert lines[0].startswith("picture or video on a telephone: 2 of 2 windows accepted; people: 2; 95 %: ")
    assert "Accepted and taken for the person: 1 of 2." in lines[0]
    assert "Not judged: 0 of 6 pictures." in lines[0]
    for line in lines:
        if "%" in line:
            assert "people" in line
            assert "windows" in line
    assert any(line.startswith("picture or video on a monitor: no window could be judged") for line in lines)
    assert lines[-1].startswith("Not tested: ")


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_interval_is_the_exact_one(errors: int, more: int) -> None:
    own, other = exact_interval(errors, errors + more), share_interval(errors, errors + more)
    assert own.low == pytest.approx(other.low, abs=1e-9)
    assert own.high == pytest.approx(other.high, abs=1e-9)
