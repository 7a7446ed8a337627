"""Fingerprints: extraction, 1:1 with and without making ready, 1:N over synthetic fingers with real ones among them,
what several touches in one reference gain, and the size of a template."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.fingerprint.search import (
    evaluate_search,
    generate_fillers,
    measure_search,
    template_of_minutiae,
)
from mlid_desktop.evaluation.metrics import crossing, det_curve
from mlid_desktop.modalities.fingerprint.compare import compare_cylinders, prepare, prepare_template
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline, open_fingerprint_pipeline
from mlid_desktop.modalities.fingerprint.templates import MAX_PAYLOAD, decode, decode_impressions
from tests.bench.report import Report

PROVENANCE = Provenance(SourceKind.RECORDED, DeviceIdentity("dir", "bench", "bench"))
SET = "fvc2002_db3_b"  # the development set: 10 fingers of 8 impressions
SYNTHETIC = 100_000
REAL_GALLERY = 10_000
ENROLLED_WITH = 3
Fingers = dict[str, list[Template | None]]


def run(report: Report) -> None:
    """Every figure that the README or the issue names of fingerprint comparison and search."""
    cv2.setNumThreads(1)
    pipeline = open_fingerprint_pipeline()
    fingers = observed(report, pipeline)
    if fingers:
        one_to_one(report, pipeline, fingers)
        consolidation(report, pipeline, fingers)
        real_among_synthetic(report, fingers)
    synthetic_search(report)


def observed(report: Report, pipeline: FingerprintPipeline) -> Fingers:
    """Templates of the set by finger, with what making them costs."""
    folder = None if report.shared is None else report.shared / "data" / "fingerprint" / SET
    if folder is None or not folder.is_dir():
        report.note("no shared data: no figures with real fingers")
        return {}
    fingers: Fingers = {}
    took, sizes = [], []
    for path in sorted(folder.glob("*.tif")):
        sample = FingerSample(0, 0.0, PROVENANCE, grey(path), 500.0)
        begin = time.perf_counter()
        made = pipeline.observe(sample).template
        took.append((time.perf_counter() - begin) * 1000.0)
        fingers.setdefault(path.stem.split("_")[0], []).append(made)
        sizes.append(0 if made is None else len(made.payload))
    report.figure(f"one image of {SET}, median", float(np.median(took)), "ms")
    report.figure("template of one touch, largest", max(sizes), "bytes", at_most=MAX_PAYLOAD)
    return fingers


def one_to_one(report: Report, pipeline: FingerprintPipeline, fingers: Fingers) -> None:
    """Every pair of the set, both ready; and anew from the bytes each time."""
    rows = [(name, touch) for name, touches in fingers.items() for touch in touches if touch is not None]
    ready = [prepare_template(pipeline.extractor, template) for _, template in rows]
    pairs = list(combinations(range(len(rows)), 2))
    seconds = spent(lambda: [compare_cylinders(ready[a], ready[b]) for a, b in pairs])
    report.figure("1:1, both made ready", len(pairs) / seconds, "/s", at_least=2000)
    sampled = pairs[:: max(1, len(pairs) // 500)]
    seconds = spent(lambda: [compare_cylinders(anew(rows[a][1]), anew(rows[b][1])) for a, b in sampled])
    report.figure("1:1, both decoded and made ready each time", len(sampled) / seconds, "/s")


def consolidation(report: Report, pipeline: FingerprintPipeline, fingers: Fingers) -> None:
    """One touch, and three in one reference, against the touches that neither has seen."""
    first: Fingers = {}
    merged: Fingers = {}
    for name, touches in fingers.items():
        known = [touch for touch in touches[:ENROLLED_WITH] if touch is not None]
        first[name] = list(known[:1])
        merged[name] = [pipeline.consolidate(known)] if known else []
    for title, references in (("one touch", first), (f"{ENROLLED_WITH} touches in one reference", merged)):
        genuine: list[float] = []
        impostor: list[float] = []
        for name, (reference,) in references.items():
            for other, touches in fingers.items():
                scores = [score(pipeline, reference, probe) for probe in touches[ENROLLED_WITH:]]
                (genuine if name == other else impostor).extend(scores)
        _, above, below = det_curve(np.array(genuine), np.array(impostor))
        report.figure(f"EER with {title}", 100.0 * crossing(above, below), "%")
    largest = max(len(reference.payload) for (reference,) in merged.values() if reference is not None)
    report.figure("reference of several touches, largest", largest, "bytes", at_most=MAX_PAYLOAD)


def real_among_synthetic(report: Report, fingers: Fingers) -> None:
    """The set's first touches among synthetic fillers; all others are searched."""
    enrolled = {name: next(touch for touch in touches if touch is not None) for name, touches in fingers.items()}
    source = np.random.default_rng(7)
    whole = [decode(template.payload) for template in enrolled.values()]
    gallery = [
        *enrolled.values(),
        *(
            template_of_minutiae(filler)
            for filler in generate_fillers(turned(whole, source), REAL_GALLERY - 10, source)
        ),
    ]
    probes = [
        (touch, index)
        for index, name in enumerate(enrolled)
        for touch in fingers[name]
        if touch is not None and touch is not enrolled[name]
    ]
    point = measure_search(gallery, probes)
    report.note(
        f"{len(probes)} touches of {SET} searched among {REAL_GALLERY} fingers, the others put together of halves"
    )
    report.figure("1:N, real touches: found at rank 1", 100.0 * point.first, "%")
    report.figure("1:N, real touches: mate lost by the first stage", 100.0 * (1.0 - point.kept), "points", at_most=0.5)


def synthetic_search(report: Report) -> None:
    """Galleries up to SYNTHETIC generated and joined fingers."""
    load = evaluate_search(SYNTHETIC, lambda _done, _note: None)
    for point in load.points:
        name = f"1:N, {point.fingers} fingers"
        bound = 500.0 if point.fingers == REAL_GALLERY else None
        report.figure(f"{name}: one search", point.search_ms, "ms", at_most=bound)
        least = 20_000 if point.fingers >= REAL_GALLERY else None
        report.figure(f"{name}: a second", point.fingers_per_s, "fingers", at_least=least)
        report.figure(f"{name}: mate lost by the first stage", 100.0 * (1.0 - point.kept), "points", at_most=0.5)
        report.figure(f"{name}: building the index", point.build_s, "s")
    report.figure("index, memory of a finger", load.points[-1].bytes_per_finger, "bytes")


def turned(whole: list[Minutiae], source: np.random.Generator) -> list[Minutiae]:
    """Mirrored, so that no half of a filler is a half of an enrolled finger."""
    return [
        Minutiae(
            np.stack([minutiae.position[:, 0].max() - minutiae.position[:, 0], minutiae.position[:, 1]], axis=1),
            np.asarray(np.mod(np.pi - minutiae.direction, 2 * np.pi), np.float32),
            minutiae.kind,
            minutiae.quality,
        )
        for minutiae in (whole[index] for index in source.permutation(len(whole)))
    ]


def score(pipeline: FingerprintPipeline, reference: Template | None, probe: Template | None) -> float:
    return 0.0 if reference is None or probe is None else pipeline.similarity(reference, probe)


def anew(template: Template) -> tuple:  # type: ignore[type-arg]  # what prepare gives
    return prepare(decode_impressions(template.payload))


def spent(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def grey(path: Path) -> Image:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)
