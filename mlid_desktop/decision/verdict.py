"""The verdict of a verification: every rule that can refuse, in order, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlid_desktop.decision.asked_modalities import asked_rates
from mlid_desktop.decision.calibration import Calibration, band_of
from mlid_desktop.decision.calibration_set import Calibrations, calibration_for
from mlid_desktop.decision.challenge import challenge_obstacle, challenge_outcome
from mlid_desktop.decision.fusion import Contribution, fuse, stands_on_floor, strictest_carried, weakest_of_each
from mlid_desktop.decision.lockout import gives_more
from mlid_desktop.decision.pad import lip_agreement
from mlid_desktop.decision.policy import Policy, Purpose
from mlid_desktop.decision.refusals import AGAINST, NEVER_USED, REFUSALS
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import (
    AttackFinding,
    AttackVerdict,
    AttemptRequirement,
    ChallengeOutcome,
    CharacteristicResult,
    Decision,
    Fusion,
    Meaning,
    Verdict,
)
from mlid_desktop.domain.observations import Comparison, PromptFinding
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Grade


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision depends on besides the evidence: its purpose, whether the vault is a demo vault, whether the
    operator attested to having looked, whether a face must answer the active challenge whatever else it shows, and what
    the attempt has to give beyond what the policy asks. ``without_movements``: fingers alone decide, in place of a face
    that is asked to move, and a second person, who has ``confirmed`` it. ``replaced``: what the
    policy asks and another modality stands in for."""

    purpose: Purpose
    demo: bool
    attested: bool = False
    challenge_demanded: bool = False
    requirement: AttemptRequirement = AttemptRequirement.ORDINARY
    without_movements: bool = False
    confirmed: bool = False
    replaced: tuple[Modality, ...] = ()


@dataclass(frozen=True, slots=True)
class CapturedCharacteristic:
    """What was captured of one characteristic. ``obstacle`` is the reason there is nothing to compare, if so;
    ``prompt`` what the check of prompted speech found, where there was a prompt; ``grade`` that of the models;
    ``challenge`` what became of the active challenge; ``lips`` how far the lips of who spoke moved with the speech."""

    characteristic: Characteristic
    source: SourceKind
    finding: AttackFinding
    extractor: str = ""
    quality: int = -1
    comparison: Comparison | None = None
    obstacle: Reason | None = None
    prompt: PromptFinding | None = None
    grade: Grade = Grade.OPERATIONAL
    challenge: ChallengeOutcome = ChallengeOutcome.NOT_NEEDED
    lips: float | None = None


def capture_obstacle(
    source: SourceKind, finding: AttackFinding, circumstances: Circumstances, grade: Grade = Grade.OPERATIONAL
) -> Reason | None:
    """Why a capture may not be used at all, whatever it shows; None where it may.

    A recorded or simulated source counts in demo vaults only, and so do models for evaluation, of which it is not asked
    that they look for attacks. A suspected attack never counts.
    """
    if source is not SourceKind.LIVE and not circumstances.demo:
        return Reason.SOURCE_NOT_LIVE
    evaluation = grade is Grade.EVALUATION
    if evaluation and not circumstances.demo:
        return Reason.EVALUATION_GRADE
    if finding.decides and finding.verdict is AttackVerdict.SUSPECTED:
        return Reason.ATTACK_SUSPECTED
    # A still picture, or a recording that ends early, may be enrolled in a demo vault; it is never compared there.
    templates_alone = source is SourceKind.RECORDED and circumstances.purpose == "enrolment"
    if finding.decides and finding.verdict is AttackVerdict.INCOMPLETE and not evaluation and not templates_alone:
        return Reason.ATTACK_CHECK_INCOMPLETE
    return None


def decide(
    gathered: Sequence[CapturedCharacteristic], policy: Policy, calibrations: Calibrations, circumstances: Circumstances
) -> Decision:
    """The decision on one person's verification: every primary characteristic that was presented must pass, and at
    least the policy's minimum must have been. Where the policy sums several modalities, each must stand on its floor
    and their sum must pass. The gravest refusal names the verdict. That the operator saw nothing artificial is said of
    an acceptance alone."""
    rules = policy.comparison
    presented = {captured.characteristic.modality for captured in gathered}
    alone = circumstances.without_movements
    summed = rules.rule == "fused" and len(presented & set(rules.primary)) > 1 and not alone
    asked = asked_rates(rules, presented, replaced=circumstances.replaced, without_movements=alone)
    if summed:
        asked |= {modality: rules.floor_fmr[modality] for modality in presented & set(rules.primary)}
    results = tuple(
        _judge(captured, asked[captured.characteristic.modality], policy, calibrations, circumstances, summed=summed)
        for captured in gathered
    )
    fusion, carried = _sum(gathered, results, policy, calibrations) if summed else (None, True)
    challenged = any(captured.challenge is ChallengeOutcome.PASSED for captured in gathered)
    of_sum = _sum_refusal(fusion, carried=carried)
    verdict, reasons = _conclude(results, policy, circumstances, of_sum, challenged=challenged)
    attested = circumstances.attested and verdict is Verdict.ACCEPTED
    return Decision(verdict, reasons, results, policy.identity, attested, fusion, alone)


