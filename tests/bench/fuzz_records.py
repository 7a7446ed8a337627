"""Minutiae records and native templates, bent in every way: only typed faults, or a record, may come of them.

``python -m tests.bench.fuzz_records [COUNT [SEED]]`` (a million unless told) prints what came of them; the tests run a
few thousand.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from functools import cache

import numpy as np

from mlid_desktop.domain.errors import ModelError
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.minutiae_records.conversion import minutiae_of, view_of
from mlid_desktop.modalities.fingerprint.minutiae_records.native import NativeFinger, read_native, write_native
from mlid_desktop.modalities.fingerprint.minutiae_records.reading import read_record
from mlid_desktop.modalities.fingerprint.minutiae_records.record import Edition, MinutiaeRecord
from mlid_desktop.modalities.fingerprint.minutiae_records.writing import write_record
from mlid_desktop.modalities.fingerprint.templates import Impression
from tests.bench.fuzz_wsq import bend

COUNT = 1_000_000
SEED = 20261123


@cache
def seeds() -> tuple[bytes, ...]:
    """A record of two views in every edition, and a native template."""
    chance = np.random.default_rng(SEED)
    made = Minutiae(
        chance.uniform(0, 400, (9, 2)).astype(np.float32),
        chance.uniform(0, 6.28, 9).astype(np.float32),
        chance.integers(1, 3, 9).astype(np.uint8),
        chance.uniform(0, 1, 9).astype(np.float32),
    )
    records = [
        write_record(
            MinutiaeRecord(edition, tuple(view_of(made, edition, position, 60, (400, 400)) for position in (2, 7)))
        )
        for edition in Edition
    ]
    return (*records, write_native(NativeFinger((Impression(made),), 2, 60, None)))


def fuzz(count: int = COUNT, seed: int = SEED) -> Counter[str]:
    """How often each outcome came. Raises whatever is no typed fault, with the number of the input in its notes."""
    outcomes: Counter[str] = Counter()
    for number in range(count):
        outcomes[_outcome(random.Random(f"{seed}/{number}"), number, seed)] += 1
    return outcomes


def _outcome(chance: random.Random, number: int, seed: int) -> str:
    good = chance.choice(seeds())
    bent = bend(good, chance)
    try:
        if good is seeds()[-1]:
            read_native(bent)
            return "a native template"
        record = read_record(bent)
        written = write_record(record)
        for view in record.views:
            minutiae_of(record, view)
    except ModelError as fault:
        return f"{fault.code.value} {fault.facts.get('why', '')}"
    except Exception as bug:
        bug.add_note(f"input {number} of seed {seed}")
        raise
    assert write_record(read_record(written)) == written, f"input {number} of seed {seed} does not come back"
    return "a record"


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    begun = time.perf_counter()
    for outcome, times in fuzz(*asked).most_common():
        print(f"{times:9,} {outcome}")
    print(f"{time.perf_counter() - begun:.0f} s")
