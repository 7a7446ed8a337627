"""The figures of scale that are asked for, in a few minutes: searches among 20,000 and 200,000 fingers and a million
faces, what the quick stages lose, comparisons a second, and whether enrolling in bulk stays linear."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.forms import Embeddings, RawForm
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import ReadyFinger, compare_cylinders, prepare_template
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from mlid_desktop.modalities.fingerprint.templates import decode
from mlid_desktop.station.assemble import assemble
from mlid_desktop.station.services.galleries.gallery import Gallery
from mlid_desktop.synthetic.fingerprint import choose_touch, impress, make_master
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault
from tests.bench.bench_scale import POSITIONS, _fingers_of, _observation, _person, _reference
from tests.bench.bench_scale_faces import _form
from tests.bench.bench_vault import PASSPHRASE, SECOND, StandingClock
from tests.bench.cost import measure_bounds, spent
from tests.bench.real_fingers import SETS, real_fingers
from tests.bench.report import Report
from tests.bench.synthetic_population import (
    PROVENANCE,
    drawn_embeddings,
    drawn_fingers,
    lfw_pictures,
    second_touches,
    whole_fingers,
)
from tests.makers import policy

DRAWN, LARGE, SEARCHES, LIMIT = 20_000, 200_000, 7, 40
MATED = 200  # made-up fingers searched by a second touch
PAIRS = 600
FACES, PART, RECALLED, TEN = 1_000_000, 50_000, 40, 10
ENROLLED, ADDED, BATCH = 10_000, 1_000, 500  # fingers


def run(report: Report) -> None:
    """Fingers, then bulk enrolment, then faces."""
    measure_bounds(report)
    station = assemble()
    pipeline = _fingers_of(station.pipelines().open(Modality.FINGERPRINT))
    whole = whole_fingers(pipeline)
    drawn = drawn_fingers(whole, DRAWN)
    minutiae = np.median([template.payload[2] for template in drawn])
    report.note(f"made-up fingers by {pipeline.extractor.name}, {minutiae:.0f} minutiae in the median one")
    real = real_fingers(report, pipeline)
    _comparisons(report, real)
    _searches(report, pipeline, whole, drawn)
    _losses(report, pipeline, drawn, real)
    _bulk(report, pipeline, drawn)
    _faces(report)


def _comparisons(report: Report, real: dict[str, list[list[Template]]]) -> None:
    """Pairs of real fingers, both ready; and both from their stored bytes."""
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


def _a_second(compare: Callable[[int, int], float], pairs: Sequence[tuple[int, int]]) -> float:
    """Comparisons in a second of processor time, in the best of three rounds."""
    return len(pairs) / min(spent(lambda: [compare(*pair) for pair in pairs])[0] for _ in range(3))


def _compared_ready(ready: Sequence[ReadyFinger], a: int, b: int) -> float:
    return compare_cylinders(ready[a], ready[b])


def _compared_anew(templates: Sequence[Template], a: int, b: int) -> float:
    first, second = (prepare_template(templates[at].extractor, templates[at]) for at in (a, b))
    return compare_cylinders(first, second)


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


def _bulk(report: Report, pipeline: FingerprintPipeline, drawn: Sequence[Template]) -> None:
    """People are searched for and saved, one after another; against what the first searches and a commit cost."""
    image = impress(make_master(1), choose_touch(1, 0), 0)
    observe = partial(pipeline.observe, FingerSample(0, 0.0, PROVENANCE, image, 500.0))
    extraction = min(spent(observe)[0] for _ in range(3))
    calibrations = assemble().calibrations_in_use()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        folder, clock = Path(scratch) / "vault", StandingClock()
        vault = create_vault(
            folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=SECOND
        )
        people = ENROLLED // len(POSITIONS)
        for start in range(0, people, BATCH):
            vault.save_all(_person(number, drawn) for number in range(start, start + BATCH))
        gallery = Gallery(pipeline, vault.all_references(Modality.FINGERPRINT))
        searching, saving, joining = [], [], []
        for number in range(people, people + ADDED // len(POSITIONS)):
            person = _person(number, drawn)
            for capture in person.captures:
                assert capture.template is not None
                seen = _observation(capture.characteristic, capture.template)
                searching.append(spent(partial(gallery.search, seen, policy(), calibrations))[0])
            saving.append(spent(partial(vault.save, person))[0])
            references = vault.references(person.subject_id)
            joining.append(spent(partial(gallery.renew, {person.subject_id: references}))[0])
        vault.lock()
    whole = sum(searching) + sum(saving) + sum(joining)
    parts = ADDED * median(searching[:10]) + len(saving) * median(saving[:5])
    every = ADDED * extraction
    report.figure(f"{ADDED} fingers into {ENROLLED}: one, besides its extraction", 1e3 * whole / ADDED, "ms")
    report.figure("- against the sum of comparison and commit", whole / parts, "x")
    ratio = (whole + every) / (parts + every)
    report.figure("- against that of extraction, comparison and commit", ratio, "x", at_most=1.2)


def _faces(report: Report) -> None:
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
