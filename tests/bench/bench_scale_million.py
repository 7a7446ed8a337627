"""A million faces: what a search costs, and whether it finds the ten best."""

from __future__ import annotations

import time
from copy import copy
from functools import partial
from statistics import median

from tests.bench.bench_scale_faces import _form, _probes, drawn_rows, index_of_rows
from tests.bench.cost import measure_bounds, spent
from tests.bench.report import Report
from tests.bench.synthetic_population import lfw_pictures

FACES, SEARCHES, TEN = 1_000_000, 100, 10


def run(report: Report) -> None:
    """One index, and the exact product on the same numbers."""
    measure_bounds(report)
    form, pictures = _form(), lfw_pictures()
    if pictures is None:
        report.note("no embeddings of LFW are kept: faces are drawn as wide in every direction")
    else:
        report.note(f"faces drawn from the covariance of {len(pictures.first())} people of LFW, their own among them")
    index = index_of_rows(form, drawn_rows(form, pictures, FACES))
    exact = copy(index)  # on the same numbers
    exact._signs = None
    probes = list(_probes(form, pictures))[:SEARCHES]
    costs, clock, same = [], [], 0
    for probe in probes:
        began = time.perf_counter()
        cost, hits = spent(partial(index.search, probe, TEN))
        clock.append(time.perf_counter() - began)
        costs.append(cost)
        same += {hit.reference_id for hit in hits} == {hit.reference_id for hit in exact.search(probe, TEN)}
    report.figure(f"{FACES} faces: a search, median", median(costs) * 1e3, "ms", at_most=25)
    report.figure(f"{FACES} faces: a search, the least", min(costs) * 1e3, "ms")
    report.figure("- by the clock, median", median(clock) * 1e3, "ms")
    report.figure(f"all ten best found, of {len(probes)} searches", 100.0 * same / len(probes), "%", at_least=99.9)
