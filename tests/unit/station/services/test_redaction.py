"""What is seen of a score: of an acceptance figures by some roles and a band by others; of a refusal nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.calibration import band_of
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import (
    AttackFinding,
    AttackVerdict,
    Band,
    Candidate,
    CharacteristicResult,
    Decision,
    Fusion,
    InjectionSign,
    LipAgreement,
    Meaning,
    PolicyIdentity,
    Tier,
    Verdict,
)
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.station.services.redaction import candidate_for, decision_for

ASKED = 1e-3
SIGNS = (InjectionSign.STILL_PICTURE,)
SEES_FIGURES = (Role.SUPERVISOR, Role.AUDITOR)


def decided(
    fmr: float, verdict: Verdict, signs: tuple[InjectionSign, ...] = (), lips: LipAgreement | None = None
) -> Decision:
    """A comparison at that false match rate."""
    meaning = Meaning(9.0, fmr, False)
    reason = Reason.SAME_PERSON if verdict is Verdict.ACCEPTED else Reason.DIFFERENT_PERSON
    result = CharacteristicResult(
        FACE,
        verdict is Verdict.ACCEPTED,
        False,
        reason,
        SourceKind.LIVE,
        meaning,
        band_of(meaning, ASKED),
        0.71,
        AttackFinding(AttackVerdict.BONA_FIDE, 0.93, 12, signs=signs),
        80,
        lips=lips,
    )
    return Decision(verdict, (reason,), (result,), PolicyIdentity("standard", "00"))


@pytest.mark.parametrize("role", SEES_FIGURES)
def test_who_answers_for_the_desk_sees_every_figure_of_an_acceptance(role: Role) -> None:
    decision = decided(1e-5, Verdict.ACCEPTED, SIGNS, LipAgreement.AGREES)
    assert decision_for(Operator("x", role), decision) == decision


@pytest.mark.parametrize(
    ("fmr", "band"), [(1e-3, Band.BETTER), (2e-4, Band.BETTER), (1e-4, Band.FAR_BETTER), (1e-9, Band.FAR_BETTER)]
)
def test_an_operator_sees_how_an_acceptance_lies_beside_what_is_asked(fmr: float, band: Band) -> None:
    (shown,) = decision_for(Operator("x", Role.OPERATOR), decided(fmr, Verdict.ACCEPTED)).results
    assert (shown.band, shown.meaning, shown.score, shown.attack.liveness) == (band, None, None, None)


@given(
    first=st.floats(1e-9, 1.0),
    second=st.floats(1e-9, 1.0),
    verdict=st.sampled_from([Verdict.REJECTED, Verdict.INCONCLUSIVE]),
    role=st.sampled_from(Role),
)
def test_no_two_refusals_look_different_to_anybody(first: float, second: float, verdict: Verdict, role: Role) -> None:
    operator = Operator("x", role)
    (sharp,) = decided(second, verdict, SIGNS, LipAgreement.DIFFERS).results
    sharp = replace(sharp, quality=31, score=0.2, attack=replace(sharp.attack, liveness=0.1))
    other = replace(decided(second, verdict), results=(sharp,), fusion=Fusion(ASKED, sharp.meaning, sharp.band))
    shown = decision_for(operator, decided(first, verdict))
    assert shown == decision_for(operator, other)
    (bare,) = shown.results
    assert (bare.meaning, bare.band, bare.score, bare.quality, bare.lips) == (None, None, None, -1, None)
    assert (bare.attack.liveness, bare.attack.signs, shown.fusion) == (None, (), None)


def test_signs_of_frames_that_were_fed_in_are_told_of_an_acceptance_alone() -> None:
    operator = Operator("x", Role.OPERATOR)
    (shown,) = decision_for(operator, decided(1e-9, Verdict.ACCEPTED, SIGNS, LipAgreement.DIFFERS)).results
    assert (shown.attack.signs, shown.lips) == (SIGNS, LipAgreement.DIFFERS)


def test_an_operator_sees_the_tier_of_a_candidate_alone() -> None:
    candidate = Candidate("a", FACE, Tier.STRONG, Meaning(9.0, 1e-5, False), 0.7)
    shown = candidate_for(Operator("x", Role.OPERATOR), candidate)
    assert (shown.tier, shown.meaning, shown.score) == (Tier.STRONG, None, None)
    for role in SEES_FIGURES:
        assert candidate_for(Operator("x", role), candidate) == candidate


def test_what_was_not_compared_has_no_band() -> None:
    assert band_of(None, ASKED) is None
    assert band_of(Meaning(-3.0, 0.2, False), ASKED) is Band.BELOW
