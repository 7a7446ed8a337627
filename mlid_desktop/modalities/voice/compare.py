"""Compares speakers, 1:1 and 1:N.

Score: cosine of the normalised embeddings, lowered by the density of similar strangers around both, as for faces. A
template without a vector (too little speech, no encoder) matches nobody: the score is INSUFFICIENT, and no comparison
is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.voice.templates import VoicePrint, decode

INSUFFICIENT = -3.0  # below any score: a cosine is at least -1, both crowdings at most 1


def read_voice(extractor: Extractor, template: Template) -> VoicePrint:
    """Decodes a voice template. Raises ModelError for one of another extractor or malformed."""
    require_same_extractor(extractor, template)
    return decode(template.payload)


def speaker_score(first: VoicePrint, second: VoicePrint) -> float | None:
    """Comparison score of two voices, None where one of them has no vector of the same encoder."""
    a, b = first.speaker, second.speaker
    if a is None or b is None or len(a) != len(b):
        return None
    return float(a[:-1] @ b[:-1] - a[-1] - b[-1])


class VoiceIndex:
    """The voice references of a 1:N search as one matrix; those without a vector are never found."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        self._extractor = extractor
        voices = [(reference, read_voice(extractor, reference.template).speaker) for reference in references]
        known = [(reference, vector) for reference, vector in voices if vector is not None]
        self._owners = tuple((reference.reference_id, reference.subject_id) for reference, _ in known)
        self._size = len(references)
        self._matrix: NDArray[np.float32] = (
            np.stack([vector for _, vector in known]) if known else np.empty((0, 0), np.float32)
        )

    def __len__(self) -> int:
        return self._size

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the voice references: the best ``limit`` of them, best first. Raises ModelError for a probe of
        another extractor or malformed."""
        vector = read_voice(self._extractor, probe).speaker
        if vector is None or not len(self._matrix) or limit <= 0:
            return ()
        scores = self._matrix[:, :-1] @ vector[:-1] - self._matrix[:, -1] - vector[-1]
        best = np.argsort(-scores, kind="stable")[:limit]
        return tuple(SearchHit(self._owners[row][0], self._owners[row][1], float(scores[row])) for row in best)
