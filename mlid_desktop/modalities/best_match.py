"""Compares a probe with a subject's references and keeps the best comparison, for modalities that score template
pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlid_desktop.domain.observations import Comparison, Evidence, Observation
from mlid_desktop.domain.templates import Reference, Template


def best_match(
    observation: Observation, references: Sequence[Reference], similarity: Callable[[Template, Template], float]
) -> Evidence:
    """The observation with its best comparison: ``similarity`` of its template against each reference of the same
    characteristic. Without a template or such a reference there is no comparison. Raises what ``similarity`` raises."""
    template = observation.template
    scored = [
        Comparison(similarity(template, reference.template), reference.reference_id, reference.created_at)
        for reference in references
        if template is not None and reference.template.characteristic == template.characteristic
    ]
    return Evidence(observation, max(scored, key=lambda comparison: comparison.score, default=None))
