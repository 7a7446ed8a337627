"""When a face must answer an active challenge, and what it means where it did not."""

from __future__ import annotations

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Grade


def challenge_required(
    modality: Modality, rules: AttackRules | None, finding: AttackFinding, *, demanded: bool = False
) -> bool:
    """Whether a window that was judged so must be followed by the challenge, which is one of faces alone.

    ``demanded`` holds for attempts that must have one whatever the window shows, such as the next after a suspicion.
    Without rules nothing is checked in this modality.
    """
    if rules is None or modality is not Modality.FACE:
        return False
    sure = finding.verdict is AttackVerdict.BONA_FIDE and finding.liveness is not None and not finding.signs
    return demanded or rules.challenge == "always" or not sure or (finding.liveness or 0.0) < rules.sure_from


def challenge_outcome(
    modality: Modality,
    rules: AttackRules | None,
    finding: AttackFinding,
    source: SourceKind,
    reached: ChallengeOutcome,
    *,
    demanded: bool = False,
    sees_movements: bool = True,
) -> ChallengeOutcome:
    """What became of the challenge: as it was ``reached``; where it was required and nothing was reached, a recording
    was not asked, and anything else has not met it. Models that see no movements need none where they are used."""
    required = challenge_required(modality, rules, finding, demanded=demanded)
    if reached is ChallengeOutcome.NOT_NEEDED and required:
        is_recording = source is SourceKind.RECORDED
        reached = ChallengeOutcome.NOT_ASKED_RECORDING if is_recording else ChallengeOutcome.NOT_MET
    if reached is ChallengeOutcome.NOT_MET and not sees_movements:
        return ChallengeOutcome.NOT_NEEDED
    return reached


def challenge_obstacle(outcome: ChallengeOutcome, grade: Grade, *, demo: bool) -> Reason | None:
    """Why a capture may not be used for what became of its challenge; None where it may.

    Recordings are left out in demo vaults alone. Models for evaluation have no pose and no mesh to see a challenge by;
    they are used nowhere else.
    """
    if demo and (grade is Grade.EVALUATION or outcome is ChallengeOutcome.NOT_ASKED_RECORDING):
        return None
    match outcome:
        case ChallengeOutcome.NOT_NEEDED | ChallengeOutcome.PASSED:
            return None
        case ChallengeOutcome.NOT_POSSIBLE:
            return Reason.CHALLENGE_NOT_POSSIBLE
        case _:
            return Reason.CHALLENGE_NOT_MET
