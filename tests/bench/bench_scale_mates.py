"""2,000 made-up mates among 20,000 fingers: how many the quick stages lose that a comparison with everybody would find.
MLID_BENCH_PART is the share to search for, as 2/4, where all of them take too long for one go."""

from __future__ import annotations

import os

import numpy as np

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import prepare_template
from mlid_desktop.station.assemble import assemble
from tests.bench.bench_scale import _fingers_of, _reference
from tests.bench.bench_scale_quick import replace_extractor
from tests.bench.cost import measure_bounds
from tests.bench.report import Report
from tests.bench.synthetic_population import described, drawn_fingers, second_touches, whole_fingers

DRAWN, MATED = 20_000, 2_000


def run(report: Report) -> None:
    """Each mate by its other touch; who is passed over is compared, to tell whether anybody would have found it."""
    measure_bounds(report)
    pipeline = _fingers_of(assemble().pipelines().open(Modality.FINGERPRINT))
    drawn, touches = drawn_fingers(whole_fingers(pipeline), DRAWN), second_touches(MATED)
    report.note(described(drawn))
    mates = [pipeline.tabulated(replace_extractor(first, drawn[0])) for first, _ in touches]
    gallery = [*mates, *drawn][:DRAWN]
    index = pipeline.index([_reference(number, template) for number, template in enumerate(gallery)])
    part, parts = map(int, os.environ.get("MLID_BENCH_PART", "1/1").split("/"))
    lost, passed, ranks = 0, 0, []
    for mate in range(part - 1, MATED, parts):
        probe = replace_extractor(touches[mate][1], drawn[0])
        likely = index.shortlist(prepare_template(pipeline.extractor, probe), p.FIRST_STAGE_KEPT)
        ranks.append(likely.index(mate) if mate in likely else DRAWN)
        if mate not in likely:
            passed += 1
            (best,) = index.search(probe, 1)
            lost += pipeline.similarity(probe, gallery[mate]) > best.score
    count = len(ranks)
    report.note(f"mates {part} of every {parts}: {count}, of which {lost} are lost; the rest of {passed} passed over")
    report.figure(f"{count} mates among {DRAWN}: lost", 100.0 * lost / count, "points", at_most=0.5)
    report.figure("- not first by the quick stages", 100.0 * float(np.mean(np.array(ranks) > 0)), "%")
