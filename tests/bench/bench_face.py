"""Faces: overhead of the pipeline over its models, 1:N search, comparison against the plain cosine, attack windows, and
what discarding poor samples gains."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.face.crop import greatest_growth
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.embedding.forms import decode, encode
from mlid_desktop.modalities.face.opening import open_face_pipeline
from mlid_desktop.modalities.face.pad import Liveness
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.session import ModelSession
from mlid_desktop.models.store import ModelStore
from tests.bench.report import Report
from tests.unit.modalities.face.oracle import plain_vector

ROOT = Path(__file__).resolve().parents[2]
PROVENANCE = Provenance(SourceKind.RECORDED, DeviceIdentity("dir", "bench", "bench"))
THREADS = 2
FRAMES = 120
GALLERY = 100_000
SEARCHES = 40
WINDOW = 6
LIVENESS_THRESHOLD = 0.5
VIDEO_STEP = 3


def run(report: Report) -> None:
    """Every figure that the README or the issue names of faces."""
    if report.shared is None:
        report.note("no shared data: nothing to measure with")
        return
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    store = ModelStore(manifest, report.shared / "models" / "pack", THREADS)
    pipeline = open_face_pipeline(store, ROOT / "resources" / "face")
    installed = Path(os.environ.get("MLID_MODELS") or report.shared / "models" / "pack")
    overhead(report, ModelStore(manifest, installed, THREADS))
    passive_check(report, store)
    identification(report, pipeline)
    comparison(report, store, pipeline)
    attacks(report, pipeline)


class Recording:
    """A store whose sessions write down what they are asked to run."""

    def __init__(self, store: ModelStore) -> None:
        self.calls: list[tuple[ModelSession, tuple[NDArray[Any], ...]]] = []
        self._store = store

    def fingerprint(self, *roles: str) -> str:
        return self._store.fingerprint(*roles)

    def open(self, role: str) -> Any:
        return self._recorded(self._store.open(role))

    def open_installed(self, role: str) -> Any:
        session = self._store.open_installed(role)
        return None if session is None else self._recorded(session)

    def _recorded(self, session: ModelSession) -> Any:
        calls = self.calls

        class Recorder:
            def run(self, *inputs: NDArray[Any]) -> tuple[NDArray[Any], ...]:
                calls.append((session, tuple(array.copy() for array in inputs)))
                return session.run(*inputs)

        return Recorder()


def overhead(report: Report, store: ModelStore) -> None:
    """One analysed 1280x720 frame against the bare runs of the same models on the same inputs, taken in turns: as at a
    desk, with all embedding networks that are installed (``MLID_MODELS``)."""
    assert report.shared is not None
    frame = desk_frame(report.shared)
    recording: Any = Recording(store)
    open_face_pipeline(recording, ROOT / "resources" / "face", sparing=True).observe(sample(frame))
    pipeline = open_face_pipeline(store, ROOT / "resources" / "face", sparing=True)
    analysed, bare = [], []
    for _ in range(FRAMES):
        analysed.append(milliseconds(lambda: pipeline.observe(sample(frame))))
        bare.append([milliseconds(lambda call=call: call[0].run(*call[1])) for call in recording.calls])  # type: ignore[misc]  # bound per call
    models = np.median(np.array(bare), axis=0)
    for (session, inputs), cost in zip(recording.calls, models, strict=True):
        shape = "x".join(str(axis) for axis in inputs[0].shape)
        report.figure(f"bare run of {session.entry.role}, {shape}", float(cost), "ms")
    report.figure("one analysed frame, 1280x720", float(np.median(analysed)), "ms")
    report.figure("over the sum of its bare model runs", float(np.median(analysed) / models.sum()), "", at_most=1.15)


def passive_check(report: Report, store: ModelStore) -> None:
    """The attack check of one frame with all three looks against the bare runs of its nets, taken in turns: of a face
    so near that the frame is continued around it."""
    assert report.shared is not None
    recording: Any = Recording(store)
    check = Liveness(recording.open("face-liveness-near"), recording.open("face-liveness-far"))
    folder = report.shared / "data" / "pad" / "nuaa_dev" / "live"
    image = read(next(path for path in sorted(folder.glob("*/*.jpg"))))
    (face, *_) = FaceDetector(store.open("face-detector-dynamic")).find(image)
    room = greatest_growth(image, face.box)
    check.assess(image, face)
    bare_calls, own = list(recording.calls), Liveness(store.open("face-liveness-near"), store.open("face-liveness-far"))
    checked, bare = [], []
    for _ in range(FRAMES):
        checked.append(milliseconds(lambda: own.assess(image, face)))
        bare.append(sum(milliseconds(lambda call=call: call[0].run(*call[1])) for call in bare_calls))  # type: ignore[misc]  # bound per call
    report.note(f"{len(bare_calls)} looks; the face may grow {room:.2f} times in its frame")
    report.figure("attack check of one frame", float(np.median(checked)), "ms")
    ratio = float(np.median(np.array(checked) / np.array(bare)))
    report.figure("attack check over the runs of its nets", ratio, "", at_most=1.10)


def identification(report: Report, pipeline: FacePipeline) -> None:
    """One search of 100,000 references against the bare matrix product."""
    rng = np.random.default_rng(1)
    made = datetime(2026, 1, 1, tzinfo=UTC)
    matrix = rng.standard_normal((GALLERY, 256), np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    templates = [Template(FACE, pipeline.extractor, encode(np.append(row, np.float32(0.1)))) for row in matrix]
    index = pipeline.index(
        [Reference(f"{row}", f"{row}", template, 90, PROVENANCE, made) for row, template in enumerate(templates)]
    )
    out = np.empty(GALLERY, np.float32)
    searches, products = [], []
    for turn in range(SEARCHES):
        probe, vector = templates[turn], matrix[turn].copy()
        searches.append(milliseconds(lambda probe=probe: index.search(probe, 10)))  # type: ignore[misc]  # bound per turn
        products.append(milliseconds(lambda vector=vector: np.matmul(matrix, vector, out=out)))  # type: ignore[misc]  # as above
    report.figure("1 of 100,000: bare matrix product", float(np.median(products)), "ms")
    report.figure("1 of 100,000: search", float(np.median(searches)), "ms")
    report.figure("search over bare product", float(np.median(searches) / np.median(products)), "", at_most=1.3)


def comparison(report: Report, store: ModelStore, pipeline: FacePipeline) -> None:
    """All pairs of lfw_dev, the plain cosine and the pipeline; then without the fifth of lowest quality."""
    assert report.shared is not None
    detector, embedding = store.open("face-detector"), store.open("face-embedding")
    people, plain, found = [], [], []
    for path in sorted((report.shared / "data" / "face" / "lfw_dev").glob("*/*.jpg")):
        image = read(path)
        people.append(path.parent.name)
        plain.append(plain_vector(image, detector, embedding))
        found.append(pipeline.observe(sample(image)))
    report.figure(
        "lfw_dev: faces not found", float(sum(observation.template is None for observation in found)), "", at_most=0
    )
    vectors = np.stack([decode(observation.template.payload) for observation in found if observation.template])
    rates = {}
    for name, scores in (("plain", np.stack(plain) @ np.stack(plain).T), ("pipeline", all_scores(vectors))):
        genuine, impostor = split(scores, people)
        rates[name] = (eer(genuine, impostor), fnmr(genuine, impostor, 1e-3), fnmr(genuine, impostor, 1e-4))
        for label, rate in zip(("EER", "FNMR at FMR 1e-3", "FNMR at FMR 1e-4"), rates[name], strict=True):
            report.figure(f"lfw_dev, {name}: {label}", 100 * rate, "%")
    report.figure("errors at FMR 1e-3, pipeline over plain", rates["pipeline"][1] / rates["plain"][1], "", at_most=0.9)
    discarding(report, vectors, people, found)


def discarding(report: Report, vectors: NDArray[np.float32], people: list[str], found: list[Observation]) -> None:
    """FNMR at the threshold of all samples, before and after discarding the fifth of lowest unified quality."""
    unified = np.array([observation.quality.unified for observation in found])
    scores = all_scores(vectors)
    genuine, impostor = split(scores, people)
    kept = np.argsort(-unified, kind="stable")[: int(0.8 * len(unified))]
    better, _ = split(scores[np.ix_(kept, kept)], [people[row] for row in kept])
    for rate in (1e-3, 1e-4):
        threshold = np.sort(impostor)[::-1][int(rate * len(impostor))]
        report.figure(f"FNMR at FMR {rate:g}, all samples", 100 * float((genuine <= threshold).mean()), "%")
        report.figure(f"FNMR at FMR {rate:g}, best four fifths", 100 * float((better <= threshold).mean()), "%")


def attacks(report: Report, pipeline: FacePipeline) -> None:
    """Disjoint windows: mean liveness, and which side of the threshold they fall on."""
    assert report.shared is not None
    worst_live, worst_attack, windows = 1.0, 0.0, [0, 0]
    for bona_fide, frames in attack_data(report.shared / "data" / "pad"):
        values = [
            observation.attack.liveness
            for observation in map(pipeline.observe, map(sample, frames))
            if observation.attack
        ]
        means = [float(np.mean(values[at : at + WINDOW])) for at in range(0, len(values) - WINDOW + 1, WINDOW)]
        windows[bona_fide] += len(means)
        worst_live = min([worst_live, *means]) if bona_fide else worst_live
        worst_attack = worst_attack if bona_fide else max([worst_attack, *means])
    report.note(f"{windows[1]} live and {windows[0]} attack windows of {WINDOW} frames, threshold {LIVENESS_THRESHOLD}")
    report.figure("lowest mean liveness of a live window", worst_live, "", at_least=LIVENESS_THRESHOLD)
    report.figure("highest mean liveness of an attack window", worst_attack, "", at_most=LIVENESS_THRESHOLD)


def attack_data(pad: Path) -> Iterator[tuple[bool, list[Image]]]:
    """Bona fide or not, and the frames of one person or video."""
    for kind in ("live", "print"):
        for person in sorted((pad / "nuaa_dev" / kind).iterdir()):
            yield kind == "live", [read(path) for path in sorted(person.iterdir())]
    for name in ("real", "fake"):
        video = cv2.VideoCapture(str(pad / "screen_replay_video" / f"{name}.mp4"))
        frames = []
        while (grabbed := video.read())[0]:
            frames.append(np.asarray(grabbed[1], np.uint8))
        video.release()
        yield name == "real", frames[::VIDEO_STEP]


def desk_frame(shared: Path) -> Image:
    """A 1280x720 frame with a face at a desk's distance, from a photograph of the test data."""
    photograph = read(shared / "data" / "face" / "face_recognition_tests" / "obama.jpg")
    small = cv2.resize(photograph, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    height, width = min(small.shape[0], 720), small.shape[1]
    frame = np.full((720, 1280, 3), 110, np.uint8)
    frame[720 - height :, 640 - width // 2 : 640 - width // 2 + width] = small[:height]
    return frame


def read(path: Path) -> Image:
    """A picture file as BGR."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)


def sample(image: Image) -> FrameSample:
    """The picture as a sample."""
    return FrameSample(0, 0.0, PROVENANCE, image)


def milliseconds(work: Callable[[], object]) -> float:
    """How long it took."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def all_scores(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores (n, n) of (n, 257) template vectors, as ``compare.similarity`` gives them."""
    crowding = vectors[:, -1]
    return np.asarray(vectors[:, :-1] @ vectors[:, :-1].T - crowding[:, None] - crowding[None], np.float64)


def split(table: NDArray[Any], people: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of all pairs of a table (n, n): of the same person, of different ones."""
    names = np.array(people)
    first, second = np.triu_indices(len(names), 1)
    scores = np.asarray(table[first, second], np.float64)
    same = names[first] == names[second]
    return scores[same], scores[~same]


def fnmr(genuine: NDArray[np.float64], impostor: NDArray[np.float64], fmr: float) -> float:
    """Share of genuine pairs not above the threshold that lets at most ``fmr`` of the impostors pass."""
    threshold = np.sort(impostor)[::-1][int(fmr * len(impostor))]
    return float((genuine <= threshold).mean())


def eer(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> float:
    """The rate at the threshold where both errors are most alike."""
    thresholds = np.sort(genuine)
    misses = np.arange(len(thresholds)) / len(thresholds)
    matches = 1 - np.searchsorted(np.sort(impostor), thresholds) / len(impostor)
    crossing = int(np.argmin(np.abs(misses - matches)))
    return float((misses[crossing] + matches[crossing]) / 2)
