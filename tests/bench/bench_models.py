"""What the models room adds to a bare run of the runtime, and what loading a model costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from mlid_desktop.models.manifest import Manifest, ModelEntry
from mlid_desktop.models.store import ModelStore
from tests.bench.report import Report

MANIFEST = Path(__file__).resolve().parents[2] / "resources" / "models" / "manifest.toml"
THREADS = 1
ROUNDS = 60
OVERHEAD_AT_MOST = 1.05
ROLES = (
    "face-detector-dynamic",
    "face-embedding",
    "face-liveness-near",
    "face-liveness-far",
    "face-mesh",
    "head-pose-1x1",
    "head-pose-var",
)


def run(report: Report) -> None:
    """A session against the bare runtime with the same settings, run by turns so that both see the same machine."""
    pack = None if report.shared is None else report.shared / "models" / "pack"
    if pack is None or not pack.is_dir():
        report.note("no finished models: nothing to measure")
        return
    store = ModelStore(Manifest.read(MANIFEST), pack, threads=THREADS)
    totals = np.zeros(2)
    for role in ROLES:
        entry = store.entry(role)
        started = perf_counter()
        session = store.open(role)
        loading = perf_counter() - started
        inputs = _inputs(entry)
        ours, theirs = _by_turns(partial(session.run, *inputs), _bare(pack / entry.file, inputs))
        totals += ours, theirs
        report.figure(f"{role}: one run, {THREADS} thread", ours * 1e3, "ms")
        report.figure(f"{role}: read, verify, load and warm", loading * 1e3, "ms")
    report.figure("all face models: session against bare runtime", totals[0] / totals[1], "x", at_most=OVERHEAD_AT_MOST)


def _inputs(entry: ModelEntry) -> list[NDArray[Any]]:
    generator = np.random.default_rng(1)
    shapes = [port.warm or tuple(axis if isinstance(axis, int) else 1 for axis in port.shape) for port in entry.inputs]
    return [generator.uniform(0, 1, shape).astype(port.type) for port, shape in zip(entry.inputs, shapes, strict=True)]


def _bare(path: Path, inputs: list[NDArray[Any]]) -> Callable[[], object]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    runtime = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {port.name: array for port, array in zip(runtime.get_inputs(), inputs, strict=True)}
    return partial(runtime.run, None, feed)


def _by_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of each."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for action, times in zip((first, second), spent, strict=True):
            started = perf_counter()
            action()
            times.append(perf_counter() - started)
    return median(spent[0]), median(spent[1])
