"""Windows of frames judged for a presentation attack."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict
from mlid_desktop.domain.provenance import SourceKind

SEVERITY = (
    AttackVerdict.NOT_CHECKED,
    AttackVerdict.BONA_FIDE,
    AttackVerdict.INCOMPLETE,
    AttackVerdict.SUSPECTED,
)


def judge_window(
    liveness: Sequence[float | None], rules: AttackRules | None, kind: SourceKind, *, ended: bool = False
) -> AttackFinding:
    """The verdict on one window: the mean liveness of its frames against the policy's threshold.

    ``liveness`` has one value in 0..1 a frame, None for a frame without evidence. A live window that is shorter than
    the policy asks, or lacks a frame's evidence, is incomplete, never bona fide. A recorded source that has ``ended``
    is judged on what it had: it is admitted in demo vaults only. Without rules nothing was checked.
    """
    if rules is None:
        return AttackFinding(AttackVerdict.NOT_CHECKED)
    decides = kind is not SourceKind.SIMULATED
    known = [value for value in liveness if value is not None]
    if not known:
        return AttackFinding(AttackVerdict.INCOMPLETE, None, 0, decides)
    mean = sum(known) / len(known)
    complete = len(known) == len(liveness) and len(known) >= rules.window
    if mean < rules.threshold:
        verdict = AttackVerdict.SUSPECTED
    elif complete or (ended and kind is not SourceKind.LIVE):
        verdict = AttackVerdict.BONA_FIDE
    else:
        verdict = AttackVerdict.INCOMPLETE
    return AttackFinding(verdict, mean, len(known), decides)


def worst(findings: Sequence[AttackFinding]) -> AttackFinding:
    """The gravest finding of a session: an attack once seen is not outvoted by later windows."""
    return max(
        findings,
        key=lambda finding: (SEVERITY.index(finding.verdict), -(finding.liveness or 0.0)),
        default=AttackFinding(AttackVerdict.NOT_CHECKED),
    )
