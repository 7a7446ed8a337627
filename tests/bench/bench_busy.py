"""How much longer the main operations take by the clock while two other processes keep both cores busy: alone and
beside them in turn, in one run. Operations shorter than a few slices of the scheduler are repeated, and the longest of
them told as well."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import mean, median

import numpy as np

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.samples import FingerSample, SoundSample
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare_template
from mlid_desktop.station.assemble import assemble
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from mlid_desktop.synthetic.fingerprint import choose_touch, impress, make_master
from mlid_desktop.synthetic.voice import speak, speaker_from_seed
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault, unlock_vault
from tests.bench.bench_face import sample
from tests.bench.bench_scale import _fingers_of, _person, _reference
from tests.bench.bench_scale_faces import _form, _index, _probes
from tests.bench.bench_vault import PASSPHRASE, SECOND, StandingClock
from tests.bench.report import Report
from tests.bench.synthetic_population import PROVENANCE, drawn_fingers, lfw_pictures, whole_fingers

BUSY, ROUNDS, EACH = 2, 5, 3  # processes; times that alone and beside them take turns; measurements a turn
AT_LEAST = 0.1  # seconds a measurement covers: the scheduler hands out a core for 3 to 4 ms at a time
DRAWN, FACES, PEOPLE = 20_000, 10_000, 200
DIGITS, RATE, PAUSE = (7, 2, 9, 4, 1), 16_000, 8_000  # samples a second, samples between two digits
SLOWER = 3.0
ALONE_BELOW = 1.0  # of the load before
KEEP_BUSY = "while True: pass"


def run(report: Report) -> None:
    """Every operation, where nothing else keeps the cores busy."""
    load = os.getloadavg()[0]
    bound = SLOWER if load < ALONE_BELOW else None
    told = "what is called alone is alone" if bound else "what is called alone is not, and nothing is asked"
    report.note(f"{os.cpu_count()} cores, load before {load:.1f}: {told}")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        for name, operation in _operations(Path(scratch) / "vault"):
            operation()
            repeated = math.ceil(AT_LEAST / min(_clocked(operation, EACH)))
            alone, beside = list[list[float]](), list[list[float]]()
            for _ in range(ROUNDS):
                alone += [_clocked(operation, repeated) for _ in range(EACH)]
                with _busy():
                    beside += [_clocked(operation, repeated) for _ in range(EACH)]
            by_itself, slowed = (median(map(mean, turns)) for turns in (alone, beside))
            longest = max(took for turn in beside for took in turn)
            report.figure(f"{name}: alone", by_itself * 1e3, "ms")
            report.figure(f"{name}: beside {BUSY} busy processes", slowed / by_itself, "x", at_most=bound)
            report.figure(f"{name}: the longest beside them", longest * 1e3, "ms")


def _operations(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    pipelines = assemble().pipelines()
    frame = sample(SyntheticPortrait(sample_person(1)).frame(HeadPose(), Expression(), 0))
    yield "a picture of a face read", partial(pipelines.open(Modality.FACE).observe, frame)
    words = [part for digit in DIGITS for part in (speak(speaker_from_seed(1), digit, 0), np.zeros(PAUSE, np.float32))]
    spoken = SoundSample(0, 0.0, PROVENANCE, np.concatenate(words), RATE, prompt=DIGITS)
    yield "five spoken digits read", partial(pipelines.open(Modality.VOICE).observe, spoken)
    pipeline = _fingers_of(pipelines.open(Modality.FINGERPRINT))
    drawn, whole = drawn_fingers(whole_fingers(pipeline), DRAWN), whole_fingers(pipeline)
    image = impress(make_master(1), choose_touch(1, 0), 0)
    yield "a finger image read", partial(pipeline.observe, FingerSample(0, 0.0, PROVENANCE, image, 500.0))
    first, second = (prepare_template(template.extractor, template) for template in whole[:2])
    yield "fifty finger comparisons, ready", lambda: [compare_cylinders(first, second) for _ in range(50)]
    index = pipeline.index([_reference(number, template) for number, template in enumerate(drawn)])
    yield "a finger searched among 20,000", partial(index.search, whole[0], 10)
    pictures, form = lfw_pictures(), _form()
    faces, probe = _index(form, pictures, FACES), next(_probes(form, pictures))
    yield "a face searched among 10,000", partial(faces.search, probe, 10)
    clock = StandingClock()
    vault = create_vault(
        folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=SECOND
    )
    vault.save_all(_person(number, drawn) for number in range(PEOPLE))
    numbers = iter(range(PEOPLE, PEOPLE + 10_000))
    yield "an enrolment committed", lambda: vault.save(_person(next(numbers), drawn))
    yield "all fingers of 200 people read", partial(vault.all_references, Modality.FINGERPRINT)
    vault.lock()
    unlock = partial(unlock_vault, folder, operator_name="a", passphrase=PASSPHRASE, clock=clock)
    yield "a vault unlocked", lambda: unlock().lock()


def _clocked(operation: Callable[[], object], times: int) -> list[float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        operation()
        took.append(time.perf_counter() - began)
    return took


@contextmanager
def _busy() -> Iterator[None]:
    """So many processes that never wait."""
    started = [subprocess.Popen([sys.executable, "-c", KEEP_BUSY]) for _ in range(BUSY)]
    time.sleep(0.2)
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
