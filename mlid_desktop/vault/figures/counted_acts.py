"""Which acts of the audit are counted, and how an act is named in the count.

Every act is counted under one name alone, and no name takes in another: two counts that overlap would tell by their
difference what neither tells by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlid_desktop.domain.audit import AuditFact

COUNTED: Mapping[str, tuple[str, ...]] = {
    "enrolment.saved": (),
    "enrolment.refused": ("reason",),
    "consent.declined": ("reason",),
    "consent.withdrawn": (),
    "attempts.released": ("reason",),
    "verification.decided": ("verdict", "reason"),
    "verification.otherwise": ("outcome",),
    "identification.closed": ("outcome",),
    "search.delayed": (),
    "subject.erased": ("reason",),
}


def name_of_act(event: str, facts: Mapping[str, AuditFact]) -> str | None:
    """The name under which an act is counted: the event, and what it came to; None for an act that is not counted."""
    if event not in COUNTED:
        return None
    return "/".join((event, *(str(facts.get(name, "")) for name in COUNTED[event])))
