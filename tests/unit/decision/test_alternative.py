"""The way without movements: fingers, held to more than the policy asks, and a second person; never weaker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.alternative import asked_of_finger, is_offered, tighter_rate
from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, AttemptRequirement, ChallengeOutcome, Verdict
from mlid_desktop.domain.observations import Comparison
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from tests.makers import ENROLLED, EXTRACTOR, INDEX, RESOURCES, calibration, calibrations, policy

POLICIES = sorted(path.stem for path in (RESOURCES / "policy").glob("*.toml"))
MIDDLE = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_MIDDLE)
STILL = Circumstances("verification", demo=False, attested=True, without_movements=True, confirmed=True)
FINDINGS = st.builds(
    AttackFinding, st.sampled_from(AttackVerdict), st.none() | st.floats(0, 1), st.integers(0, 6), st.booleans()
)


def shown(characteristic: Characteristic, score: float, finding: AttackFinding | None = None) -> CapturedCharacteristic:
    unchecked = AttackFinding(AttackVerdict.NOT_CHECKED)
    comparison = Comparison(score, "ref", ENROLLED)
    return CapturedCharacteristic(characteristic, SourceKind.LIVE, finding or unchecked, EXTRACTOR.key, 80, comparison)


ROWS = st.lists(
    st.builds(shown, st.sampled_from([FACE, INDEX, MIDDLE]), st.floats(0, 0.6), FINDINGS),
    max_size=3,
    unique_by=lambda row: str(row.characteristic),
)


@given(st.floats(1e-9, 0.1))
def test_the_next_rate_is_tighter_and_at_most_two_and_a_half_times(rate: float) -> None:
    assert rate / 2.5 - 1e-12 <= tighter_rate(rate) < rate


@pytest.mark.parametrize(("rate", "tighter"), [(1e-3, 5e-4), (5e-4, 2e-4), (2e-4, 1e-4), (1e-4, 5e-5), (3e-4, 2e-4)])
def test_rates_are_one_two_and_five_in_each_decade(rate: float, tighter: float) -> None:
    assert tighter_rate(rate) == pytest.approx(tighter)


def test_the_shipped_calibration_carries_what_standard_asks_in_place_of_movements_and_not_what_strict_does() -> None:
    carried = read_calibration((RESOURCES / "calibration" / "fingerprint.toml").read_bytes())
    assert is_offered(policy("standard").comparison, carried, 1)
    assert not is_offered(policy("strict").comparison, carried, 2)


def test_without_enough_fingers_or_a_calibration_there_is_no_such_way() -> None:
    strict = policy("strict").comparison
    assert is_offered(strict, calibration(Modality.FINGERPRINT), 2)
    assert not is_offered(strict, calibration(Modality.FINGERPRINT), 1)
    assert not is_offered(strict, None, 2)
    alone = strict.model_copy(update={"primary": (Modality.FACE,)})
    assert not is_offered(alone, calibration(Modality.FINGERPRINT), 2)


@pytest.mark.parametrize("name", POLICIES)
@given(rows=ROWS, circumstances=st.builds(
    Circumstances,
    st.just("verification"),
    demo=st.booleans(),
    attested=st.booleans(),
    challenge_demanded=st.booleans(),
    requirement=st.sampled_from(AttemptRequirement),
    without_movements=st.just(True),
    confirmed=st.booleans(),
))  # fmt: skip
def test_nobody_is_accepted_whom_the_policy_would_not_accept_by_these_fingers(
    name: str, rows: list[CapturedCharacteristic], circumstances: Circumstances
) -> None:
    """As many fingers as the policy asks of everybody, each tighter, confirmed, no attack, and accepted without this
    way as well."""
    rules = policy(name)
    decision = decide(rows, rules, calibrations(), circumstances)
    if decision.verdict is not Verdict.ACCEPTED:
        return
    assert circumstances.confirmed
    fingers = [row for row in rows if row.characteristic.modality is Modality.FINGERPRINT]
    assert len(fingers) >= rules.comparison.minimum_primary
    assert all(row.comparison is not None and 10 ** (-10 * row.comparison.score) <= asked_of_finger(rules.comparison)
               for row in fingers)  # fmt: skip
    assert not any(row.finding.decides and row.finding.verdict is AttackVerdict.SUSPECTED for row in rows)
    usual = replace(circumstances, without_movements=False)
    assert decide(fingers, rules, calibrations(), usual).verdict is Verdict.ACCEPTED


def test_a_finger_that_is_enough_for_everybody_is_not_enough_in_place_of_movements() -> None:
    between = 0.31  # 1 in 1,259, where 1 in 1,000 is asked and 1 in 2,000 here
    usual = replace(STILL, without_movements=False)
    assert decide([shown(INDEX, between)], policy(), calibrations(), usual).verdict is Verdict.ACCEPTED
    assert decide([shown(INDEX, between)], policy(), calibrations(), STILL).reasons == (Reason.DIFFERENT_PERSON,)
    decision = decide([shown(INDEX, 0.34)], policy(), calibrations(), STILL)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.without_movements


def test_nothing_but_a_second_person_is_missing_last() -> None:
    alone = replace(STILL, confirmed=False)
    assert decide([shown(INDEX, 0.5)], policy(), calibrations(), alone).reasons == (Reason.CONFIRMATION_MISSING,)
    unseen = replace(alone, attested=False)
    assert decide([shown(INDEX, 0.5)], policy(), calibrations(), unseen).reasons == (Reason.ATTESTATION_MISSING,)


def test_a_face_shown_beside_the_finger_is_spared_nothing() -> None:
    still = replace(
        shown(FACE, 0.6, AttackFinding(AttackVerdict.BONA_FIDE, 0.6, 6)), challenge=ChallengeOutcome.NOT_MET
    )
    rows = [still, shown(INDEX, 0.5)]
    assert decide(rows, policy(), calibrations(), STILL).reasons[0] is Reason.CHALLENGE_NOT_MET
    suspected = replace(still, finding=AttackFinding(AttackVerdict.SUSPECTED, 0.1, 6))
    assert decide([suspected, rows[1]], policy(), calibrations(), STILL).verdict is Verdict.REJECTED


def test_after_a_suspicion_a_finger_alone_is_not_enough_here_either() -> None:
    asked = replace(STILL, requirement=AttemptRequirement.CHALLENGE_OR_SECOND_MODALITY)
    assert decide([shown(INDEX, 0.5)], policy(), calibrations(), asked).reasons == (Reason.MORE_IS_ASKED,)
