"""What a device service says of an attack by itself.

The MOSIP specification (0.9.5 and 1.0) has no field for liveness: a device that checks it refuses with an error of its
maker's own (5xx, "custom errors"), and makers add fields of their own to what they sign. Either is heeded where it
speaks against the finger in so many words; that it speaks for one, or says nothing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AGAINST = (
    "spoof",
    "fake",
    "liveness",
    "not live",
    "notlive",
    "non-live",
    "presentation attack",
    "artefact",
    "artifact",
)
LIVE_FIELDS = frozenset({"liveness", "livenessstatus", "livenessresult", "islive", "live"})
ATTACK_FIELDS = frozenset({"spoof", "spoofdetected", "isspoof", "fake", "fakefinger", "attackdetected"})
NO = frozenset({"false", "no", "fail", "failed", "fake", "spoof", "notlive", "not live", "not_live", "dead", "attack"})
YES = frozenset({"true", "yes", "detected", "spoof", "fake", "attack"})


def error_reports_attack(number: str, said: str) -> bool:
    """Whether an error of a device's maker says that the device took the finger for a presentation attack."""
    words = said.lower()
    return len(number) == 3 and number.startswith("5") and number.isdecimal() and any(word in words for word in AGAINST)


def data_reports_attack(signed: Mapping[str, Any]) -> bool:
    """Whether a field that a maker adds to a signed capture says that it is a presentation attack. Numbers have no
    scale that the specification gives, and say nothing."""
    return any(_speaks_against(name.lower(), value) for name, value in signed.items())


def _speaks_against(name: str, value: object) -> bool:
    said = str(value).strip().lower() if isinstance(value, bool | str) else ""
    return (name in LIVE_FIELDS and said in NO) or (name in ATTACK_FIELDS and said in YES)
