"""When the active challenge is asked, and what it means where it was not met."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.challenge import challenge_obstacle, challenge_outcome, challenge_required
from mlid_desktop.decision.pad import NOISELESS_ABOVE, STILL_BELOW, injection_signs
from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, InjectionSign, Verdict
from mlid_desktop.domain.observations import Comparison, FrameChange
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Grade
from tests.makers import ENROLLED, EXTRACTOR, calibrations, policy

RULES = AttackRules(window=6, threshold=0.5)
SURE = AttackFinding(AttackVerdict.BONA_FIDE, 0.8, 6)
UNSURE = AttackFinding(AttackVerdict.BONA_FIDE, 0.7, 6)
DESK = Circumstances("verification", demo=False, attested=True)


def test_a_window_that_is_sure_needs_no_challenge_unless_it_is_demanded() -> None:
    assert not challenge_required(Modality.FACE, RULES, SURE)
    assert challenge_required(Modality.FACE, RULES, SURE, demanded=True)
    assert challenge_required(Modality.FACE, RULES.model_copy(update={"challenge": "always"}), SURE)
    assert challenge_required(Modality.FACE, RULES, UNSURE)


@pytest.mark.parametrize("sign", InjectionSign)
def test_frames_that_seem_fed_in_are_not_sure_and_refuse_nobody(sign: InjectionSign) -> None:
    told = replace(SURE, signs=(sign,))
    assert challenge_required(Modality.FACE, RULES, told)
    comparison = Comparison(0.9, "ref", ENROLLED)
    captured = CapturedCharacteristic(
        FACE, SourceKind.LIVE, told, EXTRACTOR.key, 80, comparison, challenge=ChallengeOutcome.PASSED
    )
    decision = decide([captured], policy(), calibrations(), DESK)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.results[0].attack.signs == (sign,)


CHANGES = st.builds(FrameChange, st.none() | st.floats(0, 2), st.floats(0, 1))


@given(st.lists(CHANGES, max_size=6))
def test_a_sign_is_of_every_later_frame(changes: list[FrameChange]) -> None:
    signs = injection_signs(changes)
    told = [change.residual < STILL_BELOW for change in changes if change.residual is not None]
    most = bool(told) and 2 * len(told) >= len(changes)
    assert (InjectionSign.STILL_PICTURE in signs) is (most and all(told))
    noiseless = [change.unchanged > NOISELESS_ABOVE for change in changes]
    assert (InjectionSign.NO_SENSOR_NOISE in signs) is (bool(noiseless) and all(noiseless))


@given(st.sampled_from(AttackVerdict), st.one_of(st.none(), st.floats(0.0, 1.0)))
def test_only_a_window_far_on_the_living_side_is_sure(verdict: AttackVerdict, liveness: float | None) -> None:
    asked = challenge_required(Modality.FACE, RULES, AttackFinding(verdict, liveness, 6))
    assert asked is not (verdict is AttackVerdict.BONA_FIDE and liveness is not None and liveness >= RULES.sure_from)


def test_a_policy_without_the_challenge_cannot_be_written() -> None:
    for weaker in ({"challenge": "never"}, {"sure_from": 0.5}):
        with pytest.raises(ValueError, match=next(iter(weaker))):
            AttackRules(window=6, threshold=0.5, **weaker)


def test_what_was_not_reached_is_not_met_but_by_a_recording_which_is_not_asked() -> None:
    for kind in (SourceKind.LIVE, SourceKind.SIMULATED):
        assert (
            challenge_outcome(Modality.FACE, RULES, UNSURE, kind, ChallengeOutcome.NOT_NEEDED)
            is ChallengeOutcome.NOT_MET
        )
    recorded = challenge_outcome(Modality.FACE, RULES, UNSURE, SourceKind.RECORDED, ChallengeOutcome.NOT_NEEDED)
    assert recorded is ChallengeOutcome.NOT_ASKED_RECORDING
    assert challenge_obstacle(recorded, Grade.OPERATIONAL, demo=True) is None
    assert challenge_obstacle(recorded, Grade.OPERATIONAL, demo=False) is Reason.CHALLENGE_NOT_MET


@given(
    st.sampled_from(ChallengeOutcome),
    st.sampled_from([SourceKind.LIVE, SourceKind.SIMULATED, SourceKind.RECORDED]),
    st.booleans(),
    st.floats(0.5, 0.74),
)
def test_without_a_passed_challenge_nobody_unsure_is_accepted(
    outcome: ChallengeOutcome, kind: SourceKind, demo: bool, liveness: float
) -> None:
    captured = CapturedCharacteristic(
        FACE,
        kind,
        AttackFinding(AttackVerdict.BONA_FIDE, liveness, 6),
        EXTRACTOR.key,
        80,
        Comparison(0.9, "ref", ENROLLED),
        challenge=outcome,
    )
    circumstances = Circumstances("verification", demo=demo, attested=True)
    decision = decide([captured], policy(), calibrations(), circumstances)
    left_out = demo and kind is SourceKind.RECORDED
    passed = outcome is ChallengeOutcome.PASSED and (demo or kind is SourceKind.LIVE)
    waived = left_out and outcome in (ChallengeOutcome.NOT_NEEDED, ChallengeOutcome.NOT_ASKED_RECORDING)
    stale = demo and outcome is ChallengeOutcome.NOT_ASKED_RECORDING
    assert (decision.verdict is Verdict.ACCEPTED) is (passed or waived or stale)


@given(st.sampled_from([Modality.FINGERPRINT, Modality.VOICE]), st.sampled_from(ChallengeOutcome), st.booleans())
def test_nothing_but_a_face_is_asked_to_move(modality: Modality, reached: ChallengeOutcome, demanded: bool) -> None:
    assert not challenge_required(modality, RULES, UNSURE, demanded=demanded)
    assert challenge_outcome(modality, RULES, UNSURE, SourceKind.LIVE, reached, demanded=demanded) is reached


def test_models_for_evaluation_see_no_challenge_and_are_used_in_demo_vaults_alone() -> None:
    assert challenge_obstacle(ChallengeOutcome.NOT_MET, Grade.EVALUATION, demo=True) is None
    assert challenge_obstacle(ChallengeOutcome.NOT_MET, Grade.EVALUATION, demo=False) is Reason.CHALLENGE_NOT_MET


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SourceKind.SIMULATED, ChallengeOutcome.NOT_NEEDED),
        (SourceKind.RECORDED, ChallengeOutcome.NOT_ASKED_RECORDING),
    ],
)
def test_what_no_model_can_see_is_not_said_to_have_been_asked(source: SourceKind, said: ChallengeOutcome) -> None:
    def outcome(reached: ChallengeOutcome) -> ChallengeOutcome:
        return challenge_outcome(Modality.FACE, RULES, UNSURE, source, reached, sees_movements=False)

    assert outcome(ChallengeOutcome.NOT_NEEDED) is said
    assert outcome(ChallengeOutcome.NOT_MET) is ChallengeOutcome.NOT_NEEDED
