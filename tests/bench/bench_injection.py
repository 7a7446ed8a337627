"""Frames that are fed in: what the living show, what stills and drawn people show, and what looking costs.

The limits were set on the recordings of ``SET_ON`` and on stills made of them; the others were looked at once, after
that. Frames are ten a second, as a desk looks at them, and 25, as the fastest machine might.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.decision.pad import injection_signs
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import InjectionSign
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.pipeline import most_central
from mlid_desktop.modalities.face.stillness import measure_change
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.synthetic.face import portrait as drawing
from mlid_desktop.synthetic.face.motion import IdleMotion
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
WINDOW, EVERY_S, LONGEST_S = 6, 0.5, 20.0
SET_ON = ("bbaf2n", "brbk7n", "lbax4n", "talking/1", "real", "0001", "0002", "0003")
STILLS_OF_EACH, PEOPLE, FIRST_UNSEEN_SEED = 8, 10, 1_000
SOURCE = Provenance(SourceKind.LIVE, DeviceIdentity("camera", "bench", "bench"))


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One recording of a living person: its frames and how many of them make a second."""

    name: str
    frames: tuple[Image, ...]
    rate: float

    @property
    def was_set_on(self) -> bool:
        """Whether the limits were set on it."""
        return any(name in self.name for name in SET_ON)

    def windows(self, per_second: float) -> Iterator[tuple[Image, ...]]:
        """Windows of frames so many a second, one begun every half second."""
        step = max(1, round(self.rate / per_second))
        for start in range(0, len(self.frames) - (WINDOW - 1) * step, max(1, round(EVERY_S * self.rate))):
            yield self.frames[start : start + WINDOW * step : step]


def run(report: Report) -> None:
    """Every figure of decision 36."""
    if report.shared is None:
        report.note("no shared data: nothing to measure with")
        return
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    detector = FaceDetector(ModelStore(manifest, report.shared / "models" / "pack", 1).open("face-detector-dynamic"))
    clips = list(live_clips(report.shared / "data"))
    for seen, said in ((True, "set on"), (False, "not looked at")):
        of_these = [clip for clip in clips if clip.was_set_on is seen]
        living(report, f"living, {said}", of_these, detector)
        stills(report, f"fed, of stills {said}", of_these, detector)
    drawn(report, "drawn without grain, seeds below 1000", range(1, PEOPLE + 1), detector)
    unseen = range(FIRST_UNSEEN_SEED, FIRST_UNSEEN_SEED + PEOPLE)
    drawn(report, "drawn without grain, other seeds", unseen, detector)
    cost(report, clips[0], detector)


def live_clips(data: Path) -> Iterator[Clip]:
    """Every recording of a living person at hand; the pictures of NUAA are some frames apart."""
    videos = [
        *sorted(data.glob("av/*/*")),
        data / "pad/screen_replay_video/real.mp4",
        data / "pad/videos/live/phone_2.mp4",
    ]
    for path in videos:
        video = cv2.VideoCapture(str(path))
        rate = video.get(cv2.CAP_PROP_FPS)
        frames = tuple(itertools.islice(_frames(video), round(LONGEST_S * rate)))
        yield Clip(f"{path.parent.name}/{path.stem}", frames, rate)
    for folder in sorted((data / "pad" / "nuaa_dev" / "live").iterdir()):
        ordered = sorted(folder.glob("*.jpg"), key=lambda path: [int(part) for part in path.stem.split("_")])
        for session, paths in itertools.groupby(ordered, key=lambda path: path.stem.rpartition("_")[0]):
            yield Clip(f"nuaa/{session}", tuple(np.asarray(cv2.imread(str(path)), np.uint8) for path in paths), 10.0)


def _frames(video: cv2.VideoCapture) -> Iterator[Image]:
    while True:
        read, frame = video.read()
        if not read:
            return
        yield np.asarray(frame, np.uint8)


def signs_of(window: Sequence[Image], detector: FaceDetector) -> tuple[InjectionSign, ...] | None:
    """What a window shows; None where it has no face, or two equal frames, which begin a take again."""
    if any(np.array_equal(earlier, other) for earlier, other in itertools.combinations(window, 2)):
        return None
    faces = detector.find(window[0])
    if not faces:
        return None
    regions = (most_central(faces, window[0].shape[:2]).region,)
    seen = [
        Observation(FACE, FrameSample(number, number / 10, SOURCE, frame), regions)
        for number, frame in enumerate(window)
    ]
    changes = [measure_change(seen[0], observation) for observation in seen[1:]]
    return injection_signs([change for change in changes if change is not None])


def living(report: Report, name: str, clips: Sequence[Clip], detector: FaceDetector) -> None:
    """False alarms, by window and by clip."""
    for per_second in (10.0, 25.0):
        found: dict[str, list[bool]] = {}
        for clip in clips:
            told = [signs_of(window, detector) for window in clip.windows(per_second)]
            found[clip.name] = [bool(signs) for signs in told if signs is not None]
        windows = sum(len(told) for told in found.values())
        with_alarm = [clip for clip, told in found.items() if any(told)]
        report.note(f"{name}, {per_second:.0f} a second: {windows} windows of {len(found)} recordings; {with_alarm}")
        most = 0 if per_second == 10.0 else None
        report.figure(f"{name}: windows with a sign", sum(map(sum, found.values())), f"of {windows}", at_most=most)


