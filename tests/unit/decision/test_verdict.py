"""The verdict: each rule that refuses, and that nothing but a person who passes them all is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.pad import lip_agreement
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, Verdict
from mlid_desktop.domain.observations import Comparison, PromptFinding
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Grade
from tests.makers import ENROLLED, EXTRACTOR, INDEX, ROOT, calibration, calibrations, policy

LIVE = AttackFinding(AttackVerdict.BONA_FIDE, 0.9, 6)
DESK = Circumstances("verification", demo=False, attested=True)
DEMO = Circumstances("verification", demo=True)


def gathered(
    score: float | None = 0.55, characteristic: Characteristic = FACE, **changes: object
) -> CapturedCharacteristic:
    comparison = None if score is None else Comparison(score, "ref", ENROLLED)
    made = CapturedCharacteristic(characteristic, SourceKind.LIVE, LIVE, EXTRACTOR.key, 80, comparison)
    return replace(made, **changes)  # type: ignore[arg-type] # fields of CapturedCharacteristic


def test_the_enrolled_person_is_accepted_with_the_rule_that_fired() -> None:
    decision = decide([gathered()], policy(), calibrations(), DESK)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.reasons == (Reason.SAME_PERSON,)
    assert decision.results[0].meaning is not None
    assert decision.results[0].meaning.one_in >= 1000
    assert decision.policy == policy().identity


@pytest.mark.parametrize(("face", "verdict"), [(0.55, Verdict.ACCEPTED), (0.2, Verdict.REJECTED)])
def test_a_voice_in_a_loud_room_changes_no_verdict(face: float, verdict: Verdict) -> None:
    loud = gathered(
        None, VOICE, finding=AttackFinding(AttackVerdict.NOT_CHECKED), obstacle=Reason.ROOM_TOO_LOUD, extractor=""
    )
    alone, beside = (
        decide(rows, policy(), calibrations(), DESK) for rows in ([gathered(face)], [gathered(face), loud])
    )
    assert (alone.verdict, alone.reasons) == (beside.verdict, beside.reasons)
    assert alone.verdict is verdict
    assert beside.results[1].reason is Reason.ROOM_TOO_LOUD
    assert not beside.results[1].passed


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
    simulated = gathered(source=SourceKind.SIMULATED, finding=shown, challenge=ChallengeOutcome.PASSED)
    decision = decide([simulated], policy(), calibrations(), DEMO)
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


@pytest.mark.parametrize(("rule", "score"), [("standard-all", 0.2), ("standard", 0.19)])
def test_all_that_was_presented_must_pass(rule: str, score: float) -> None:
    finger = gathered(score, INDEX, finding=AttackFinding(AttackVerdict.NOT_CHECKED))
    decision = decide([gathered(), finger], policy(rule), calibrations(), DESK)
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


@given(
    face=st.floats(0, 1),
    voice=st.none() | st.floats(0, 1),
    heard=st.none() | st.sampled_from([None, Reason.WRONG_DIGITS, Reason.OTHER_VOICE]),
    lips=st.floats(-10, 10),
)
def test_lips_are_shown_and_decide_nothing(face: float, voice: float | None, heard: Reason | None, lips: float) -> None:
    prompt = PromptFinding(heard is None, heard is None, heard)
    spoken = gathered(voice, VOICE, prompt=prompt)
    rows = [gathered(face), spoken], [gathered(face), replace(spoken, lips=lips)]
    without, watched = (decide(each, policy(), calibrations(), DESK) for each in rows)
    assert without.results[1].lips is None
    assert watched.results[1].lips is lip_agreement(lips)
    assert replace(watched, results=without.results) == without
    assert replace(watched.results[1], lips=None) == without.results[1]


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
    face = gathered(0.5, challenge=ChallengeOutcome.PASSED)
    decision = decide([face], policy("strict"), calibrations(), DESK)
    assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.REQUIRED_MODALITY_MISSING)
    finger = gathered(0.5, INDEX, finding=AttackFinding(AttackVerdict.NOT_CHECKED))
    assert decide([face, finger], policy("strict"), calibrations(), DESK).verdict is Verdict.ACCEPTED


def test_a_live_person_is_accepted_only_once_the_operator_has_looked() -> None:
    decision = decide([gathered()], policy(), calibrations(), replace(DESK, attested=False))
    assert (decision.verdict, decision.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.ATTESTATION_MISSING)


def test_a_verdict_cannot_be_taken_for_a_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Verdict.ACCEPTED)
    with pytest.raises(TypeError):
        bool(AttackVerdict.NOT_CHECKED)


def spoken(reason: Reason | None = None, score: float | None = None, **changes: object) -> CapturedCharacteristic:
    found = PromptFinding(reason is not Reason.WRONG_DIGITS, reason is None, reason)
    return gathered(score, VOICE, finding=AttackFinding(AttackVerdict.NOT_CHECKED), prompt=found, **changes)


SHIPPED = sorted(path.stem for path in (ROOT / "resources" / "policy").glob("*.toml"))
REFUSED = (
    {"score": 0.1},
    {"score": None, "obstacle": Reason.NO_USABLE_CAPTURE},
    {"finding": AttackFinding(AttackVerdict.SUSPECTED, 0.01, 6)},
    {"finding": AttackFinding(AttackVerdict.INCOMPLETE, 0.9, 2)},
    {"source": SourceKind.RECORDED},
)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_voice_alone_is_never_accepted(name: str) -> None:
    decision = decide([spoken(score=0.99)], policy(name), every_calibration(), DESK)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert Reason.SUPPORTING_ONLY in decision.reasons
    assert decision.results[0].passed


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("characteristic", [FACE, INDEX])
@pytest.mark.parametrize("failed", REFUSED)
def test_a_voice_never_lifts_a_face_or_finger_that_failed(
    name: str, characteristic: Characteristic, failed: dict[str, object]
) -> None:
    """With the best voice there is, the verdict is what it is without: never an acceptance."""
    poor = gathered(characteristic=characteristic, **failed)  # type: ignore[arg-type]  # fields of CapturedCharacteristic
    alone = decide([poor], policy(name), every_calibration(), DESK)
    lifted = decide([poor, spoken(score=0.99)], policy(name), every_calibration(), DESK)
    assert alone.verdict is lifted.verdict
    assert lifted.verdict is not Verdict.ACCEPTED


@given(st.sampled_from(SHIPPED), st.floats(-1, 1), st.sampled_from([None, Reason.WRONG_DIGITS, Reason.OTHER_VOICE]))
def test_whatever_a_voice_says_it_only_ever_takes_an_acceptance_away(
    name: str, score: float, reason: Reason | None
) -> None:
    for face in (0.1, 0.3, 0.5, 0.9):
        alone = decide([gathered(face)], policy(name), every_calibration(), DESK)
        both = decide([gathered(face), spoken(reason, score)], policy(name), every_calibration(), DESK)
        assert both.verdict is not Verdict.ACCEPTED or alone.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("reason", [Reason.WRONG_DIGITS, Reason.OTHER_VOICE])
def test_a_voice_that_speaks_against_holds_up_an_acceptance(reason: Reason) -> None:
    decision = decide([gathered(0.9), spoken(reason)], policy(), calibrations(), DESK)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.reasons == (Reason.SUPPORTING_DIFFERS, reason)


def test_a_site_may_choose_only_to_be_shown_what_a_voice_says() -> None:
    rules = policy()
    lenient = rules.model_copy(update={"comparison": rules.comparison.model_copy(update={"heed_supporting": False})})
    decision = decide([gathered(0.9), spoken(Reason.OTHER_VOICE)], lenient, calibrations(), DESK)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.results[1].reason is Reason.OTHER_VOICE


def test_a_voice_without_a_prompt_could_be_a_recording() -> None:
    without = gathered(0.99, VOICE, finding=AttackFinding(AttackVerdict.NOT_CHECKED))
    assert decide([without], policy(), every_calibration(), DESK).results[0].reason is Reason.NO_PROMPT


def test_a_voice_that_was_not_calibrated_counts_by_its_prompt() -> None:
    assert decide([spoken(score=-0.9)], policy(), calibrations(), DESK).results[0].reason is Reason.SAME_PERSON
    assert decide([spoken(score=-0.9)], policy(), every_calibration(), DESK).results[0].reason is (
        Reason.DIFFERENT_PERSON
    )


TRYING = Circumstances("verification", demo=True, attested=True)


def test_models_for_evaluation_decide_in_demo_vaults_alone() -> None:
    shown = gathered(grade=Grade.EVALUATION)
    refused = decide([shown], policy(), calibrations(), DESK)
    assert (refused.verdict, refused.reasons[0]) == (Verdict.INCONCLUSIVE, Reason.EVALUATION_GRADE)
    assert decide([shown], policy(), calibrations(), TRYING).verdict is Verdict.ACCEPTED


def test_models_for_evaluation_are_not_asked_to_look_for_attacks_but_one_that_is_seen_counts() -> None:
    unlooked = AttackFinding(AttackVerdict.INCOMPLETE)
    shown = gathered(grade=Grade.EVALUATION, finding=unlooked)
    assert decide([shown], policy(), calibrations(), TRYING).verdict is Verdict.ACCEPTED
    assert decide([gathered(finding=unlooked)], policy(), calibrations(), TRYING).verdict is Verdict.INCONCLUSIVE
    seen = AttackFinding(AttackVerdict.SUSPECTED, 0.01, 6)
    assert decide([gathered(grade=Grade.EVALUATION, finding=seen)], policy(), calibrations(), TRYING).verdict is (
        Verdict.REJECTED
    )


def test_models_for_evaluation_stop_an_operational_decision_even_in_support() -> None:
    decision = decide([gathered(0.9), spoken(grade=Grade.EVALUATION)], policy(), calibrations(), DESK)
    assert decision.reasons[0] is Reason.EVALUATION_GRADE


def every_calibration() -> dict[Modality, Calibration]:
    return {modality: calibration(modality) for modality in Modality}


def test_one_characteristic_that_is_given_twice_is_one() -> None:
    strict = policy("strict")
    shown = gathered(0.9, challenge=ChallengeOutcome.PASSED)
    other = gathered(0.9, INDEX)
    assert decide([shown, other], strict, calibrations(), DESK).verdict is Verdict.ACCEPTED
    assert decide([shown, shown], strict, calibrations(), DESK).reasons == (Reason.REQUIRED_MODALITY_MISSING,)
