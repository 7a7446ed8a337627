"""The figures of fingers that are asked for, in a few minutes: comparisons a second, searches among 20,000 and 200,000,
and what the quick stages lose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from statistics import median

import numpy as np

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.preparation import prepare_fingers
from mlid_desktop.modalities.fingerprint.batches.scores import compare_fingers
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare_template
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger
from mlid_desktop.modalities.fingerprint.templates import decode, decode_impressions
from mlid_desktop.station.assemble import assemble
from tests.bench.bench_scale import _fingers_of, _reference
from tests.bench.cost import measure_bounds, spent
from tests.bench.real_fingers import SETS, real_fingers
from tests.bench.report import Report
from tests.bench.synthetic_population import (
    described,
    drawn_fingers,
    second_touches,
    whole_fingers,
)

DRAWN, LARGE, SEARCHES, LIMIT = 20_000, 200_000, 7, 40
MATED = 200  # made-up fingers searched by a second touch
PAIRS = 600


def run(report: Report) -> None:
    """One to one, then searches, then what they lose."""
    measure_bounds(report)
    station = assemble()
    pipeline = _fingers_of(station.pipelines().open(Modality.FINGERPRINT))
    whole = whole_fingers(pipeline)
    drawn = drawn_fingers(whole, DRAWN)
    report.note(described(drawn))
    real = real_fingers(report, pipeline)
    _comparisons(report, real)
    _searches(report, pipeline, whole, drawn)
    _losses(report, pipeline, drawn, real)


def _comparisons(report: Report, real: dict[str, list[list[Template]]]) -> None:
    """Pairs of real fingers, both ready, and both from their stored bytes: one after another, and what a core gets
    through where all are compared in one call; and one finger against many, of which each is read from its bytes."""
    for name in SETS[1:]:
        templates = [touch for touches in real.get(name, []) for touch in touches]
        if not templates:
            continue
        count = np.median([len(decode(template.payload)) for template in templates])
        pairs = list(combinations(range(len(templates)), 2))
        pairs = pairs[:: max(1, len(pairs) // PAIRS)]
        ready = [prepare_template(template.extractor, template) for template in templates]
        kept = partial(_compared_ready, ready)
        report.figure(f"{name}, {count:.0f} minutiae: 1:1, ready", _a_second(kept, pairs), "/s", at_least=3000)
        anew = partial(_compared_anew, templates)
        report.figure(f"{name}: 1:1, from stored bytes", _a_second(anew, pairs[::4]), "/s", at_least=1000)
        together = partial(compare_fingers, [(ready[a], ready[b]) for a, b in pairs])
        report.figure(f"{name}: many in one call, ready", _in_a_second(together, len(pairs)), "/s", at_least=3000)
        both = partial(_compared_anew_together, templates, pairs[::4])
        report.figure(f"{name}: many in one call, both from bytes", _in_a_second(both, len(pairs[::4])), "/s")
        others = partial(_compared_with_ready, ready[0], templates[1:])
        figure = _in_a_second(others, len(templates) - 1)
        report.figure(f"{name}: one ready, many from bytes in one call", figure, "/s", at_least=1000)


def _a_second(compare: Callable[[int, int], float], pairs: Sequence[tuple[int, int]]) -> float:
    """Comparisons in a second of processor time, in the best of three rounds."""
    return _in_a_second(lambda: [compare(*pair) for pair in pairs], len(pairs))


def _in_a_second(task: Callable[[], object], count: int) -> float:
    """How many a second of processor time a task does that does so many, in the best of three rounds."""
    return count / min(spent(task)[0] for _ in range(3))


def _compared_ready(ready: Sequence[ReadyFinger], a: int, b: int) -> float:
    return compare_cylinders(ready[a], ready[b])


def _compared_anew(templates: Sequence[Template], a: int, b: int) -> float:
    first, second = (prepare_template(templates[at].extractor, templates[at]) for at in (a, b))
    return compare_cylinders(first, second)


def _compared_anew_together(templates: Sequence[Template], pairs: Sequence[tuple[int, int]]) -> object:
    both = [decode_impressions(templates[at].payload) for pair in pairs for at in pair]
    ready = iter(prepare_fingers(both))
    return compare_fingers([(next(ready), next(ready)) for _ in pairs])


def _compared_with_ready(probe: ReadyFinger, templates: Sequence[Template]) -> object:
    others = prepare_fingers([decode_impressions(template.payload) for template in templates])
    return compare_fingers([(probe, other) for other in others])


def _searches(
    report: Report, pipeline: FingerprintPipeline, whole: Sequence[Template], drawn: Sequence[Template]
) -> None:
    for size, bound in ((DRAWN, 0.5), (LARGE, 2.0)):
        index = pipeline.index([_reference(number, drawn[number % len(drawn)]) for number in range(size)])
        index.search(whole[-1], LIMIT)
        cost = median(spent(partial(index.search, probe, LIMIT))[0] for probe in whole[:SEARCHES])
        report.figure(f"{size} fingers: a search", cost, "s", at_most=bound)
        report.figure(f"{size} fingers: memory of the table", index.bytes_used / 1e6, "MB")


def _losses(
    report: Report,
    pipeline: FingerprintPipeline,
    drawn: Sequence[Template],
    real: dict[str, list[list[Template]]],
) -> None:
    """How many mates are not among those that are compared in full, and would be first if everybody were."""
    fingers = [touches for found in real.values() for touches in found if len(touches) > 1]
    mates = [replace_extractor(first, drawn[0]) for first, _ in second_touches(MATED)]
    gallery = [*(pipeline.tabulated(touches[0]) for touches in fingers), *map(pipeline.tabulated, mates), *drawn]
    gallery = gallery[:DRAWN]
    index = pipeline.index([_reference(number, template) for number, template in enumerate(gallery)])

    def lost(probe: Template, mate: int) -> bool:
        if mate in index.shortlist(prepare_template(pipeline.extractor, probe), p.FIRST_STAGE_KEPT):
            return False
        (best,) = index.search(probe, 1)
        return pipeline.similarity(probe, gallery[mate]) > best.score

    missed = [lost(touch, mate) for mate, touches in enumerate(fingers) for touch in touches[1:]]
    if missed:
        report.figure(f"{len(missed)} searches by real fingers: mates lost", sum(missed), "", at_most=1)
    seconds = enumerate((second for _, second in second_touches(MATED)), start=len(fingers))
    missed = [lost(replace_extractor(second, drawn[0]), mate) for mate, second in seconds]
    share = 100.0 * sum(missed) / len(missed)
    report.figure(f"{len(missed)} searches by made-up fingers: mates lost", share, "points", at_most=0.5)


def replace_extractor(template: Template, of: Template) -> Template:
    """The template as one of the extractor that another is of: minutiae alone are compared."""
    return replace(template, extractor=of.extractor)