def stills(report: Report, name: str, clips: Sequence[Clip], detector: FaceDetector) -> None:
    """Frames made of one frame of a living person, by what was done to it."""
    found: dict[str, list[bool]] = {}
    for clip in clips:
        chosen = clip.frames[:: max(1, len(clip.frames) // STILLS_OF_EACH)][:STILLS_OF_EACH]
        for number, still in enumerate(chosen):
            for species, made in MADE.items():
                told = signs_of(made(still, np.random.default_rng(number)), detector)
                if told is not None:
                    found.setdefault(species, []).append(bool(told))
    for species, recognised in found.items():
        report.figure(f"{name}: {species}", sum(recognised), f"of {len(recognised)}")


def _compressed(frame: Image, quality: int) -> Image:
    _, content = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def _with_noise(frame: Image, noise: np.ndarray, level: float) -> Image:
    return np.asarray(np.clip(frame + level * noise, 0, 255).round(), np.uint8)


def _moved(frame: Image, step: int) -> Image:
    height, width = frame.shape[:2]
    placed = cv2.getRotationMatrix2D((width / 2, height / 2), 0.4 * step, 1 + 0.006 * step)
    placed[:, 2] += np.array([0.7 * step, -0.4 * step])
    return np.asarray(cv2.warpAffine(frame, placed, (width, height), flags=cv2.INTER_CUBIC), np.uint8)


def _noises(chance: np.random.Generator, frame: Image, number: int) -> list[np.ndarray]:
    made = [chance.standard_normal(frame.shape).astype(np.float32) for _ in range(number)]
    return [made[index % number] for index in range(WINDOW)]


Make = Callable[[Image, np.random.Generator], list[Image]]
STEPS = range(WINDOW)
MADE: dict[str, Make] = {
    "compressed anew, 95 to 70": lambda frame, _: [_compressed(frame, 95 - 5 * step) for step in STEPS],
    "compressed anew, 60 to 35": lambda frame, _: [_compressed(frame, 60 - 5 * step) for step in STEPS],
    "noise that repeats, compressed anew": lambda frame, chance: [
        _compressed(_with_noise(frame, noise, 2), 95 - 3 * step) for step, noise in enumerate(_noises(chance, frame, 2))
    ],
    "noise, fresh, 2 grey levels": lambda frame, chance: [
        _with_noise(frame, noise, 2) for noise in _noises(chance, frame, 6)
    ],
    "noise, fresh, 4 grey levels": lambda frame, chance: [
        _with_noise(frame, noise, 4) for noise in _noises(chance, frame, 6)
    ],
    "moved, turned and enlarged": lambda frame, _: [_moved(frame, step) for step in STEPS],
    "moved, with noise, compressed": lambda frame, chance: [
        _compressed(_with_noise(_moved(frame, step), noise, 2), 85)
        for step, noise in enumerate(_noises(chance, frame, 6))
    ],
    "brighter and darker": lambda frame, _: [
        np.asarray(np.clip(frame * (1 + 0.03 * np.sin(step)) + step, 0, 255), np.uint8) for step in STEPS
    ],
}


def drawn(report: Report, name: str, seeds: Sequence[int], detector: FaceDetector) -> None:
    """People who are drawn without the grain that the simulated camera gives them; they sway and blink."""
    grain, drawing.GRAIN = drawing.GRAIN, 0.0
    plain, compressed = [], []
    try:
        for seed in seeds:
            frames = _drawn_frames(seed)
            plain.append(bool(signs_of(frames, detector)))
            compressed.append(bool(signs_of([_compressed(frame, 80) for frame in frames], detector)))
    finally:
        drawing.GRAIN = grain
    with_grain = [bool(signs_of(_drawn_frames(seed), detector)) for seed in seeds]
    report.figure(f"{name}", sum(plain), f"of {len(plain)}", at_least=len(plain))
    report.figure(f"{name}, compressed", sum(compressed), f"of {len(compressed)}")
    report.figure(f"{name}: with grain (declared, not judged)", sum(with_grain), f"of {len(with_grain)}")


def _drawn_frames(seed: int) -> list[Image]:
    person, motion = drawing.SyntheticPortrait(sample_person(seed)), IdleMotion(seed)
    moments = [(number, motion.at(number)) for number in range(100, 100 + 3 * WINDOW, 3)]
    return [person.frame(moment.pose, moment.expression, number) for number, moment in moments]


def cost(report: Report, clip: Clip, detector: FaceDetector) -> None:
    """What looking costs beside one analysed frame, of frames of 1280x720."""
    large = [np.asarray(cv2.resize(frame, (1280, 720)), np.uint8) for frame in clip.frames[:2]]
    region = detector.find(large[0])[0].region
    first, later = (Observation(FACE, FrameSample(0, 0.0, SOURCE, frame), (region,)) for frame in large)
    taken = []
    for _ in range(50):
        begun = time.process_time()
        measure_change(first, later)
        taken.append(time.process_time() - begun)
    report.figure("one later frame, 1280x720", 1000 * float(np.median(taken)), "ms")
