"""Attack evidence of a finger image: none is claimed.

A grey image of one touch does not tell skin from gelatine or glue well enough to decide on: in the LivDet competitions
(2009 to 2023) error rates of trained detectors change by tens of percent from sensor to sensor. So nothing is said, and
the operator attests to having looked at the finger.
"""

from __future__ import annotations

from mlid_desktop.domain.observations import AttackEvidence


def assess() -> AttackEvidence | None:
    """The attack evidence of a finger image: none, which is shown as "not checked" and never as "bona fide"."""
    return None
