"""A million faces: what a search costs, and whether it finds the ten best."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.forms import Embeddings, RawForm
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from tests.bench.bench_scale_faces import _form
from tests.bench.cost import measure_bounds, spent
from tests.bench.report import Report
from tests.bench.synthetic_population import drawn_embeddings, lfw_pictures

FACES, PART, RECALLED, TEN = 1_000_000, 50_000, 40, 10


def run(report: Report) -> None:
    """One index, and the exact product on the same numbers."""
    measure_bounds(report)
    form, pictures = _form(), lfw_pictures()
    parts, made = [], 0
    if pictures is not None:
        first = pictures.first()
        parts.append(_rows(form, {network: rows[first] for network, rows in pictures.embeddings.items()}))
        made = len(first)
    while made < FACES:
        parts.append(_rows(form, drawn_embeddings(pictures, min(PART, FACES - made), made + 1)))
        made += len(parts[-1])
    matrix = np.concatenate(parts)
    del parts
    index = FaceIndex(form, ())
    index._hold(form, [(str(number), str(number)) for number in range(len(matrix))], matrix)
    exact = copy(index)  # on the same numbers
    exact._signs = None
    if pictures is None:
        probes = list(_templates(form, drawn_embeddings(None, RECALLED, 1)))
        report.note("no embeddings of LFW are kept: faces are drawn as wide in every direction")
    else:
        chosen = np.random.default_rng(4).permutation(pictures.second())[:RECALLED]
        probes = list(_templates(form, {network: rows[chosen] for network, rows in pictures.embeddings.items()}))
        report.note(f"faces drawn from the covariance of {len(pictures.first())} people of LFW, their own among them")
    costs, same = [], 0
    for probe in probes:
        cost, hits = spent(partial(index.search, probe, TEN))
        costs.append(cost)
        same += {hit.reference_id for hit in hits} == {hit.reference_id for hit in exact.search(probe, TEN)}
    report.figure(f"{FACES} faces: a search, median", median(costs) * 1e3, "ms", at_most=25)
    report.figure(f"{FACES} faces: a search, the least", min(costs) * 1e3, "ms")
    report.figure(f"all ten best found, of {len(probes)} searches", 100.0 * same / len(probes), "%", at_least=99.9)


def _rows(form: RawForm, embeddings: Embeddings) -> NDArray[np.float32]:
    """The rows of an index for embeddings."""
    matrix = form.rows(list(_templates(form, embeddings)))
    matrix[:, -1] *= -1.0
    return matrix


def _templates(form: RawForm, embeddings: Embeddings) -> Iterator[Template]:
    count = len(next(iter(embeddings.values())))
    for row in range(count):
        yield form.template({network: rows[row] for network, rows in embeddings.items()})
