"""The forms of face templates: what an extractor keeps of embeddings, and how its templates are read for comparison.

Read templates are rows of numbers whose last says how crowded the neighbourhood is; the score of two of them is the
product of the others less both last ones, so that a search is one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Extractor, Template, require_same_extractor
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.cohort import FaceCohort
from mlid_desktop.modalities.vectors import unit_rows

Vector = NDArray[np.float32]
Rows = NDArray[np.float32]
Embeddings = Mapping[str, Vector]
"""Embeddings of one face by the name of the network (``RETAIL``, ``SFACE``), not normalised."""

RETAIL, SFACE = "retail-0095", "sface"
SIZES = {RETAIL: p.EMBEDDING_SIZE, SFACE: p.SFACE_SIZE}


class TemplateForm(Protocol):
    """How one extractor's templates are made and read."""

    @property
    def extractor(self) -> Extractor:
        """Whose templates these are."""
        ...

    @property
    def width(self) -> int:
        """How many numbers a row has, the last among them."""
        ...

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks whose embeddings are kept."""
        ...

    def template(self, embeddings: Embeddings) -> Template:
        """The template of a face's embeddings."""
        ...

    def rows(self, templates: Sequence[Template]) -> Rows:
        """Templates read for comparison, (n, width). Raises ModelError for one of another extractor or malformed."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedForm:
    """Keeps the normalised form of one embedding: 515 bytes."""

    extractor: Extractor
    cohort: FaceCohort

    @property
    def width(self) -> int:
        """256 numbers and the crowding."""
        return p.EMBEDDING_SIZE + 1

    @property
    def networks(self) -> tuple[str, ...]:
        """The one network whose embeddings are kept."""
        return (RETAIL,)

    def template(self, embeddings: Embeddings) -> Template:
        """The template of an embedding."""
        return Template(FACE, self.extractor, encode(self.cohort.normalise(embeddings[RETAIL][None])[0]))

    def rows(self, templates: Sequence[Template]) -> Rows:
        """The normalised vectors as they were kept. Raises ModelError."""
        return _stacked([decode(_own(self.extractor, template)) for template in templates], self.width)


@dataclass(frozen=True, slots=True, eq=False)
class ScorePart:
    """One network's part of a score: ``strangers`` is the mean of its normalised scores of strangers and ``spread``
    their standard deviation, by which scores of different networks mean the same; ``weight`` is its share."""

    network: str
    cohort: FaceCohort
    strangers: float
    spread: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class RawForm:
    """Keeps the embeddings of one or several networks as they are, at length 1, and normalises each against its own
    cohort when it is read; a score is the weighted mean of theirs in standard deviations above the mean of
    strangers."""

    extractor: Extractor
    parts: tuple[ScorePart, ...]

    @property
    def width(self) -> int:
        """The numbers of all parts, and what is taken off."""
        return sum(SIZES[part.network] for part in self.parts) + 1

    @property
    def networks(self) -> tuple[str, ...]:
        """In the order in which they are kept."""
        return tuple(part.network for part in self.parts)

    def template(self, embeddings: Embeddings) -> Template:
        """The template of the embeddings."""
        return Template(FACE, self.extractor, encode_raw([embeddings[network] for network in self.networks]))

    def embeddings(self, template: Template) -> Embeddings:
        """The embeddings in a template, each of length 1. Raises ModelError."""
        kept = decode_raw(_own(self.extractor, template), [SIZES[network] for network in self.networks])
        return dict(zip(self.networks, kept, strict=True))

    def rows(self, templates: Sequence[Template]) -> Rows:
        """The parts beside one another, weighted so that the product of two rows is the weighted sum of theirs. Raises
        ModelError."""
        kept = [self.embeddings(template) for template in templates]
        read = np.zeros((len(templates), self.width), np.float32)
        start = 0
        for part in self.parts:
            size = SIZES[part.network]
            raw = _stacked([embeddings[part.network] for embeddings in kept], size)
            normalised, scale = part.cohort.normalise(raw), part.weight / part.spread
            read[:, start : start + size] = sqrt(scale) * normalised[:, :-1]
            read[:, -1] += scale * (normalised[:, -1] + part.strangers / 2)
            start += size
        return read


def encode(vector: Vector) -> bytes:
    """The payload of a normalised embedding: one version byte, then 257 little-endian float16; half precision changes
    a score by less than 0.001."""
    return bytes([p.PAYLOAD_VERSION]) + vector.astype("<f2").tobytes()


def decode(untrusted_payload: bytes) -> Vector:
    """The (257,) float32 vector in the payload of a normalised embedding. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if len(untrusted_payload) != 1 + 2 * (p.EMBEDDING_SIZE + 1):
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="length")
    if untrusted_payload[0] != p.PAYLOAD_VERSION:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="version")
    vector = np.frombuffer(untrusted_payload, "<f2", offset=1).astype(np.float32)
    if not _is_of_length_1(vector[:-1]) or not abs(float(vector[-1])) <= p.CROWDING_SHARE:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="norm")
    return vector


def encode_raw(embeddings: Sequence[Vector]) -> bytes:
    """The payload of embeddings: one version byte, then each at length 1 as little-endian float16."""
    units = [unit_rows(embedding[None])[0] for embedding in embeddings]
    return bytes([p.RAW_PAYLOAD_VERSION]) + b"".join(unit.astype("<f2").tobytes() for unit in units)


def decode_raw(untrusted_payload: bytes, sizes: Sequence[int]) -> tuple[Vector, ...]:
    """The embeddings of ``sizes`` in a payload, as float32. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if len(untrusted_payload) != 1 + 2 * sum(sizes):
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="length")
    if untrusted_payload[0] != p.RAW_PAYLOAD_VERSION:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="version")
    numbers = np.frombuffer(untrusted_payload, "<f2", offset=1).astype(np.float32)
    ends = np.cumsum(sizes)
    embeddings = tuple(numbers[end - size : end] for end, size in zip(ends, sizes, strict=True))
    if not all(map(_is_of_length_1, embeddings)):
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="norm")
    return embeddings


def _is_of_length_1(vector: Vector) -> bool:
    return bool(np.isfinite(vector).all()) and abs(float(np.linalg.norm(vector)) - 1.0) <= p.NORM_TOLERANCE


def _own(extractor: Extractor, template: Template) -> bytes:
    require_same_extractor(extractor, template)
    return template.payload


def _stacked(rows: Sequence[Vector], width: int) -> Rows:
    return np.stack(rows) if rows else np.empty((0, width), np.float32)
