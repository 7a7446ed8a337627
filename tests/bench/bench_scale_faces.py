"""From a thousand faces to a million: what a search costs beside the exact product and beside reading the numbers, and
whether it finds the ten best; with a plot."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime
from functools import partial
from math import sqrt
from statistics import median

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.cohort import load_cohort
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE, Embeddings, RawForm, ScorePart
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.station.configuration.resources import resource_folder
from tests.bench.cost import measure_bounds, spent
from tests.bench.report import Report
from tests.bench.scaling_plots import Curve, draw
from tests.bench.synthetic_population import MADE, PROVENANCE, Pictures, drawn_embeddings, lfw_pictures

FACES = (1_000, 10_000, 100_000, 200_000, 300_000, 1_000_000)
PART = 20_000
SEARCHES, RECALLED, LIMIT = 15, 300, 10
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def run(report: Report) -> None:
    """Every size, and the plot."""
    bounds, form, pictures = measure_bounds(report), _form(), lfw_pictures()
    if pictures is None:
        report.note("no embeddings of LFW are kept: faces are drawn as wide in every direction, and recall is not told")
    probes, matrix = list(_probes(form, pictures)), drawn_rows(form, pictures, FACES[-1])
    costs, products, least = [], [], []
    for size in FACES:
        index = index_of_rows(form, matrix[:size])
        exact = copy(index)  # on the same numbers
        exact._signs = None
        costs.append(median(spent(partial(index.search, probe, LIMIT))[0] for probe in probes[:SEARCHES]))
        products.append(median(spent(partial(exact.search, probe, LIMIT))[0] for probe in probes[:5]))
        least.append(size * form.width * 4 / bounds.read)
        bound = 25.0 if size == FACES[-1] else None
        report.figure(f"{size} faces: a search", costs[-1] * 1e3, "ms", at_most=bound)
        report.figure(f"{size} faces: - by the exact product", products[-1] * 1e3, "ms")
        report.figure(f"{size} faces: - reading all numbers alone", least[-1] * 1e3, "ms")
        if size > p.EXACT_UP_TO and pictures is not None:
            _recall(report, index, exact, probes)
        del index, exact
    curves = [Curve("search by face", FACES, costs), Curve("by the exact product", FACES, products)]
    curves.append(Curve("– reading all numbers alone", FACES, least, is_bound=True))
    draw(curves, "faces", "processor seconds, one core", MADE / "faces.svg")
    report.note(f"the plot: {MADE / 'faces.svg'}")


def _recall(report: Report, index: FaceIndex, exact: FaceIndex, probes: list[Template]) -> None:
    found, whole, size = 0, 0, len(index)
    for probe in probes:
        wanted = {hit.reference_id for hit in exact.search(probe, LIMIT)}
        named = {hit.reference_id for hit in index.search(probe, LIMIT)}
        found += len(wanted & named)
        whole += wanted == named
    report.figure(f"{size} faces: of the ten best, found", 100.0 * found / len(probes) / LIMIT, "%", at_least=99.9)
    report.figure(f"{size} faces: all ten found, of {len(probes)} searches", 100.0 * whole / len(probes), "%")


def _form() -> RawForm:
    folder = resource_folder() / "face"
    retail = load_cohort(folder / p.BOTH_COHORT_FILE, p.EMBEDDING_SIZE)
    sface = load_cohort(folder / p.SFACE_COHORT_FILE, p.SFACE_SIZE)
    parts = (
        ScorePart(RETAIL, retail, *p.RETAIL_STRANGERS, p.RETAIL_WEIGHT),
        ScorePart(SFACE, sface, *p.SFACE_STRANGERS, p.SFACE_WEIGHT),
    )
    return RawForm(Extractor("scale", 1, ""), parts)


def _probes(form: RawForm, pictures: Pictures | None) -> Iterator[Template]:
    """Second pictures of people in the gallery, in an order by chance; drawn people where there are none."""
    if pictures is None:
        yield from _templates(form, drawn_embeddings(None, RECALLED, 1))
        return
    chosen = np.random.default_rng(4).permutation(pictures.second())[:RECALLED]
    yield from _templates(form, {network: rows[chosen] for network, rows in pictures.embeddings.items()})


def drawn_rows(form: RawForm, pictures: Pictures | None, size: int, draw: int = 0) -> NDArray[np.float32]:
    """The rows of an index of the first pictures of everybody and of drawn people, others in each ``draw``."""
    parts, made = [], 0
    while made < size:
        if made == 0 and pictures is not None:
            first = pictures.first()[:size]
            embeddings: Embeddings = {network: rows[first] for network, rows in pictures.embeddings.items()}
        else:
            embeddings = drawn_embeddings(pictures, min(PART, size - made), draw * size + made + 1)
        parts.append(rows_of(form, embeddings))
        made += len(parts[-1])
    return np.concatenate(parts)


def rows_of(form: RawForm, embeddings: Embeddings) -> NDArray[np.float32]:
    """The rows of an index for embeddings, as the form reads templates of them but for their rounding."""
    count = len(next(iter(embeddings.values())))
    read, end = np.zeros((count, form.width), np.float32), 0
    for part in form.parts:
        normalised, scale = part.cohort.normalise(embeddings[part.network]), part.weight / part.spread
        begin, end = end, end + normalised.shape[1] - 1
        read[:, begin:end] = sqrt(scale) * normalised[:, :-1]
        read[:, -1] -= scale * (normalised[:, -1] + part.strangers / 2)
    return read


def index_of_rows(form: RawForm, matrix: NDArray[np.float32]) -> FaceIndex:
    """An index that holds these rows, each called by its number."""
    index = FaceIndex(form, ())
    index._hold(form, [(str(number), str(number)) for number in range(len(matrix))], matrix)
    return index


def _index(form: RawForm, pictures: Pictures | None, size: int) -> FaceIndex:
    """An index of the first pictures of everybody and of drawn people, joined of parts as a gallery is."""
    parts, made = [], 0
    while made < size:
        embeddings = drawn_embeddings(pictures, min(PART, size - made), made + 1)
        if made == 0 and pictures is not None:
            first = pictures.first()[:size]
            embeddings = {network: rows[first] for network, rows in pictures.embeddings.items()}
        templates = _templates(form, embeddings)
        numbered = enumerate(templates, start=made)
        parts.append(FaceIndex(form, [_reference(number, template) for number, template in numbered]))
        made += len(parts[-1])
    return FaceIndex(form, ()).joined(*parts)


def _templates(form: RawForm, embeddings: Embeddings) -> Iterator[Template]:
    count = len(next(iter(embeddings.values())))
    for row in range(count):
        yield form.template({network: rows[row] for network, rows in embeddings.items()})


def _reference(number: int, template: Template) -> Reference:
    return Reference(f"{number:032x}", f"{number:032x}", template, 80, PROVENANCE, NOW)
