"""Presentation attack detection (PAD) over windows of frames."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, InjectionSign, LipAgreement
from mlid_desktop.domain.observations import FrameChange
from mlid_desktop.domain.provenance import SourceKind

# Set on recordings of the living and on stills made of them, see decision 36
STILL_BELOW = 0.06  # pixels of a face 64 across
NOISELESS_ABOVE = 0.62  # of the frame's squares
# Of lips and speech, set on four clips and three drawn people, see decision 36
LIPS_AGREE, LIPS_DIFFER = 2.0, 1.2


def judge_window(liveness: Sequence[float | None], rules: AttackRules | None, kind: SourceKind) -> AttackFinding:
    """The presentation attack finding of one window of frames: their mean liveness against the policy's threshold, and
    each frame against its floor.

    ``liveness`` has one value in 0..1 a frame, None for a frame without evidence. A window that is shorter than the
    policy asks, or lacks a frame's evidence, is incomplete, never bona fide, whatever the source: a recording that ends
    early has shown too little. Without rules nothing was checked.
    """
    if rules is None:
        return AttackFinding(AttackVerdict.NOT_CHECKED)
    decides = kind is not SourceKind.SIMULATED
    known = [value for value in liveness if value is not None]
    if not known:
        return AttackFinding(AttackVerdict.INCOMPLETE, None, 0, decides)
    mean = sum(known) / len(known)
    complete = len(known) == len(liveness) and len(known) >= rules.window
    if mean < rules.threshold or is_attack_like(known, rules):
        verdict = AttackVerdict.SUSPECTED
    elif complete:
        verdict = AttackVerdict.BONA_FIDE
    else:
        verdict = AttackVerdict.INCOMPLETE
    return AttackFinding(verdict, mean, len(known), decides)


def is_attack_like(liveness: Sequence[float | None], rules: AttackRules | None) -> bool:
    """Whether a single frame's liveness is so low that no number of others makes up for it."""
    if rules is None:
        return False
    floor = min(rules.frame_floor, rules.threshold)
    return any(value is not None and value < floor for value in liveness)


def shows_attack_poorly(liveness: Sequence[float], rules: AttackRules | None) -> bool:
    """Whether as many samples as a window has, all of which failed the quality gates, show an attack: their mean lies
    where no single good one may. Poor pictures of the living lie above it (decision 27)."""
    if rules is None or len(liveness) < rules.window:
        return False
    return sum(liveness[-rules.window :]) / rules.window < min(rules.frame_floor, rules.threshold)


def injection_signs(changes: Sequence[FrameChange]) -> tuple[InjectionSign, ...]:
    """The signs of frames that were fed in: what all later frames of a take show beside its first. None without a later
    frame. Frames that cannot tell a movement are passed over where at least half can."""
    if not changes:
        return ()
    told = [change.residual for change in changes if change.residual is not None]
    still = 2 * len(told) >= len(changes) and max(told) < STILL_BELOW
    noiseless = min(change.unchanged for change in changes) > NOISELESS_ABOVE
    found = ((still, InjectionSign.STILL_PICTURE), (noiseless, InjectionSign.NO_SENSOR_NOISE))
    return tuple(sign for shown, sign in found if shown)


def lip_agreement(score: float | None) -> LipAgreement | None:
    """What the agreement of lips and speech says; None where nobody was watched."""
    if score is None:
        return None
    if score >= LIPS_AGREE:
        return LipAgreement.AGREES
    return LipAgreement.DIFFERS if score < LIPS_DIFFER else LipAgreement.UNCLEAR
