"""Several modalities summed: what a sum may do, and that no sum makes up for a modality below its floor."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision import fusion
from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.fusion import Contribution, lowered_by_doubt, stands_on_floor, weakest_of_each
from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, Decision, Meaning, Verdict
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.observations import Comparison, PromptFinding
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from tests.makers import ENROLLED, INDEX, RESOURCES, policy

SHIPPED = {
    modality: read_calibration((RESOURCES / "calibration" / f"{modality.value}.toml").read_bytes())
    for modality in (Modality.FACE, Modality.FINGERPRINT, Modality.VOICE)
}
FLOOR = 0.01
DESK = Circumstances("verification", demo=False, attested=True)
MIDDLE = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_MIDDLE)
SURE = SHIPPED[Modality.FACE].score[-1] + 1.0  # of a face
FACES = st.floats(SHIPPED[Modality.FACE].score[0] - 0.05, SHIPPED[Modality.FACE].score[-1] + 0.1)
FINGERS = st.floats(SHIPPED[Modality.FINGERPRINT].score[0] - 0.05, SHIPPED[Modality.FINGERPRINT].score[-1] + 0.1)
VOICES = st.floats(-1.0, 1.0)
LIVENESS = st.floats(0.0, 1.0)


def fuse(contributions: Sequence[Contribution], supporting: Sequence[float] = ()) -> Meaning | None:
    return fusion.fuse(contributions, 1e-6, supporting)


def face(score: float, liveness: float | None = 0.9) -> Contribution:
    return Contribution(SHIPPED[Modality.FACE], score, FLOOR, liveness)


def finger(score: float) -> Contribution:
    return Contribution(SHIPPED[Modality.FINGERPRINT], score, FLOOR)


def shown(characteristic: Characteristic, score: float, liveness: float | None = 0.9) -> CapturedCharacteristic:
    verdict = AttackVerdict.NOT_CHECKED if liveness is None else AttackVerdict.BONA_FIDE
    finding = AttackFinding(verdict, liveness, 6)
    extractor = SHIPPED[characteristic.modality].extractor
    comparison = Comparison(score, "ref", ENROLLED)
    prompt = PromptFinding(True, True) if characteristic == VOICE else None
    return CapturedCharacteristic(
        characteristic,
        SourceKind.LIVE,
        finding,
        extractor,
        80,
        comparison,
        prompt=prompt,
        challenge=ChallengeOutcome.PASSED if characteristic is FACE else ChallengeOutcome.NOT_NEEDED,
    )


def decided(*gathered: CapturedCharacteristic, by: Policy | None = None) -> Decision:
    return decide(gathered, policy() if by is None else by, SHIPPED, DESK)


def score_of(modality: Modality, fmr: float) -> float:
    return SHIPPED[modality].threshold(fmr)


def weakest_standing(modality: Modality) -> float:
    """The lowest score that is not below the floor and does not speak against the person."""
    table = fusion.ratio_table(SHIPPED[modality], FLOOR)
    return float(table.score[table.stands][0])


def test_two_that_are_each_good_enough_for_the_floor_alone_are_accepted_together() -> None:
    weak_face = shown(FACE, score_of(Modality.FACE, 3e-4))
    good_finger = shown(INDEX, score_of(Modality.FINGERPRINT, 4e-4), None)
    decision = decided(weak_face, good_finger)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.fusion is not None
    assert decision.fusion.asked_fmr == policy().comparison.fused_fmr
    assert decision.fusion.meaning is not None
    assert decision.fusion.meaning.fmr <= decision.fusion.asked_fmr
    assert decided(weak_face).verdict is Verdict.REJECTED
    assert decided(weak_face, good_finger, by=policy("standard-all")).verdict is Verdict.REJECTED


def test_two_that_are_too_weak_together_are_rejected_with_a_reason_of_their_own() -> None:
    usual = policy()
    strict = usual.model_copy(update={"comparison": usual.comparison.model_copy(update={"fused_fmr": 1e-8})})
    weak = (
        shown(FACE, weakest_standing(Modality.FACE), 0.51),
        shown(INDEX, weakest_standing(Modality.FINGERPRINT), None),
    )
    decision = decided(*weak, by=strict)
    assert decision.reasons == (Reason.TOGETHER_TOO_WEAK,)
    assert decision.verdict is Verdict.REJECTED


@given(FACES, FINGERS, LIVENESS)
def test_a_modality_below_its_floor_is_never_made_up_for(face_score: float, finger_score: float, alive: float) -> None:
    for weak, strong in ((face(face_score, alive), finger(1.0)), (finger(finger_score), face(2.0, 1.0))):
        below = weak.calibration.meaning(weak.score)
        against = below.fmr > FLOOR or below.log_likelihood_ratio < 0
        if against:
            assert not stands_on_floor(weak)
            assert fuse([weak, strong]) is None
            assert fuse([strong, weak]) is None


@given(FACES, FINGERS, st.floats(0.0, 0.5), st.floats(0.0, 0.5), LIVENESS)
def test_more_likeness_never_means_less(
    face_score: float, finger_score: float, more_face: float, more_finger: float, alive: float
) -> None:
    before = fuse([face(face_score, alive), finger(finger_score)])
    after = fuse([face(face_score + more_face, alive), finger(finger_score + more_finger)])
    if before is not None:
        assert after is not None
        assert after.fmr <= before.fmr
        assert after.log_likelihood_ratio >= before.log_likelihood_ratio - 1e-9


@given(FACES, FINGERS, LIVENESS, LIVENESS)
def test_attack_evidence_only_lowers(face_score: float, finger_score: float, first: float, other: float) -> None:
    doubted, sure = sorted((first, other))
    unjudged = fuse([face(face_score, None), finger(finger_score)])
    low = fuse([face(face_score, doubted), finger(finger_score)])
    high = fuse([face(face_score, sure), finger(finger_score)])
    if unjudged is not None:
        assert low is not None
        assert high is not None
        assert low.log_likelihood_ratio <= high.log_likelihood_ratio <= unjudged.log_likelihood_ratio
        assert low.fmr >= high.fmr >= unjudged.fmr


@given(st.floats(-20, 30), LIVENESS)
def test_doubt_bounds_what_any_likeness_brings(ratio: float, alive: float) -> None:
    assert lowered_by_doubt(ratio, alive) <= ratio
    assert lowered_by_doubt(1e6, 0.5) == pytest.approx(6.9, abs=0.02)  # one attack among 1,000 impostors


@given(FACES, FINGERS, VOICES, LIVENESS)
def test_a_voice_never_turns_a_refusal_into_an_acceptance(
    face_score: float, finger_score: float, voice: float, alive: float
) -> None:
    pair = (shown(FACE, face_score, max(0.5, alive)), shown(INDEX, finger_score, None))
    without, with_voice = decided(*pair), decided(*pair, shown(VOICE, voice, None))
    if with_voice.verdict is Verdict.ACCEPTED:
        assert without.verdict is Verdict.ACCEPTED
    against = SHIPPED[Modality.VOICE].meaning(voice).log_likelihood_ratio
    plain, lowered = (
        fuse([face(face_score), finger(finger_score)]),
        fuse([face(face_score), finger(finger_score)], [against]),
    )
    if plain is not None:
        assert lowered is not None
        assert lowered.fmr >= plain.fmr


@given(FACES, FINGERS, LIVENESS)
def test_what_is_accepted_stands_on_every_floor_and_reaches_what_is_asked(
    face_score: float, finger_score: float, alive: float
) -> None:
    decision = decided(shown(FACE, face_score, max(0.5, alive)), shown(INDEX, finger_score, None))
    if decision.verdict is Verdict.ACCEPTED:
        assert stands_on_floor(face(face_score))
        assert stands_on_floor(finger(finger_score))
        assert all(result.passed for result in decision.results)
        assert decision.fusion is not None
        assert decision.fusion.meaning is not None
        assert decision.fusion.meaning.fmr <= 1e-6
    else:
        assert decision.reasons[0] in {Reason.DIFFERENT_PERSON, Reason.TOGETHER_TOO_WEAK}


@given(
    st.lists(
        st.tuples(st.sampled_from([INDEX, MIDDLE]), FINGERS), min_size=1, max_size=2, unique_by=lambda pair: pair[0]
    )
)
def test_one_modality_is_asked_what_is_asked_of_it_alone(fingers: list[tuple[Characteristic, float]]) -> None:
    gathered = [shown(position, score, None) for position, score in fingers]
    by_sum, by_all = decided(*gathered), decided(*gathered, by=policy("standard-all"))
    assert by_sum.fusion is None
    assert (by_sum.verdict, by_sum.reasons, by_sum.results) == (by_all.verdict, by_all.reasons, by_all.results)


@given(FINGERS, FINGERS)
def test_fingers_of_one_hand_count_once_by_the_least(first: float, other: float) -> None:
    (weakest,) = weakest_of_each([finger(first), finger(other)])
    assert weakest.score == min(first, other)
    pair = decided(shown(FACE, SURE), shown(INDEX, first, None), shown(MIDDLE, other, None))
    alone = decided(shown(FACE, SURE), shown(INDEX, min(first, other), None))
    assert pair.verdict is alone.verdict


def test_strangers_reach_a_sum_no_more_often_than_it_says() -> None:
    """Over all rows of both tables: those whose sum is said to be at most r make up at most r of strangers."""
    tables = [SHIPPED[Modality.FACE], SHIPPED[Modality.FINGERPRINT]]
    rows = [
        list(zip(table.score, [a - b for a, b in itertools.pairwise((*table.fmr, 0.0))], strict=True))
        for table in tables
    ]
    said = []
    for face_score, face_share in rows[0][::7]:
        for finger_score, finger_share in rows[1][::7]:
            meaning = fuse([face(face_score, None), finger(finger_score)])
            if meaning is not None:
                said.append((meaning.fmr, face_share * finger_share))
    for asked in (1e-4, 2e-5, 1e-5):
        assert sum(share for fmr, share in said if fmr <= asked) <= asked


def test_no_claim_goes_beyond_what_is_asked_or_one_calibration_carries() -> None:
    for asked, claimed in ((1e-5, SHIPPED[Modality.FACE].limit_fmr), (1e-7, 1e-7)):
        meaning = fusion.fuse([face(SURE, None), finger(1.0)], asked)
        assert meaning is not None
        assert meaning.capped
        assert meaning.fmr == claimed


def test_calibrations_that_do_not_carry_what_is_asked_are_inconclusive() -> None:
    small = {
        modality: made.model_copy(update={"limit_fmr": 5e-3, "fmr": tuple(max(5e-3, rate) for rate in made.fmr)})
        for modality, made in SHIPPED.items()
    }
    gathered = [shown(FACE, SURE), shown(INDEX, 1.0, None)]
    decision = decide(gathered, policy(), small, DESK)
    assert (decision.verdict, decision.reasons) == (Verdict.INCONCLUSIVE, (Reason.CALIBRATION_TOO_SMALL,))


def test_a_suspected_attack_is_rejected_however_good_the_sum() -> None:
    suspected = replace(shown(FACE, SURE), finding=AttackFinding(AttackVerdict.SUSPECTED, 0.1, 6))
    decision = decided(suspected, shown(INDEX, 1.0, None))
    assert decision.reasons[0] is Reason.ATTACK_SUSPECTED
    assert decision.fusion is not None
    assert decision.fusion.meaning is None


@pytest.mark.parametrize(
    ("change", "into"),
    [
        ("floor_fmr = { face = 0.01, fingerprint = 0.01 }", "floor_fmr = { face = 0.01 }"),
        ("floor_fmr = { face = 0.01, fingerprint = 0.01 }", "floor_fmr = { face = 0.01, fingerprint = 0.2 }"),
        ("floor_fmr = { face = 0.01, fingerprint = 0.01 }", ""),
        ('rule = "fused"', 'rule = "sum"'),
        ("fused_fmr = 0.000001", ""),
        ("fused_fmr = 0.000001", "fused_fmr = 0.001"),
    ],
)
def test_no_policy_sums_without_floors(change: str, into: str) -> None:
    standard = (RESOURCES / "policy" / "standard.toml").read_text(encoding="utf-8")
    assert change in standard
    with pytest.raises(ModelError):
        read_policy(standard.replace(change, into, 1).encode())


def test_the_floor_of_a_sum_holds_for_the_group_that_is_confused_most() -> None:
    made = SHIPPED[Modality.FACE]
    score = next(value for value, ratio in zip(made.score, made.llr, strict=True) if ratio > 1.0)
    alike = made.model_copy(update={"group_fmr": tuple(min(1.0, 200 * rate) for rate in made.fmr)})
    assert fusion.stands_on_floor(Contribution(made, score, FLOOR))
    assert not fusion.stands_on_floor(Contribution(alike, score, FLOOR))
