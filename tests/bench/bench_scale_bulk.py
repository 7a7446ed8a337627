"""Enrolling in bulk: 1,000 fingers into 10,000, of which each fifth person's are searched for before the person is
saved and joins the gallery, held against what extraction, comparison and commit cost at the beginning."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean, median

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from mlid_desktop.station.assemble import assemble
from mlid_desktop.station.services.recognition.gallery import Gallery
from mlid_desktop.synthetic.fingerprint import choose_touch, impress, make_master
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault
from mlid_desktop.vault.unlocked.vault import Vault
from tests.bench.bench_scale import POSITIONS, _fingers_of, _observation, _person
from tests.bench.bench_vault import PASSPHRASE, SECOND, StandingClock
from tests.bench.cost import measure_bounds, spent
from tests.bench.report import Report
from tests.bench.synthetic_population import PROVENANCE, described, drawn_fingers, whole_fingers
from tests.makers import policy

DRAWN, ENROLLED, ADDED, BATCH = 20_000, 10_000, 1_000, 500  # fingers; people at a time
SEARCHED_EVERY = 5  # people: searches are nearly all of the cost, and those between cost as much
FIRST = 10  # what a search or commit costs at the beginning is the median of so many


@dataclass(frozen=True, slots=True)
class _Costs:
    """Processor seconds of the searches, commits and additions, in their order."""

    searching: list[float] = field(default_factory=list)
    saving: list[float] = field(default_factory=list)
    joining: list[float] = field(default_factory=list)


def run(report: Report) -> None:
    """One vault, one after another."""
    measure_bounds(report)
    pipeline = _fingers_of(assemble().pipelines().open(Modality.FINGERPRINT))
    drawn = drawn_fingers(whole_fingers(pipeline), DRAWN)
    report.note(described(drawn))
    image = impress(make_master(1), choose_touch(1, 0), 0)
    observe = partial(pipeline.observe, FingerSample(0, 0.0, PROVENANCE, image, 500.0))
    extraction = min(spent(observe)[0] for _ in range(3))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        vault = create_vault(
            Path(scratch) / "vault",
            operator_name="a",
            passphrase=PASSPHRASE,
            demo=True,
            clock=StandingClock(),
            cost=FLOOR,
            second=SECOND,
        )
        costs = _enrol(pipeline, vault, drawn)
        vault.lock()
    searching, saving = median(costs.searching[:FIRST]), median(costs.saving[:FIRST])
    each = len(POSITIONS)
    spent_each = fmean(costs.searching) + (fmean(costs.saving) + fmean(costs.joining)) / each
    asked_each = searching + saving / each
    report.figure(f"a finger into {ENROLLED}: its search, at the beginning", 1e3 * searching, "ms")
    report.figure("- the last tenth of the searches", 1e3 * fmean(costs.searching[-len(costs.searching) // 10 :]), "ms")
    report.figure("- its share of a commit", 1e3 * saving / each, "ms")
    report.figure("- its extraction", 1e3 * extraction, "ms")
    report.figure(f"{ADDED} fingers, each: besides its extraction", 1e3 * spent_each, "ms")
    report.figure("- against the sum of comparison and commit", spent_each / asked_each, "x")
    ratio = (spent_each + extraction) / (asked_each + extraction)
    report.figure("- against that of extraction, comparison and commit", ratio, "x", at_most=1.2)


def _enrol(pipeline: FingerprintPipeline, vault: Vault, drawn: Sequence[Template]) -> _Costs:
    calibrations, costs, people = assemble().calibrations_in_use(), _Costs(), ENROLLED // len(POSITIONS)
    for start in range(0, people, BATCH):
        vault.save_all(_person(number, drawn) for number in range(start, start + BATCH))
    gallery = Gallery(pipeline, vault.all_references(Modality.FINGERPRINT))
    for added in range(ADDED // len(POSITIONS)):
        person = _person(people + added, drawn)
        for capture in person.captures if added % SEARCHED_EVERY == 0 else ():
            assert capture.template is not None
            seen = _observation(capture.characteristic, capture.template)
            costs.searching.append(spent(partial(gallery.search, seen, policy(), calibrations))[0])
        costs.saving.append(spent(partial(vault.save, person))[0])
        read, references = spent(partial(vault.references, person.subject_id))
        costs.joining.append(read + spent(partial(gallery.renew, {person.subject_id: references}))[0])
    return costs
