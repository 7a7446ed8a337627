"""The verdict: each rule that refuses, and that nothing but a person who passes them all is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances, Gathered, decide
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, Verdict
from mlid_desktop.domain.observations import Comparison
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from tests.makers import ENROLLED, EXTRACTOR, INDEX, ROOT, calibration, calibrations, policy

LIVE = AttackFinding(AttackVerdict.BONA_FIDE, 0.9, 6)
DESK = Circumstances("verification", demo=False, attested=True)
DEMO = Circumstances("verification", demo=True)


def gathered(score: float | None = 0.55, characteristic: Characteristic = FACE, **changes: object) -> Gathered:
    comparison = None if score is None else Comparison(score, "ref", ENROLLED)
    made = Gathered(characteristic, SourceKind.LIVE, LIVE, EXTRACTOR.key, 80, comparison)
    return replace(made, **changes)  # type: ignore[arg-type] # fields of Gathered


def test_the_enrolled_person_is_accepted_with_the_rule_that_fired() -> None:
    decision = decide([gathered()], policy(), calibrations(), DESK)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.reasons == (Reason.SAME_PERSON,)
    assert decision.results[0].meaning is not None
    assert decision.results[0].meaning.one_in >= 1000
    assert decision.policy == policy().identity


def test_a_stranger_is_rejected() -> None:
    assert decide([gathered(0.2)], policy(), calibrations(), DESK).reasons == (Reason.DIFFERENT_PERSON,)


@pytest.mark.parametrize("kind", [SourceKind.RECORDED, SourceKind.SIMULATED])
def test_a_recorded_or_simulated_source_counts_in_a_demo_vault_only(kind: SourceKind) -> None:
    shown = gathered(source=kind)
    refused = decide([shown], policy(), calibrations(), DESK)
    assert (refused.verdict, refused.reasons[0]) == (Verdict.REJECTED, Reason.SOURCE_NOT_LIVE)
    assert decide([shown], policy(), calibrations(), DEMO).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", [SourceKind.LIVE, SourceKind.RECORDED])
def test_an_attack_is_rejected_whatever_the_score(kind: SourceKind) -> None:
    attack = AttackFinding(AttackVerdict.SUSPECTED, 0.01, 6)
    decision = decide([gathered(0.9, source=kind, finding=attack)], policy(), calibrations(), DEMO)
    assert (decision.verdict, decision.reasons[0]) == (Verdict.REJECTED, Reason.ATTACK_SUSPECTED)


def test_attack_evidence_of_a_simulation_is_shown_and_does_not_decide() -> None:
    shown = AttackFinding(AttackVerdict.SUSPECTED, 0.01, 6, decides=False)
    decision = decide([gathered(source=SourceKind.SIMULATED, finding=shown)], policy(), calibrations(), DEMO)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.results[0].attack == shown


def test_an_unfinished_attack_check_is_inconclusive() -> None:
    finding = AttackFinding(AttackVerdict.INCOMPLETE, 0.9, 2)
    decision = decide([gathered(finding=finding)], policy(), calibrations(), DESK)
    assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.ATTACK_CHECK_INCOMPLETE)


def test_where_nothing_was_good_enough_that_is_the_reason_and_not_the_unfinished_check() -> None:
    unchecked = AttackFinding(AttackVerdict.INCOMPLETE)
    decision = decide(
        [gathered(None, finding=unchecked, obstacle=Reason.NO_USABLE_CAPTURE)], policy(), calibrations(), DESK
    )
    assert (decision.verdict, decision.reasons) == (Verdict.INCONCLUSIVE, (Reason.NO_USABLE_CAPTURE,))


def test_all_that_was_presented_must_pass() -> None:
    finger = gathered(0.2, INDEX, finding=AttackFinding(AttackVerdict.NOT_CHECKED))
    decision = decide([gathered(), finger], policy(), calibrations(), DESK)
    assert decision.verdict is Verdict.REJECTED


def test_one_of_two_that_was_not_captured_is_inconclusive() -> None:
    missing = gathered(None, INDEX, obstacle=Reason.NO_USABLE_CAPTURE)
    assert decide([gathered(), missing], policy(), calibrations(), DESK).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "resources" / "policy").glob("*.toml")))
@given(face=st.sampled_from([None, 0.0, 0.2]), voice=st.floats(0, 1))
def test_voice_never_accepts_alone_and_never_lifts_a_failed_face(name: str, face: float | None, voice: float) -> None:
    rows = [gathered(voice, VOICE)] + ([] if face is None else [gathered(face)])
    carried = {**calibrations(), Modality.VOICE: calibration(Modality.VOICE)}
    assert decide(rows, policy(name), carried, DEMO).verdict is not Verdict.ACCEPTED


def test_nothing_presented_is_inconclusive() -> None:
    assert decide([], policy(), calibrations(), DESK).verdict is Verdict.INCONCLUSIVE


def test_without_a_calibration_of_this_very_extractor_no_score_means_anything() -> None:
    other = gathered(0.9, extractor="another/1/")
    for decision in (
        decide([other], policy(), calibrations(), DESK),
        decide([gathered()], policy(), {}, DESK),
        decide([gathered(0.9)], policy(), {Modality.FACE: calibration(limit=1e-2)}, DESK),
    ):
        assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.CALIBRATION_TOO_SMALL)


def test_the_strict_policy_asks_for_two_characteristics() -> None:
    decision = decide([gathered(0.5)], policy("strict"), calibrations(), DESK)
    assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.REQUIRED_MODALITY_MISSING)
    finger = gathered(0.5, INDEX, finding=AttackFinding(AttackVerdict.NOT_CHECKED))
    assert decide([gathered(0.5), finger], policy("strict"), calibrations(), DESK).verdict is Verdict.ACCEPTED


def test_a_live_person_is_accepted_only_once_the_operator_has_looked() -> None:
    decision = decide([gathered()], policy(), calibrations(), replace(DESK, attested=False))
    assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.ATTESTATION_MISSING)


def test_a_verdict_cannot_be_taken_for_a_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Verdict.ACCEPTED)
    with pytest.raises(TypeError):
        bool(AttackVerdict.NOT_CHECKED)
