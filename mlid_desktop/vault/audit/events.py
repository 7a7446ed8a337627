"""The events and facts that the audit may record. A fact is an identifier, a code, a number or the name of a member of
staff or of another program: nothing that a person in front of the desk could be known by, and nothing measured on them,
has a name here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mlid_desktop.domain.audit import AuditFact

EVENTS: Final = frozenset(
    {
        "act.alone",
        "attack_test.begun",
        "attack_test.erased",
        "attack_test.presented",
        "attempts.released",
        "audit.exported",
        "audit.reported",
        "backup.changed",
        "backup.made",
        "backup.restored",
        "backup.retired",
        "backup.verified",
        "caller.admitted",
        "caller.offered",
        "caller.revoked",
        "checkpoint.signed",
        "clock.set_back",
        "clock.trusted",
        "comparisons.stopped",
        "consent.declined",
        "consent.renewed",
        "consent.withdrawn",
        "desk.joined",
        "device.registered",
        "draft.dropped",
        "draft.resumed",
        "draft.saved",
        "enrolment.refused",
        "enrolment.renewed",
        "enrolment.saved",
        "field.taken",
        "fields.changed",
        "fields.erased",
        "fields.erasing",
        "identification.closed",
        "identification.decided",
        "import.ended",
        "import.started",
        "interface.turned",
        "ledger.replayed",
        "number.changed",
        "operator.added",
        "operator.changed",
        "operator.removed",
        "notices.seen",
        "passphrase.changed",
        "people.exported",
        "passphrase.refused",
        "policy.raised",
        "portrait.destroyed",
        "portrait.shown",
        "receipt.made",
        "reference.renewed",
        "register.admitted",
        "register.attempts_lost",
        "register.created",
        "register.joined",
        "register.mended",
        "register.recovered",
        "register.removed",
        "register.upgraded",
        "recovery.made",
        "recovery.used",
        "request.answered",
        "request.taken",
        "roots.rotated",
        "search.delayed",
        "search.prepared",
        "settings.stored",
        "source.changed",
        "statistics.exported",
        "subject.corrected",
        "subject.erased",
        "subject.exported",
        "suspicion.noted",
        "vault.locked",
        "vault.unlocked",
        "vault.verified",
        "verification.decided",
        "verification.delayed",
        "verification.otherwise",
        "withdrawal.brought",
        "withdrawal.undone",
        "wish.noted",
    }
)

_IDENTIFIER: Final = re.compile(r"(?:[0-9a-f]{32})?")
_CODE: Final = re.compile(r"[A-Za-z0-9_.:/+-]{0,128}")
_STAFF: Final = re.compile(r"[^\x00-\x1f\x7f]{0,100}")
PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "subject": _IDENTIFIER,
    "backup": _IDENTIFIER,
    "draft": _IDENTIFIER,
    "attempt": _IDENTIFIER,
    "caller": _IDENTIFIER,
    "request": _IDENTIFIER,
    "desk": _IDENTIFIER,
    "device": _IDENTIFIER,
    "operator": _STAFF,
    "second": _STAFF,
    "added": _STAFF,
    "removed": _STAFF,
    "changed": _STAFF,
    "program": _STAFF,
    "role": _CODE,
    "name": _CODE,
    "verdict": _CODE,
    "reason": _CODE,
    "outcome": _CODE,
    "policy": _CODE,
    "purpose": _CODE,
    "language": _CODE,
    "text": _CODE,
    "how": _CODE,
    "instead": _CODE,
    "digest": _CODE,
    "challenge": _CODE,
    "source": _CODE,
    "lips": _CODE,
}
NUMBERS: Final = frozenset(
    {
        "number", "seconds", "candidates", "entries", "subjects", "records", "captures", "saved", "refused", "erased",
        "epoch", "generation", "attempts", "failed", "not_compared",
    }
)  # fmt: skip  # one name a line says no more
FLAGS: Final = frozenset({"attested", "guardian", "accepted", "full", "dry", "portrait"})


def require_known(event: str, facts: Mapping[str, AuditFact]) -> None:
    """Raises ValueError for an audit event or a fact that is not listed, or a value that is not of its kind: a bug in
    the caller, found by its tests."""
    if event not in EVENTS:
        raise ValueError(f"the audit knows no event {event}")
    for name, value in facts.items():
        if not _is_of_its_kind(name, value):
            raise ValueError(f"the audit takes no such value as {name}")


def _is_of_its_kind(name: str, value: AuditFact) -> bool:
    if name in FLAGS:
        return isinstance(value, bool)
    if name in NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    pattern = PATTERNS.get(name)
    return pattern is not None and isinstance(value, str) and pattern.fullmatch(value) is not None
