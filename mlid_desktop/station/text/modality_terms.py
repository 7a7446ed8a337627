"""Terms and icon of each modality, and its facts for whoever shows a capture."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityFacts, ModalityTerms
from mlid_desktop.modalities.registry import REGISTRY

LISTED = tuple(REGISTRY)  # in the order in which people meet them


def facts_of(modality: Modality) -> ModalityFacts:
    """The facts of a modality: how its samples come, what it may do and how it is spoken of."""
    return REGISTRY[modality].facts


def terms_of(modality: Modality) -> ModalityTerms:
    """A modality's sentences, as the catalogue knows them, and its icon."""
    return facts_of(modality).terms
