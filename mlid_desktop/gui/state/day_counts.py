"""Counts of one unlocked session, shown on the home page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many enrolments, checks and searches were made since the vault was unlocked."""

    enrolled: int = 0
    accepted: int = 0
    rejected: int = 0
    inconclusive: int = 0
    searches: int = 0
