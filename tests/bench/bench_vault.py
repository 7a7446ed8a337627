"""The vault at 20,000 and 100,000 people with a face and two fingers each."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.quality import Quality
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, Enrolment, Role, new_identifier
from mlid_desktop.domain.templates import Extractor, Template
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from mlid_desktop.vault.keys.slot_operations import open_roots
from mlid_desktop.vault.keys.slots import DEFAULT_COST, FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault
from tests.bench.cost import resident, spent
from tests.bench.report import Report

SIZES = (20_000, 100_000)
BATCH = 2_000
COMMITS = 40
FACE_BYTES, FINGER_BYTES = 1_024, 900  # 256 numbers of 4 bytes; about 70 minutiae with their surroundings
PASSPHRASE = "correct horse battery"
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
MODELS = "ab" * 32
SECOND = SecondFounder("b", Role.OPERATOR, "another long passphrase")
T = TypeVar("T")


class StandingClock:
    """Time does not matter here."""

    def now(self) -> datetime:
        """Always the same moment."""
        return NOW

    def monotonic(self) -> float:
        """Always the same."""
        return 0.0

    def boot(self) -> str:
        """Always the same."""
        return ""


def run(report: Report) -> None:
    """Sizes, times and memory; the bounds are those of the README."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        _argon2(report, Path(scratch) / "cost")
        for size in SIZES:
            _size(report, Path(scratch) / str(size), size)
    report.note("commits wait for the disk several times: see how busy it is before comparing")


def _argon2(report: Report, folder: Path) -> None:
    clock = StandingClock()
    create_vault(folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=DEFAULT_COST).lock()
    report.figure("Argon2id and signatures at the default cost", _argon2_seconds(folder), "s")


def _argon2_seconds(folder: Path) -> float:
    key_file = read_key_file((folder / KEY_FILE).read_bytes())
    return timed(lambda: open_roots(key_file, None, PASSPHRASE))[0]


def _size(report: Report, folder: Path, size: int) -> None:
    clock = StandingClock()
    vault = create_vault(
        folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=SECOND
    )
    took, _ = timed(lambda: [vault.save_all(batch) for batch in batches(size)])
    report.figure(f"{size}: saved in batches of {BATCH}", size / took, "people/s")
    commits = [timed(partial(vault.save, _enrolment(size + number)))[0] for number in range(COMMITS)]
    report.figure(f"{size}: commit of one enrolment, median", statistics.median(commits) * 1e3, "ms", at_most=30)
    report.figure(f"{size}: commit of one enrolment, slowest", max(commits) * 1e3, "ms")
    committing, _ = spent(lambda: [vault.save(_enrolment(2 * size + number)) for number in range(COMMITS)])
    report.figure(f"{size}: commit of one enrolment, processor time", committing / COMMITS * 1e3, "ms")
    counts = [timed(lambda: vault.count_attempt(None))[0] for _ in range(COMMITS)]
    report.figure(f"{size}: one attempt counted, median", statistics.median(counts) * 1e3, "ms")
    vault.lock()
    report.figure(f"{size}: all files", sum(path.stat().st_size for path in folder.iterdir()) / 1e6, "MB")
    _reading(report, folder, size)


def _reading(report: Report, folder: Path, size: int) -> None:
    stretching, before = _argon2_seconds(folder), resident()
    own_stretching, _ = spent(partial(_argon2_seconds, folder))
    own = time.process_time()
    unlocking, vault = timed(
        lambda: unlock_vault(folder, operator_name=None, passphrase=PASSPHRASE, clock=StandingClock())
    )
    faces_s, faces = timed(lambda: vault.all_references(Modality.FACE))
    own = time.process_time() - own - own_stretching
    report.figure(f"{size}: unlocked, besides Argon2id", unlocking - stretching, "s")
    report.figure(f"{size}: all {len(faces)} face references", faces_s, "s")
    report.figure(f"{size}: unlock to all faces, besides Argon2id", unlocking - stretching + faces_s, "s", at_most=3)
    report.figure(f"{size}: the same, processor time alone", own, "s")
    report.figure(f"{size}: memory for it", (resident() - before) / 1e6, "MB")
    report.figure(f"{size}: one person found and the references read", _lookup_ms(vault, size), "ms")
    del faces
    report.figure(f"{size}: directory of everybody", timed(vault.directory)[0], "s")
    found = vault.find("7")
    assert found is not None
    second = vault.operators.confirm_second(SECOND.name, SECOND.passphrase)
    erasing = timed(lambda: vault.subject_rights.erase(found.subject_id, second))[0]
    report.figure(f"{size}: one person erased, all others kept", erasing, "s")
    report.figure(f"{size}: every page and record verified", timed(vault.verify)[0], "s")
    vault.lock()


def _lookup_ms(vault: Vault, size: int) -> float:
    def look(number: int) -> None:
        found = vault.find(str(number))
        assert found is not None
        vault.references(found.subject_id)

    rng = np.random.default_rng(1)
    picked = [int(index) for index in rng.integers(size, size=COMMITS)]
    return statistics.median(timed(partial(look, number))[0] for number in picked) * 1e3


def batches(size: int, first: int = 0) -> Iterator[list[Enrolment]]:
    """People numbered from ``first`` on, 2,000 at a time."""
    for start in range(first, first + size, BATCH):
        yield [_enrolment(number) for number in range(start, min(first + size, start + BATCH))]


def _enrolment(number: int) -> Enrolment:
    consent = Consent(ConsentOutcome.ACCEPTED, "1", "en", NOW)
    fingers = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
    captures = (
        _observation(FACE, FACE_BYTES),
        *(_observation(Characteristic(Modality.FINGERPRINT, finger), FINGER_BYTES) for finger in fingers),
    )
    details = Details(str(number), f"Person {number}")
    return Enrolment(new_identifier(), details, consent, captures, (), NOW)


def _observation(characteristic: Characteristic, payload: int) -> Observation:
    provenance = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "bench", "bench"))
    sample = FrameSample(0, 0.0, provenance, np.zeros((1, 1, 3), np.uint8))
    template = Template(characteristic, Extractor(characteristic.modality.value, 1, MODELS), os.urandom(payload))
    return Observation(characteristic, sample, quality=Quality(80), template=template)


def timed(task: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = task()
    return time.perf_counter() - started, result
