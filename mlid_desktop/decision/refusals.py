"""Reasons that refuse a verification: the verdict that each makes, the gravest first."""

from __future__ import annotations

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.reasons import Reason

NEVER_USED = {Reason.SOURCE_NOT_LIVE, Reason.ATTACK_SUSPECTED, Reason.EVALUATION_GRADE}
AGAINST = (Reason.WRONG_DIGITS, Reason.OTHER_VOICE, Reason.DIFFERENT_PERSON)

REFUSALS = (
    (Verdict.REJECTED, Reason.SOURCE_NOT_LIVE),
    (Verdict.REJECTED, Reason.ATTACK_SUSPECTED),
    (Verdict.REJECTED, Reason.DIFFERENT_PERSON),
    (Verdict.INCONCLUSIVE, Reason.EVALUATION_GRADE),
    (Verdict.INCONCLUSIVE, Reason.ATTACK_CHECK_INCOMPLETE),
    (Verdict.INCONCLUSIVE, Reason.CHALLENGE_NOT_MET),
    (Verdict.INCONCLUSIVE, Reason.CHALLENGE_NOT_POSSIBLE),
    (Verdict.INCONCLUSIVE, Reason.CALIBRATION_TOO_SMALL),
    (Verdict.INCONCLUSIVE, Reason.NO_REFERENCE),
    (Verdict.INCONCLUSIVE, Reason.SOURCE_CHANGED),
    (Verdict.INCONCLUSIVE, Reason.FRAMES_REPEATED),
    (Verdict.INCONCLUSIVE, Reason.SCENE_CHANGED),
    (Verdict.INCONCLUSIVE, Reason.TIMING_TOO_REGULAR),
    (Verdict.INCONCLUSIVE, Reason.TOO_NEAR_TO_JUDGE),
    (Verdict.INCONCLUSIVE, Reason.NO_USABLE_CAPTURE),
)
