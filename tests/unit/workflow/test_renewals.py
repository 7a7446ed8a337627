"""An acceptance renews references of earlier extractors, of those alone that were recognised by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.decision.renewal import may_renew
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptState, Band, CharacteristicResult, Decision, Meaning, Verdict
from mlid_desktop.domain.observations import Comparison, Evidence
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Renewal
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession
from tests.makers import ENROLLED, EXTRACTOR, INDEX, calibration, observation, policy

OLD = "test-extractor/0/"
EARLIER = [
    calibration(modality).model_copy(update={"extractor": OLD}) for modality in (Modality.FACE, Modality.FINGERPRINT)
]
BOTH = CalibrationSet(
    {modality: calibration(modality) for modality in (Modality.FACE, Modality.FINGERPRINT)}, tuple(EARLIER)
)
RULES = policy("standard")


def shown(
    session: VerificationSession, characteristic: Characteristic, score: float, *, earlier: bool
) -> VerificationSession:
    """The session after a capture of this characteristic that was compared with this score."""
    session = session.advance(events.CaptureStarted(characteristic))
    while session.capture is not None and not session.capture.finished:
        seen = observation(characteristic=characteristic)
        assert seen.template is not None
        comparison = Comparison(score, "old", ENROLLED, OLD if earlier else "")
        renewal = Renewal(("old",), replace(seen.template, payload=b"renewed")) if earlier else None
        session = session.advance(Evidence(seen, comparison, 1.0, renewal=renewal))
    return session.advance(events.CaptureKept())


def decided(*captures: tuple[Characteristic, float, bool]) -> VerificationSession:
    wanted = tuple(characteristic for characteristic, _, _ in captures)
    circumstances = Circumstances("verification", demo=False, attested=True)
    session = VerificationSession(
        "person", RULES, BOTH, circumstances, AttemptState(0, 5, 0.0, locked_out=False), wanted
    )
    for characteristic, score, earlier in captures:
        session = shown(session, characteristic, score, earlier=earlier)
    return session.advance(events.CapturesFinished())


def test_an_acceptance_renews_what_an_earlier_extractor_compared() -> None:
    session = decided((FACE, 0.6, True))
    assert session.verdict is Verdict.ACCEPTED
    (renewed,) = session.renewals
    assert renewed.replaced == ("old",)
    assert renewed.capture.template is not None
    assert (renewed.capture.template.payload, renewed.capture.template.extractor) == (b"renewed", EXTRACTOR)


def test_todays_extractor_and_a_refusal_renew_nothing() -> None:
    assert decided((FACE, 0.6, False)).renewals == ()
    refused = decided((FACE, 0.1, True))
    assert refused.verdict is not Verdict.ACCEPTED
    assert refused.renewals == ()


def test_a_face_that_only_stands_on_the_floor_of_a_sum_is_not_kept() -> None:
    """Somebody with their own face and a finger of the person's leaves no face behind."""
    rate, floor = RULES.comparison.rate(Modality.FACE), RULES.comparison.floor_fmr[Modality.FACE]
    between = (BOTH[Modality.FACE].threshold(rate) + BOTH[Modality.FACE].threshold(floor)) / 2
    session = decided((FACE, between, True), (INDEX, 0.6, True))
    assert session.verdict is Verdict.ACCEPTED
    assert [renewed.capture.characteristic for renewed in session.renewals] == [INDEX]


@given(st.floats(1e-9, 1.0), st.sampled_from(Band), st.sampled_from(Verdict), st.booleans(), st.booleans())
def test_what_may_be_renewed(fmr: float, band: Band, verdict: Verdict, passed: bool, supporting: bool) -> None:
    characteristic = VOICE if supporting else FACE
    result = CharacteristicResult(
        characteristic, passed, supporting, Reason.SAME_PERSON, SourceKind.LIVE, Meaning(1.0, fmr, capped=False), band
    )
    made = Decision(verdict, (Reason.SAME_PERSON,), (result,), RULES.identity)
    allowed = may_renew(result, made, RULES)
    if allowed:
        assert passed
        assert verdict is Verdict.ACCEPTED
        assert band is Band.FAR_BETTER if supporting else fmr <= RULES.comparison.rate(Modality.FACE)
    assert not may_renew(replace(result, meaning=None), made, RULES), "digits alone renew no voice"


@pytest.mark.parametrize("earlier", [True, False])
def test_the_score_is_judged_by_the_calibration_of_its_own_extractor(earlier: bool) -> None:
    none = CalibrationSet(BOTH.today)
    circumstances = Circumstances("verification", demo=False, attested=True)
    session = VerificationSession(
        "person", RULES, none, circumstances, AttemptState(0, 5, 0.0, locked_out=False), (FACE,)
    )
    session = shown(session, FACE, 0.6, earlier=earlier).advance(events.CapturesFinished())
    assert (session.verdict is Verdict.ACCEPTED) is not earlier
    assert session.renewals == ()
