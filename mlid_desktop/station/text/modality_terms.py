"""How each modality is spoken of, and what of it whoever shows a capture must know."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityFacts, ModalityTerms
from mlid_desktop.modalities.registry import REGISTRY

LISTED = tuple(REGISTRY)  # in the order in which people meet them


def facts_of(modality: Modality) -> ModalityFacts:
    """How its samples come, what it may do and how it is spoken of."""
    return REGISTRY[modality].facts


def terms_of(modality: Modality) -> ModalityTerms:
    """Its sentences, as the catalogue knows them, and its icon."""
    return facts_of(modality).terms
