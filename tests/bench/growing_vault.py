"""What a vault of so many people costs: unlocking, reading its gallery, a first search, a commit, memory and disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault, unlock_vault
from tests.bench.bench_vault import PASSPHRASE, SECOND, StandingClock
from tests.bench.cost import Bounds, resident, spent
from tests.bench.report import Report

BATCH, COMMITS, SEARCHES, LIMIT = 500, 20, 9, 40
WAITING = {10_000: 3.0, 100_000: 25.0}  # seconds to the first answer at most, by people


@dataclass(frozen=True, slots=True)
class Population:
    """Whom a vault is filled with: each ``person`` by number, the ``modality`` that they are searched by, how its
    references become an ``index``, and somebody to search for."""

    person: Callable[[int], Enrolment]
    modality: Modality
    index: Callable[[Sequence[Reference]], SearchIndex]
    probe: Template


@dataclass(frozen=True, slots=True)
class VaultCosts:
    """Processor seconds: ``unlocking`` besides Argon2id, ``loading`` all references into an index, ``decrypting`` them
    alone, a ``commit`` of one enrolment, and all until the first answer (``waiting``)."""

    unlocking: float
    loading: float
    decrypting: float
    commit: float
    waiting: float


def measure_vault(report: Report, folder: Path, people: int, of: Population, bounds: Bounds) -> VaultCosts:
    """Fills a vault, measures it, says so in the report, and removes it."""
    clock = StandingClock()
    vault = create_vault(
        folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=SECOND
    )
    for start in range(0, people, BATCH):
        vault.save_all(of.person(number) for number in range(start, min(people, start + BATCH)))
    commits = [spent(partial(vault.save, of.person(people + number)))[0] for number in range(COMMITS)]
    vault.lock()
    disk = sum(path.stat().st_size for path in folder.iterdir())
    unlocking, vault = spent(partial(unlock_vault, folder, operator_name="a", passphrase=PASSPHRASE, clock=clock))
    before = resident()
    reading, references = spent(partial(vault.all_references, of.modality))
    making, index = spent(partial(of.index, references))
    first = spent(partial(index.search, of.probe, LIMIT))[0]
    memory = resident() - before
    naming = median(spent(partial(vault.find, str(number)))[0] for number in range(SEARCHES))
    vault.lock()
    shutil.rmtree(folder)
    tables = [reference.template.search_table for reference in references]
    held = sum(len(table.content) for table in tables if table is not None)
    held += sum(len(reference.template.payload) for reference in references)
    costs = VaultCosts(
        unlocking, reading + making, held / bounds.decrypted, median(commits), unlocking + reading + making + first
    )
    name = f"{people} people, {len(references) - COMMITS * len(references) // (people + COMMITS)} references"
    report.figure(f"{name}: unlock to first answer", costs.waiting, "s", at_most=WAITING.get(people))
    report.figure(f"{name}: - decrypting alone", costs.decrypting, "s")
    report.figure(f"{name}: commit of an enrolment", costs.commit * 1e3, "ms")
    report.figure(f"{name}: one found by number", naming * 1e3, "ms")
    report.figure(f"{name}: disk, a person", disk / people, "bytes")
    report.figure(f"{name}: memory of the gallery", memory / 1e6, "MB")
    return costs