def _sum(
    gathered: Sequence[CapturedCharacteristic],
    results: Sequence[CharacteristicResult],
    policy: Policy,
    calibrations: Calibrations,
) -> tuple[Fusion, bool]:
    """Fuses what the primary modalities say, and returns it with whether the calibrations carry what is asked of it at
    all."""
    rules = policy.comparison
    decisive = [result for result in results if not result.supporting_only]
    asked = rules.fused_fmr or min(rules.rate(result.characteristic.modality) for result in decisive)
    if not all(result.passed for result in decisive):
        return Fusion(asked), True
    contributions = weakest_of_each(
        Contribution(
            _calibration_of(captured, calibrations),
            captured.comparison.score,
            rules.floor_fmr[captured.characteristic.modality],
            captured.finding.liveness if captured.finding.decides else None,
        )
        for captured in gathered
        if captured.characteristic.modality in rules.primary and captured.comparison is not None
    )
    supporting = [
        result.meaning.log_likelihood_ratio
        for result in results
        if result.supporting_only and result.meaning is not None
    ]
    meaning = fuse(contributions, asked, supporting)
    return Fusion(asked, meaning, band_of(meaning, asked)), strictest_carried(contributions) <= asked


def _calibration_of(captured: CapturedCharacteristic, calibrations: Calibrations) -> Calibration:
    """The calibration of a comparison that passed; there is one, or it would not have."""
    found = calibration_for(calibrations, captured.characteristic.modality, captured.extractor)
    if found is None:
        raise ValueError("a comparison without a calibration passed")
    return found


def _sum_refusal(fusion: Fusion | None, *, carried: bool) -> Reason | None:
    """The reason for which the fused modalities do not pass; None where they do, or where nothing is fused."""
    if fusion is None or (fusion.meaning is not None and fusion.meaning.fmr <= fusion.asked_fmr):
        return None
    return Reason.TOGETHER_TOO_WEAK if carried else Reason.CALIBRATION_TOO_SMALL


def _judge(
    captured: CapturedCharacteristic,
    asked: float,
    policy: Policy,
    calibrations: Calibrations,
    circumstances: Circumstances,
    *,
    summed: bool,
) -> CharacteristicResult:
    meaning = _meaning(captured, calibrations)
    refused = capture_obstacle(captured.source, captured.finding, circumstances, captured.grade)
    unfinished = refused is Reason.ATTACK_CHECK_INCOMPLETE
    modality = captured.characteristic.modality
    challenge = challenge_outcome(
        modality,
        policy.attack.get(modality),
        captured.finding,
        captured.source,
        captured.challenge,
        demanded=circumstances.challenge_demanded,
        sees_movements=captured.grade is not Grade.EVALUATION or not circumstances.demo,
    )
    reason = (
        (captured.obstacle if unfinished and captured.obstacle else refused)
        or captured.obstacle
        or challenge_obstacle(challenge, captured.grade, demo=circumstances.demo)
        or _comparison_reason(captured, meaning, asked, calibrations)
    )
    primary = modality in policy.comparison.primary
    if summed and primary and reason is Reason.SAME_PERSON and not _stands(captured, asked, calibrations):
        reason = Reason.DIFFERENT_PERSON
    return CharacteristicResult(
        characteristic=captured.characteristic,
        passed=reason is Reason.SAME_PERSON,
        supporting_only=not primary,
        reason=reason,
        source=captured.source,
        meaning=meaning,
        band=band_of(meaning, asked),
        score=None if captured.comparison is None else captured.comparison.score,
        attack=captured.finding,
        quality=captured.quality,
        reference_created_at=None if captured.comparison is None else captured.comparison.reference_created_at,
        prompt=captured.prompt,
        challenge=challenge,
        lips=lip_agreement(captured.lips),
    )


