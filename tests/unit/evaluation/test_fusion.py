"""Joined people: what the report counts is what the desk decides."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.decision.fusion import asked_sum
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, Verdict
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.observations import Comparison
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.evaluation import fusion
from mlid_desktop.evaluation.metrics import Trials
from mlid_desktop.evaluation.report.fusion_report import fusion_document
from mlid_desktop.evaluation.report.headline_rates import headline_rates
from tests.makers import ENROLLED, EXTRACTOR, INDEX, calibration, policy

PEOPLE, FINGERS = 8, 60


def trials(people: int, own: float, strange: float, seed: int) -> tuple[Trials, Trials]:
    source = np.random.default_rng(seed)
    genuine = np.repeat(np.arange(people), 6)
    first, second = np.repeat(np.stack(np.triu_indices(people, 1)), 4, axis=1)
    return (
        Trials(source.normal(own, 0.15, len(genuine)), genuine, genuine),
        Trials(source.normal(strange, 0.08, len(first)), first, second),
    )


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusion, "ROUNDS", 5)


def test_a_sum_refuses_less_and_floors_keep_strangers_out() -> None:
    faces, fingers = trials(PEOPLE, 0.5, 0.0, 1), trials(FINGERS, 0.6, 0.0, 2)
    rules = policy().comparison
    found = fusion.evaluate_fusion(faces, fingers, (PEOPLE, FINGERS), calibration(), rules)
    own = found.accepted["own face and finger"]
    mixed = found.accepted["own face, stranger's finger"]
    assert own["fused"].rate > own["all"].rate
    assert mixed["fused"].rate <= 0.03
    assert mixed["sum without floors"].rate >= mixed["fused"].rate
    assert found.eer["fused"].rate <= min(found.eer["face"].rate, found.eer["fingerprint"].rate) + 0.01
    document = fusion_document(found, policy(), {})
    refused = document["refused"]["fused"]
    assert refused["rate"] == 1.0 - own["fused"].rate
    assert refused["low"] <= refused["rate"] <= refused["high"]
    assert "own face and finger" not in document["accepted"]
    assert document["draws"].keys() == headline_rates(document).keys()


def test_the_vectors_decide_as_the_desk_does() -> None:
    source = np.random.default_rng(3)
    rules, tables = (
        policy().comparison,
        {modality: calibration(modality) for modality in (Modality.FACE, Modality.FINGERPRINT)},
    )
    scores = source.uniform(0.05, 0.65, (40, 2))
    numbers = np.arange(40)
    judged = [
        fusion._judged(Trials(scores[:, index], numbers, numbers), tables[modality], rules)
        for index, modality in enumerate((Modality.FACE, Modality.FINGERPRINT))
    ]
    least = asked_sum([judgement.table for judgement in judged], rules.fused_fmr or 0.0)
    accepted = np.diagonal(fusion._accepts("fused", judged[0], judged[1], least))
    for row, decided in zip(scores, accepted, strict=True):
        gathered = [
            CapturedCharacteristic(
                characteristic,
                SourceKind.LIVE,
                AttackFinding(AttackVerdict.NOT_CHECKED),
                EXTRACTOR.key,
                80,
                Comparison(float(score), "ref", ENROLLED),
                challenge=ChallengeOutcome.PASSED,
            )
            for characteristic, score in zip((FACE, INDEX), row, strict=True)
        ]
        decision = decide(gathered, policy(), tables, Circumstances("verification", demo=False, attested=True))
        assert (decision.verdict is Verdict.ACCEPTED) == bool(decided)


def test_a_policy_that_sums_nothing_has_nothing_to_measure() -> None:
    faces, fingers = trials(PEOPLE, 0.5, 0.0, 1), trials(FINGERS, 0.6, 0.0, 2)
    with pytest.raises(UsageError):
        fusion.evaluate_fusion(faces, fingers, (PEOPLE, FINGERS), calibration(), policy("strict").comparison)
