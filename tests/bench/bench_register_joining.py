"""How long a desk takes that joins a register of 1,000, 10,000 and 100,000 people (a million with --scale 10):
everything is fetched, opened, checked and written, and then every face is read for the first search; with a plot.
``--scale`` below 1 makes it fewer people."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from tests.bench.bench_register import Founded, founded
from tests.bench.bench_vault import batches, timed
from tests.bench.cost import spent
from tests.bench.report import Report
from tests.bench.scaling_plots import Curve, draw
from tests.bench.synthetic_population import MADE
from tests.doubles import FixedClock
from tests.unit.vault.conftest import reopened

PEOPLE, ASKED_OF, ASKED_S = (1_000, 10_000, 100_000), 100_000, 30


@dataclass(frozen=True, slots=True)
class Joining:
    """What one desk's joining took, in seconds: by the clock to all faces in memory, to the copy alone, and of that
    the desk's processor time."""

    whole: float
    copied: float
    own: float


def run(report: Report) -> None:
    """A register that grows, joined by a new desk at each size, and the plot."""
    sizes = tuple(round(people * min(report.scale, 1)) for people in PEOPLE)
    if report.scale > 1:
        sizes = (*sizes, round(PEOPLE[-1] * report.scale))
    joinings: list[Joining] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch, founded(Path(scratch) / "register") as register:
        there = 0
        for people in sizes:
            for batch in batches(people - there, there):
                with register.writing._state.shared.held(is_long=True):  # nobody enrols so many at once
                    register.writing.save_all(batch)
            there = people
            joinings.append(_joined(report, register, Path(scratch) / str(people), people))
    curves = [
        Curve("all faces in memory, by the clock", sizes, [joining.whole for joining in joinings]),
        Curve("the copy is there, by the clock", sizes, [joining.copied for joining in joinings]),
        Curve("processor time of the desk for the copy", sizes, [joining.own for joining in joinings]),
    ]
    draw(curves, "people with a face and two fingers", "seconds, two cores", MADE / "joining.svg")
    report.note(f"the plot: {MADE / 'joining.svg'}")


def _joined(report: Report, register: Founded, folder: Path, people: int) -> Joining:
    """A desk that joins now, measured and reported."""
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    own, (copying, rows) = spent(lambda: timed(lambda: register.joined(folder)))
    opening, vault = timed(lambda: reopened(folder, FixedClock()))
    reading, faces = timed(lambda: vault.all_references(Modality.FACE))
    vault.lock()
    whole = copying + opening + reading
    report.figure(f"a desk joins a register of {people} people ({rows} items)", copying, "s")
    report.figure(f"{people} people: of which processor time of the desk", own, "s")
    report.figure(f"{people} people: the copy is opened", opening, "s")
    report.figure(f"{people} people: {len(faces)} faces are read", reading, "s")
    at_most = ASKED_S if people == ASKED_OF else None
    report.figure(f"{people} people: from admitted to every face in memory", whole, "s", at_most=at_most)
    return Joining(whole, copying, own)
