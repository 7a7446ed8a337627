"""Ten million faces, whose 15 GB of numbers stay on disk and whose signs stand in memory: what a search costs, and
whether it finds the ten best. They are made in the folder MLID_BENCH_CACHE, four minutes at a time: run it again until
all are."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.forms import RawForm
from mlid_desktop.modalities.face.embedding.held_arrays import held_join
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.modalities.face.embedding.sign_bits import FIRST_WORDS, ROW_WORDS, SEEDS, SignBits, _signs
from tests.bench.bench_scale_faces import _form, _templates, rows_of
from tests.bench.cost import measure_bounds, spent
from tests.bench.report import Report
from tests.bench.synthetic_population import MADE, Pictures, drawn_embeddings, lfw_pictures

FACES, PART, RECALLED, TEN = 10_000_000, 100_000, 20, 10
MAKING = 240.0  # seconds by the clock that one run spends on making faces
FORMAT = f"{FIRST_WORDS}-{ROW_WORDS}-{p.FIRST_ENERGY}-{p.ROW_ENERGY}-{SEEDS[0]}-{SEEDS[1]}"  # of the kept signs
SIGNS = ("middle", "coarse", "fine", "first", "whole", "leaning")
LEAST_MEMORY, LEAST_DISK = 16e9, 18e9  # bytes


class _Owners:
    """As many names as faces, made when asked for: ten million that are kept take more memory than the signs."""

    def __len__(self) -> int:
        return FACES

    def __getitem__(self, number: int) -> tuple[str, str]:
        return str(number), str(number)


def run(report: Report) -> None:
    """Makes what is missing, then searches."""
    measure_bounds(report)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory < LEAST_MEMORY:
        report.note(f"{memory / 1e9:.0f} GB of memory: ten million faces are measured from 16 GB on")
        return
    form, pictures = _form(), lfw_pictures()
    if pictures is None:
        report.note("no embeddings of LFW are kept: ten million faces are not drawn")
        return
    MADE.mkdir(parents=True, exist_ok=True)
    numbers = MADE / f"faces-{FACES}x{form.width}.f32"
    made = numbers.with_suffix(".made")
    if not numbers.is_file() and shutil.disk_usage(MADE).free < LEAST_DISK:
        report.note("less than 18 GB of disk is free: ten million faces are not drawn")
        return
    done = int(made.read_text(encoding="ascii")) if made.is_file() else 0
    if done < FACES:
        done = _make(form, pictures, numbers, made, done)
    if done < FACES:
        report.note(f"{done} of {FACES} faces are made: run it again")
        return
    matrix = np.memmap(numbers, np.float32, "r", shape=(FACES, form.width))
    index, making = _indexed(form, matrix)
    if making is not None:
        report.figure(f"{FACES} faces: signs made", making, "s")
    report.figure("- memory of the signs", sum(getattr(index._signs, name).nbytes for name in SIGNS) / 1e6, "MB")
    chosen = np.random.default_rng(4).permutation(pictures.second())[:RECALLED]
    probes = list(_templates(form, {network: rows[chosen] for network, rows in pictures.embeddings.items()}))
    exact = _exact_ten(matrix, form.rows(probes))
    clock, costs, same = [], [], 0
    for probe, wanted in zip(probes, exact, strict=True):
        began = time.perf_counter()
        cost, hits = spent(partial(index.search, probe, TEN))
        clock.append(time.perf_counter() - began)
        costs.append(cost)
        same += {int(hit.reference_id) for hit in hits} == wanted
    report.figure(f"{FACES} faces: a search, median of processor time", median(costs) * 1e3, "ms", at_most=250)
    report.figure(
        "- by the clock, the numbers read from disk where they are not in its cache", median(clock) * 1e3, "ms"
    )
    report.figure(f"all ten best found, of {len(probes)} searches", 100.0 * same / len(probes), "%", at_least=99.9)


def _make(form: RawForm, pictures: Pictures, numbers: Path, made: Path, done: int) -> int:
    """Makes faces for MAKING seconds, beginning with the people of LFW; how many there are then."""
    began = time.monotonic()
    with numbers.open("r+b" if done else "wb") as file:
        file.seek(done * form.width * 4)
        while done < FACES and time.monotonic() - began < MAKING:
            if done:
                embeddings = drawn_embeddings(pictures, min(PART, FACES - done), done + 1)
            else:
                embeddings = {network: rows[pictures.first()] for network, rows in pictures.embeddings.items()}
            rows = rows_of(form, embeddings)
            file.write(rows.tobytes())
            file.flush()
            done += len(rows)
            made.write_text(str(done), encoding="ascii")
    return done


def _indexed(form: RawForm, matrix: NDArray[np.float32]) -> tuple[FaceIndex, float | None]:
    """An index whose numbers stay where they are, and the processor time that its signs took, which are kept; None
    where they were kept before."""
    kept, spent_on = MADE / f"faces-{FACES}x{form.width}-signs-{FORMAT}.npz", None
    if kept.is_file():
        with np.load(kept) as read:
            held = {name: read[name] for name in SIGNS}
        signs = SignBits(**held | {"whole": held_join([held["whole"]])})
    else:
        spent_on, signs = spent(partial(_signs_of_all, matrix))
        np.savez(kept, **{name: getattr(signs, name) for name in SIGNS})
    index = FaceIndex(form, ())
    index._form, index._owners, index._matrix, index._signs = form, _Owners(), matrix, signs  # type: ignore[assignment]
    return index, spent_on


def _signs_of_all(matrix: NDArray[np.float32]) -> SignBits:
    """Along the directions of the first rows, as of a gallery that grew; each row is read once."""
    begun = SignBits.of(np.asarray(matrix[:PART]))
    first, whole, leaning = [begun.first], [begun.whole], [begun.leaning]
    for low in range(PART, FACES, PART):
        rows = np.asarray(matrix[low : low + PART])
        for held, made in zip((first, whole), _signs(begun.middle, begun.coarse, begun.fine, rows), strict=True):
            held.append(made)
        leaning.append(rows[:, -1].copy())
    return replace(begun, first=held_join(first, axis=1), whole=held_join(whole), leaning=held_join(leaning))


def _exact_ten(matrix: NDArray[np.float32], wanted: NDArray[np.float32]) -> list[set[int]]:
    """The ten best of each probe by the product with everybody, for which all numbers are read once."""
    wanted = wanted.copy()
    wanted[:, -1] = 1.0
    best = [np.empty((0, 2))] * len(wanted)
    for low in range(0, FACES, PART):
        scores = np.asarray(matrix[low : low + PART]) @ wanted.T
        for probe in range(len(wanted)):
            rows = np.argpartition(scores[:, probe], len(scores) - TEN)[-TEN:]
            found = np.concatenate([best[probe], np.stack([scores[rows, probe], low + rows], axis=1)])
            best[probe] = found[np.argsort(-found[:, 0])[:TEN]]
    return [set(found[:, 1].astype(int).tolist()) for found in best]