def _stands(captured: CapturedCharacteristic, floor: float, calibrations: Calibrations) -> bool:
    calibration = calibration_for(calibrations, captured.characteristic.modality, captured.extractor)
    if captured.comparison is None or calibration is None:
        return False
    return stands_on_floor(Contribution(calibration, captured.comparison.score, floor))


def _meaning(captured: CapturedCharacteristic, calibrations: Calibrations) -> Meaning | None:
    calibration = calibration_for(calibrations, captured.characteristic.modality, captured.extractor)
    if captured.comparison is None or calibration is None:
        return None
    return calibration.meaning(captured.comparison.score)


def _comparison_reason(
    captured: CapturedCharacteristic, meaning: Meaning | None, asked: float, calibrations: Calibrations
) -> Reason:
    if captured.characteristic.modality is Modality.VOICE:
        return _voice_reason(captured, meaning, asked, calibrations)
    if captured.comparison is None:
        return Reason.NO_REFERENCE
    calibration = calibration_for(calibrations, captured.characteristic.modality, captured.extractor)
    if meaning is None or calibration is None or calibration.fmr[-1] > asked:
        return Reason.CALIBRATION_TOO_SMALL
    return Reason.SAME_PERSON if meaning.fmr <= asked else Reason.DIFFERENT_PERSON


def _voice_reason(
    captured: CapturedCharacteristic, meaning: Meaning | None, asked: float, calibrations: Calibrations
) -> Reason:
    """The reason for or against a voice; the digits asked and who said them come first: without a prompt anybody could
    play a recording. The comparison of speakers counts where its calibration carries what is asked."""
    if captured.prompt is None:
        return Reason.NO_REFERENCE if captured.comparison is None else Reason.NO_PROMPT
    if captured.prompt.reason is not None:
        return captured.prompt.reason
    calibration = calibration_for(calibrations, Modality.VOICE, captured.extractor)
    if meaning is None or calibration is None or calibration.fmr[-1] > asked:
        return Reason.SAME_PERSON
    return Reason.SAME_PERSON if meaning.fmr <= asked else Reason.DIFFERENT_PERSON


def _conclude(
    results: Sequence[CharacteristicResult],
    policy: Policy,
    circumstances: Circumstances,
    of_sum: Reason | None,
    *,
    challenged: bool,
) -> tuple[Verdict, tuple[Reason, ...]]:
    decisive = [result for result in results if not result.supporting_only]
    given = {result.reason for result in decisive}
    # An attack or a recording shown to the supporting modality refuses as well: someone is trying something.
    given |= {result.reason for result in results} & NEVER_USED
    fired = [(verdict, reason) for verdict, reason in REFUSALS if reason in given]
    if fired:
        return fired[0][0], tuple(reason for _, reason in fired)
    if not all(result.passed for result in decisive):
        return Verdict.INCONCLUSIVE, (Reason.NO_USABLE_CAPTURE,)
    counted = {result.characteristic for result in decisive}  # one finger that is given twice is one
    if circumstances.without_movements:
        counted = {characteristic for characteristic in counted if characteristic.modality is Modality.FINGERPRINT}
    if len(counted) < policy.comparison.minimum_primary:
        supported = bool(results) and not decisive
        extra = (Reason.SUPPORTING_ONLY,) if supported else ()
        return Verdict.INCONCLUSIVE, (Reason.REQUIRED_MODALITY_MISSING, *extra)
    if of_sum is not None:
        return Verdict.REJECTED if of_sum is Reason.TOGETHER_TOO_WEAK else Verdict.INCONCLUSIVE, (of_sum,)
    against = [
        reason for reason in AGAINST if reason in {result.reason for result in results if result.supporting_only}
    ]
    if against and policy.comparison.heed_supporting:
        return Verdict.INCONCLUSIVE, (Reason.SUPPORTING_DIFFERS, *against)
    presented = {result.characteristic.modality for result in results if result.passed}
    if not gives_more(circumstances.requirement, presented, challenge_passed=challenged):
        return Verdict.INCONCLUSIVE, (Reason.MORE_IS_ASKED,)
    live = any(result.source is SourceKind.LIVE for result in decisive)
    if live and circumstances.purpose in policy.attestation and not circumstances.attested:
        return Verdict.INCONCLUSIVE, (Reason.ATTESTATION_MISSING,)
    if circumstances.without_movements and not circumstances.confirmed:
        return Verdict.INCONCLUSIVE, (Reason.CONFIRMATION_MISSING,)
    return Verdict.ACCEPTED, (Reason.SAME_PERSON,)
