"""From a thousand people to 200,000 fingers: what unlocking, the first search, a search, an enrolment, memory and disk
cost, beside what counting bits and decrypting allow; with a plot."""

from __future__ import annotations

import shutil
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
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault, unlock_vault
from tests.bench.bench_vault import PASSPHRASE, SECOND, StandingClock
from tests.bench.cost import Bounds, measure_bounds, resident, spent
from tests.bench.report import Report
from tests.bench.scaling_plots import Curve, draw
from tests.bench.synthetic_population import MADE, PROVENANCE, described, drawn_fingers, whole_fingers

VAULTS = (1_000, 3_000, 10_000, 30_000)  # people, with two fingers each
FINGERS = (2_000, 6_000, 20_000, 60_000, 200_000)
DRAWN = 20_000  # fingers; more are the same again
BATCH, COMMITS, SEARCHES, LIMIT = 500, 20, 9, 40
POSITIONS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def run(report: Report) -> None:
    """Every size, and the plot."""
    bounds = measure_bounds(report)
    pipeline = _fingers_of(assemble().pipelines().open(Modality.FINGERPRINT))
    whole = whole_fingers(pipeline)
    drawn = drawn_fingers(whole, DRAWN)
    report.note(described(drawn))
    curves = [*_vaults(report, pipeline, drawn, bounds), *_searches(report, pipeline, whole, drawn, bounds)]
    draw(curves, "people (vaults), fingers (searches)", "processor seconds, one core", MADE / "fingers.svg")
    report.note(f"the plot: {MADE / 'fingers.svg'}")


def _fingers_of(pipeline: Pipeline) -> FingerprintPipeline:
    today = pipeline.today if isinstance(pipeline, BackwardCompatiblePipeline) else pipeline
    assert isinstance(today, FingerprintPipeline)
    return today


def _vaults(
    report: Report, pipeline: FingerprintPipeline, drawn: Sequence[Template], bounds: Bounds
) -> Iterator[Curve]:
    costs: list[tuple[float, float, float, float]] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        for people in VAULTS:
            costs.append(_vault(report, pipeline, drawn, bounds, (Path(scratch) / str(people), people)))
    unlocking, loading, least, committing = zip(*costs, strict=True)
    yield Curve("unlock, besides Argon2id", VAULTS, unlocking)
    yield Curve("fingers read and made ready", VAULTS, loading)
    yield Curve("– decrypting their records alone", VAULTS, least, is_bound=True)
    yield Curve("commit of one enrolment", VAULTS, committing)


def _vault(
    report: Report,
    pipeline: FingerprintPipeline,
    drawn: Sequence[Template],
    bounds: Bounds,
    made: tuple[Path, int],
) -> tuple[float, float, float, float]:
    """Costs of a vault of so many people: unlocking, loading the gallery, decrypting it alone, a commit."""
    (folder, people), clock = made, StandingClock()
    vault = create_vault(
        folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=SECOND
    )
    for start in range(0, people, BATCH):
        vault.save_all(_person(number, drawn) for number in range(start, min(people, start + BATCH)))
    commits = [spent(partial(vault.save, _person(people + number, drawn)))[0] for number in range(COMMITS)]
    vault.lock()
    disk = sum(path.stat().st_size for path in folder.iterdir())
    unlock = partial(unlock_vault, folder, operator_name="a", passphrase=PASSPHRASE, clock=clock)
    unlocking, vault = spent(unlock)
    before = resident()
    reading, references = spent(partial(vault.all_references, Modality.FINGERPRINT))
    making, index = spent(partial(pipeline.index, references))
    first = spent(partial(index.search, drawn[-1], LIMIT))[0]
    memory = resident() - before
    naming = median(spent(partial(vault.find, str(number)))[0] for number in range(SEARCHES))
    vault.lock()
    shutil.rmtree(folder)
    tables = [reference.template.search_table for reference in references]
    held = sum(len(table.content) for table in tables if table is not None)
    held += sum(len(reference.template.payload) for reference in references)
    name, wait = f"{people} people, {2 * people} fingers", unlocking + reading + making + first
    bound = 3.0 if people == 10_000 else None
    report.figure(f"{name}: unlock to first answer", wait, "s", at_most=bound)
    report.figure(f"{name}: - decrypting alone", held / bounds.decrypted, "s")
    report.figure(f"{name}: commit of an enrolment", median(commits) * 1e3, "ms")
    report.figure(f"{name}: one found by number", naming * 1e3, "ms")
    report.figure(f"{name}: disk, a person", disk / people, "bytes")
    report.figure(f"{name}: memory of the gallery", memory / 1e6, "MB")
    return unlocking, reading + making, held / bounds.decrypted, median(commits)


def _searches(
    report: Report,
    pipeline: FingerprintPipeline,
    whole: Sequence[Template],
    drawn: Sequence[Template],
    bounds: Bounds,
) -> Iterator[Curve]:
    costs, least = [], []
    for size in FINGERS:
        index = pipeline.index([_reference(number, drawn[number % len(drawn)]) for number in range(size)])
        index.search(whole[-1], LIMIT)
        costs.append(median(spent(partial(index.search, probe, LIMIT))[0] for probe in whole[:SEARCHES]))
        words = index.bytes_used / (p.FIRST_STAGE_MINUTIAE * 50) * p.FIRST_STAGE_MINUTIAE**2 * 5
        least.append(words / bounds.counted)
        bound = {20_000: 0.5, 200_000: 2.0}.get(size)
        report.figure(f"{size} fingers: a search", costs[-1], "s", at_most=bound)
        report.figure(f"{size} fingers: - counting bits alone", least[-1], "s")
        report.figure(f"{size} fingers: memory of the table", index.bytes_used / 1e6, "MB")
    yield Curve("search by finger", FINGERS, costs)
    yield Curve("– counting its bits alone", FINGERS, least, is_bound=True)


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
