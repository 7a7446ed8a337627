"""Whether a search among a million faces finds the ten that the exact product finds: by every second picture of LFW's
people, among these and people drawn from their covariance, in as many draws as 10,000 searches take."""

from __future__ import annotations

from functools import partial
from itertools import count

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.forms import RawForm
from mlid_desktop.modalities.face.embedding.index import FaceIndex, rank_best
from tests.bench.bench_scale_faces import _form, _templates, drawn_rows, index_of_rows
from tests.bench.cost import spent
from tests.bench.report import Report
from tests.bench.synthetic_population import Pictures, lfw_pictures

FACES, SEARCHES, TEN = 1_000_000, 10_000, 10
TOGETHER, ROWS = 100, 50_000  # searches and rows of one exact product


def run(report: Report) -> None:
    """So many searches, each beside the exact product on the same numbers; fewer with a smaller --scale."""
    form, pictures = _form(), lfw_pictures()
    if pictures is None:
        report.note("no embeddings of LFW are kept: nothing to search with")
        return
    wanted, searched, whole, found, took = round(SEARCHES * min(1.0, report.scale)), 0, 0, 0, 0.0
    for draw in count():
        matrix = drawn_rows(form, pictures, FACES, draw)
        index, probes = index_of_rows(form, matrix), _probes(form, pictures)[: wanted - searched]
        for low in range(0, len(probes), TOGETHER):
            part = probes[low : low + TOGETHER]
            cost, named = spent(partial(_named, index, part))
            took += cost
            for by_signs, exactly in zip(named, _exactly(form, matrix, part), strict=True):
                found += len(by_signs & exactly)
                whole += by_signs == exactly
        searched += len(probes)
        if searched >= wanted:
            break
    report.note(f"{len(pictures.first())} people of LFW in each of {draw + 1} draws of {FACES}")
    report.figure(f"{searched} searches: all of the ten best found", 100.0 * whole / searched, "%", at_least=99.9)
    report.figure("- of the ten best, found", 100.0 * found / searched / TEN, "%")
    report.figure("- processor time of a search, mean", 1e3 * took / searched, "ms")


def _probes(form: RawForm, pictures: Pictures) -> list[Template]:
    """All second pictures, in their order."""
    rows = pictures.second()
    return list(_templates(form, {network: every[rows] for network, every in pictures.embeddings.items()}))


def _named(index: FaceIndex, probes: list[Template]) -> list[set[int]]:
    return [{int(hit.reference_id) for hit in index.search(probe, TEN)} for probe in probes]


def _exactly(form: RawForm, matrix: NDArray[np.float32], probes: list[Template]) -> list[set[int]]:
    """The rows of the ten best of each probe, by the product with all rows."""
    wanted = form.rows(probes)
    wanted[:, -1] = 1.0
    scores = np.empty((len(matrix), len(probes)), np.float32)
    for low in range(0, len(matrix), ROWS):
        np.matmul(matrix[low : low + ROWS], wanted.T, out=scores[low : low + ROWS])
    return [set(map(int, rank_best(np.ascontiguousarray(column), TEN))) for column in scores.T]
