"""Whether what a person was accepted by may take the place of a reference that an earlier extractor made."""

from __future__ import annotations

from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.decisions import Band, CharacteristicResult, Decision, Verdict


def may_renew(result: CharacteristicResult, decision: Decision, policy: Policy) -> bool:
    """Whether a characteristic was recognised by itself in an acceptance, however the decision came about: by the rate
    that the policy asks of it alone, not by the floor of a sum; what only supports, far better than asked. Somebody
    who is accepted by another's finger leaves no face or voice of theirs behind."""
    if decision.verdict is not Verdict.ACCEPTED or not result.passed or result.meaning is None:
        return False
    if result.supporting_only:
        return result.band is Band.FAR_BETTER
    return result.meaning.fmr <= policy.comparison.rate(result.characteristic.modality)
