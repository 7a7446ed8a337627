"""The modalities of this program, one row each, in the order in which people meet them."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import ModalityFacts
from mlid_desktop.modalities.face.row import FACE_ROW
from mlid_desktop.modalities.fingerprint.row import FINGERPRINT_ROW
from mlid_desktop.modalities.modality_row import ModalityRow
from mlid_desktop.modalities.voice.row import VOICE_ROW

ROWS = (FACE_ROW, FINGERPRINT_ROW, VOICE_ROW)
REGISTRY: dict[Modality, ModalityRow] = {row.facts.modality: row for row in ROWS}


def facts_of(modality: Modality) -> ModalityFacts:
    """The facts of a modality: how its samples come, what it may do and how it is spoken of."""
    return REGISTRY[modality].facts
