"""From a thousand people with a face each to 100,000 (a million with --scale 10): what unlocking, the first search, a
commit, memory and disk cost, beside what decrypting allows; with a plot."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.quality import Quality
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from tests.bench.bench_scale_faces import NOW, _form, _templates
from tests.bench.cost import measure_bounds
from tests.bench.growing_vault import Population, measure_vault
from tests.bench.report import Report
from tests.bench.scaling_plots import Curve, draw
from tests.bench.synthetic_population import MADE, PROVENANCE, drawn_embeddings, lfw_pictures

PEOPLE = (1_000, 10_000, 100_000)
PART = 5_000  # people drawn at a time


def run(report: Report) -> None:
    """Every size, and the plot."""
    bounds, form, pictures = measure_bounds(report), _form(), lfw_pictures()

    @cache
    def drawn(part: int) -> list[Template]:
        return list(_templates(form, drawn_embeddings(pictures, PART, part + 1)))

    def person(number: int) -> Enrolment:
        part, row = divmod(number, PART)
        sample = FrameSample(0, 0.0, PROVENANCE, np.zeros((1, 1, 3), np.uint8))
        seen = Observation(FACE, sample, quality=Quality(80), template=drawn(part % 4)[row])
        consent = Consent(ConsentOutcome.ACCEPTED, "1", "en", NOW)
        return Enrolment(new_identifier(), Details(str(number), f"Person {number}"), consent, (seen,), (), NOW)

    of = Population(person, Modality.FACE, lambda references: FaceIndex(form, references), drawn(0)[7])
    sizes = (*PEOPLE, round(PEOPLE[-1] * report.scale)) if report.scale > 1 else PEOPLE
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        costs = [measure_vault(report, Path(scratch) / str(people), people, of, bounds) for people in sizes]
    curves = [
        Curve("unlock, besides Argon2id", sizes, [cost.unlocking for cost in costs]),
        Curve("faces read into the search", sizes, [cost.loading for cost in costs]),
        Curve("– decrypting their records alone", sizes, [cost.decrypting for cost in costs], is_bound=True),
        Curve("commit of one enrolment", sizes, [cost.commit for cost in costs]),
    ]
    draw(curves, "people with a face", "processor seconds, one core", MADE / "vaults.svg")
    report.note(f"the plot: {MADE / 'vaults.svg'}")
