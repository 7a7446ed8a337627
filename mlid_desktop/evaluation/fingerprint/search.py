"""Load test of the fingerprint 1:N search: its speed among many synthetic fingers, and how many mates its fast first
stage loses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.evaluation.observations import Progress
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import prepare_template
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.search import FingerIndex
from mlid_desktop.modalities.fingerprint.templates import encode
from mlid_desktop.synthetic.fingerprint import TrueMinutiae, generate_minutiae_sets

MAX_SUBJECTS = 1_000_000
MATED = 100  # fingers that are enrolled once and searched with another touch
WHOLE = 150  # generated fingers whose halves make the others
PLACE_JITTER = 4.0  # pixels
MADE_BY = Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, "")
FINGER = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)
PROVENANCE = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "finger-search", "0"))
LIMIT = 10


@dataclass(frozen=True, slots=True)
class SearchPoint:
    """Speed and hit rates of the search at one gallery size. Rates are shares of the mated searches: ``first`` found at
    rank 1, ``kept`` still there after the first stage. A comparison with everyone finds at most ``1 - kept`` more at
    rank 1 than the index does."""

    fingers: int
    first: float
    kept: float
    search_ms: float
    build_s: float
    bytes_per_finger: float

    @property
    def fingers_per_s(self) -> float:
        """How many references a search compares per second."""
        return self.fingers / self.search_ms * 1000.0


@dataclass(frozen=True, slots=True)
class SearchLoad:
    """The result of a search load test: ``points`` by gallery size, for the plot of scaling; ``searches`` mated
    searches at each."""

    points: tuple[SearchPoint, ...]
    searches: int
    median_template_bytes: float


def evaluate_search(subjects: int, progress: Progress, seed: int = 1) -> SearchLoad:
    """Searches synthetic galleries of ``subjects`` fingers and of the sizes below it. Raises
    UsageError(USAGE_BAD_ARGUMENT).

    Enrolled are the first touches of MATED generated fingers, searched are their second touches; the rest of a gallery
    are synthetic fillers (:func:`generate_fillers`).
    """
    if not 2 * MATED <= subjects <= MAX_SUBJECTS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--subjects {2 * MATED}..{MAX_SUBJECTS}")
    source = np.random.default_rng(seed)
    progress(0.0, "")
    mates = [
        (template_of_minutiae(as_extracted(first, source)), template_of_minutiae(as_extracted(second, source)))
        for first, second in generate_minutiae_sets(range(seed * 1_000_000, seed * 1_000_000 + MATED), (0, 1))
    ]
    progress(0.2, "")
    minutiae_sets = [
        as_extracted(minutiae, source)
        for (minutiae,) in generate_minutiae_sets(range(seed * 2_000_000, seed * 2_000_000 + WHOLE))
    ]
    others = [template_of_minutiae(minutiae) for minutiae in generate_fillers(minutiae_sets, subjects - MATED, source)]
    progress(0.4, "")
    gallery = [*(first for first, _ in mates), *others]
    sizes = gallery_sizes(subjects)
    points = []
    for index, size in enumerate(sizes):
        points.append(measure_search(gallery[:size], [(probe, mate) for mate, (_, probe) in enumerate(mates)]))
        progress(0.4 + 0.6 * (index + 1) / len(sizes), str(size))
    median = float(np.median([len(reference.payload) for reference in gallery]))
    return SearchLoad(tuple(points), len(mates), median)


def gallery_sizes(largest: int) -> tuple[int, ...]:
    """The gallery sizes to test: 1,000, 3,000, 10,000 ... up to and with the largest."""
    steps = [first * 10**power for power in range(3, 7) for first in (1, 3)]
    return (*(size for size in steps if size < largest), largest)


def measure_search(gallery: Sequence[Template], probes: Sequence[tuple[Template, int]]) -> SearchPoint:
    """Measures the search in one gallery; ``probes`` are templates with the index of their mate in the gallery, each
    searched once."""
    references = [
        Reference(f"{index:032x}", str(index), template, 90, PROVENANCE, datetime(2000, 1, 1, tzinfo=UTC))
        for index, template in enumerate(gallery)
    ]
    begin = time.perf_counter()
    index = FingerIndex(MADE_BY, references)
    built = time.perf_counter() - begin
    took, first, kept = [], 0, 0
    for probe, mate in probes:
        ready = prepare_template(MADE_BY, probe)
        begin = time.perf_counter()
        hits = index.search(probe, LIMIT)
        took.append(time.perf_counter() - begin)
        first += bool(hits) and hits[0].subject_id == str(mate)
        kept += mate in index.shortlist(ready, p.FIRST_STAGE_KEPT)
    size, searches = len(gallery), len(probes)
    return SearchPoint(
        size, first / searches, kept / searches, float(np.median(took)) * 1000.0, built, index.bytes_used / size
    )


def generate_fillers(minutiae_sets: Sequence[Minutiae], count: int, source: np.random.Generator) -> Iterator[Minutiae]:
    """Yields made-up fingers to fill a gallery quickly: one half of a generated finger beside the other half of
    another, each minutia moved a little, so that every neighbourhood looks like one of a finger."""
    for _ in range(count):
        first, second = source.choice(len(minutiae_sets), 2, replace=False)
        angle = source.uniform(0.0, 2.0 * np.pi)
        normal = np.array([np.cos(angle), np.sin(angle)], np.float32)
        joined = _joined(_half(minutiae_sets[first], normal), _half(minutiae_sets[second], -normal))
        if len(joined) < p.MIN_MINUTIAE:
            joined = minutiae_sets[first]
        position = np.clip(joined.position + source.normal(0.0, PLACE_JITTER, joined.position.shape), 0, None)
        yield Minutiae(position.astype(np.float32), joined.direction, joined.kind, joined.quality)


def template_of_minutiae(minutiae: Minutiae) -> Template:
    """The fingerprint template of a set of minutiae, without ridge flow, which the generator does not tell without
    drawing an image."""
    return Template(FINGER, MADE_BY, encode(minutiae))


def as_extracted(minutiae: TrueMinutiae, source: np.random.Generator) -> Minutiae:
    """The true minutiae of a made-up touch as an extractor would tell them, each with a quality by chance."""
    quality: NDArray[np.float32] = source.uniform(0.3, 1.0, len(minutiae)).astype(np.float32)
    position = np.maximum(minutiae.position, 0.0).astype(np.float32)
    noted = Minutiae(position, minutiae.direction.astype(np.float32), minutiae.kind.astype(np.uint8), quality)
    return noted.select(np.arange(min(len(noted), p.MAX_MINUTIAE)))


def _half(minutiae: Minutiae, normal: NDArray[np.float32]) -> Minutiae:
    return minutiae.select((minutiae.position - minutiae.position.mean(axis=0)) @ normal >= 0)


def _joined(first: Minutiae, second: Minutiae) -> Minutiae:
    parts = zip(
        *((minutiae.position, minutiae.direction, minutiae.kind, minutiae.quality) for minutiae in (first, second)),
        strict=True,
    )
    position, direction, kind, quality = (np.concatenate(pair) for pair in parts)
    return Minutiae(position, direction, kind, quality).select(np.arange(min(len(position), p.MAX_MINUTIAE)))
