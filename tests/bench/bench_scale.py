"""From a thousand people to 100,000 with two fingers each, a million with --scale 10: what unlocking, the first search,
a search, an enrolment, memory and disk cost, beside what counting bits and decrypting allow; with a plot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.quality import Quality
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from mlid_desktop.station.assemble import assemble
from tests.bench.cost import Bounds, measure_bounds, spent
from tests.bench.growing_vault import Population, measure_vault
from tests.bench.report import Report
from tests.bench.scaling_plots import Curve, draw
from tests.bench.synthetic_population import MADE, PROVENANCE, described, drawn_fingers, whole_fingers

VAULTS = (1_000, 3_000, 10_000, 30_000, 100_000)  # people, with two fingers each
FINGERS = (2_000, 6_000, 20_000, 60_000, 200_000)
DRAWN = 20_000  # fingers; more are the same again
SEARCHES, LIMIT = 9, 40
POSITIONS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def run(report: Report) -> None:
    """Every size, and the plot."""
    bounds = measure_bounds(report)
    pipeline = _fingers_of(assemble().pipelines().open(Modality.FINGERPRINT))
    whole = whole_fingers(pipeline)
    drawn = drawn_fingers(whole, DRAWN)
    report.note(described(drawn))
    vaults, fingers = (_sizes(report, sizes) for sizes in (VAULTS, FINGERS))
    curves = [
        *_vaults(report, pipeline, drawn, bounds, vaults),
        *_searches(report, pipeline, whole, drawn, bounds, fingers),
    ]
    draw(curves, "people (vaults), fingers (searches)", "processor seconds, one core", MADE / "fingers.svg")
    report.note(f"the plot: {MADE / 'fingers.svg'}")


def _sizes(report: Report, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*sizes, round(sizes[-1] * report.scale)) if report.scale > 1 else sizes


def _fingers_of(pipeline: Pipeline) -> FingerprintPipeline:
    today = pipeline.today if isinstance(pipeline, BackwardCompatiblePipeline) else pipeline
    assert isinstance(today, FingerprintPipeline)
    return today


def _vaults(
    report: Report,
    pipeline: FingerprintPipeline,
    drawn: Sequence[Template],
    bounds: Bounds,
    sizes: tuple[int, ...],
) -> Iterator[Curve]:
    of = Population(lambda number: _person(number, drawn), Modality.FINGERPRINT, pipeline.index, drawn[-1])
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        costs = [measure_vault(report, Path(scratch) / str(people), people, of, bounds) for people in sizes]
    yield Curve("unlock, besides Argon2id", sizes, [cost.unlocking for cost in costs])
    yield Curve("fingers read and made ready", sizes, [cost.loading for cost in costs])
    yield Curve("– decrypting their records alone", sizes, [cost.decrypting for cost in costs], is_bound=True)
    yield Curve("commit of one enrolment", sizes, [cost.commit for cost in costs])


def _searches(
    report: Report,
    pipeline: FingerprintPipeline,
    whole: Sequence[Template],
    drawn: Sequence[Template],
    bounds: Bounds,
    sizes: tuple[int, ...],
) -> Iterator[Curve]:
    costs, least = [], []
    for size in sizes:
        index = pipeline.index([_reference(number, drawn[number % len(drawn)]) for number in range(size)])
        index.search(whole[-1], LIMIT)
        costs.append(median(spent(partial(index.search, probe, LIMIT))[0] for probe in whole[:SEARCHES]))
        words = index.bytes_used / (p.FIRST_STAGE_MINUTIAE * 50) * p.FIRST_STAGE_MINUTIAE**2 * 5
        least.append(words / bounds.counted)
        bound = {20_000: 0.5, 200_000: 2.0}.get(size)
        report.figure(f"{size} fingers: a search", costs[-1], "s", at_most=bound)
        report.figure(f"{size} fingers: - counting bits alone", least[-1], "s")
        report.figure(f"{size} fingers: memory of the table", index.bytes_used / 1e6, "MB")
    yield Curve("search by finger", sizes, costs)
    yield Curve("– counting its bits alone", sizes, least, is_bound=True)


def _person(number: int, drawn: Sequence[Template]) -> Enrolment:
    consent = Consent(ConsentOutcome.ACCEPTED, "1", "en", NOW)
    captures = tuple(
        _observation(Characteristic(Modality.FINGERPRINT, position), drawn[(2 * number + which) % len(drawn)])
        for which, position in enumerate(POSITIONS)
    )
    return Enrolment(new_identifier(), Details(str(number), f"Person {number}"), consent, captures, (), NOW)


def _observation(characteristic: Characteristic, template: Template) -> Observation:
    sample = FrameSample(0, 0.0, PROVENANCE, np.zeros((1, 1, 3), np.uint8))
    made = replace(template, characteristic=characteristic)
    return Observation(characteristic, sample, quality=Quality(80), template=made)


def _reference(number: int, template: Template) -> Reference:
    return Reference(f"{number:032x}", f"{number // 2:032x}", template, 80, PROVENANCE, NOW)
