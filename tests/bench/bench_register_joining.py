"""How long a desk takes that joins a register of 100,000 people: everything is fetched, opened, checked and written,
and then every face is read for the first search. ``--scale`` makes it fewer people."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from tests.bench.bench_register import founded
from tests.bench.bench_vault import batches, timed
from tests.bench.cost import spent
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.unit.vault.conftest import reopened

PEOPLE, ASKED_S = 100_000, 30


def run(report: Report) -> None:
    """Fills a register, then joins it."""
    people = round(PEOPLE * report.scale)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch, founded(Path(scratch) / "register") as register:
        report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
        for batch in batches(people, 10):
            with register.writing._state.shared.held(is_long=True):  # nobody enrols so many at once
                register.writing.save_all(batch)
        folder = Path(scratch) / "joined"
        own, (took, rows) = spent(lambda: timed(lambda: register.joined(folder)))
        opening, vault = timed(lambda: reopened(folder, FixedClock()))
        reading, faces = timed(lambda: vault.all_references(Modality.FACE))
        vault.lock()
    report.figure(f"a desk joins a register of {people} people ({rows} items)", took, "s")
    report.figure("of which processor time of the desk", own, "s")
    report.figure("the copy is opened", opening, "s")
    report.figure(f"{len(faces)} faces are read", reading, "s")
    whole = took + opening + reading
    report.figure("from admitted to every face in memory", whole, "s", at_most=ASKED_S if report.scale == 1 else None)
