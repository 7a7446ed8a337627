"""Finger images that no finger gives: two fingers joined in one, light and dark exchanged, mirrored, copies of an
earlier image; and which images of fingers are taken for such.

Every ordered pair of people of a set, on both axes. Set on FVC2000 DB1_B and the fingers 101 to 105 of FVC2002 DB1_B
and DB3_B; the figures of the others are given apart. Decision 35 says which thresholds were moved after these were
seen. Fingers are read by the extractor of the models that are installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Protocol, cast

import cv2
import numpy as np

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline, RepeatDetecting
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.station.assemble import assemble
from mlid_desktop.workflow.take import touch_of
from tests.bench.report import Report
from tests.pictures import read_finger
from tests.unit.modalities.fingerprint.pictures import joined

SETS = ("fvc2002_db1_b", "fvc2002_db3_b", "fvc2000_db1_b_wsq")
JOINED_SETS = SETS[:2]
SET_ON = frozenset(range(101, 106))  # fingers of the two sets that are joined; of the third all
ASKED_FMR = 1e-3
MODALITY = Modality.FINGERPRINT
READER = Provenance(SourceKind.LIVE, DeviceIdentity("fingerprint", "bench", "bench"))
GROUND = 255
COPIES: Mapping[str, Callable[[Image], Image]] = {
    "the same": lambda image: image.copy(),
    "shifted by 7 and 11 pixels": lambda image: _moved(image, 0.0, 7.0, 11.0),
    "turned by 12 degrees": lambda image: _moved(image, 12.0),
    "turned by a right angle": lambda image: np.ascontiguousarray(np.rot90(image)),
    "compressed (JPEG 50)": lambda image: _compressed(image, 50),
    "blurred (0.8 pixels)": lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.uint8),
    "blurred (1.2 pixels)": lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), np.uint8),
    "light and dark exchanged": lambda image: np.asarray(255 - image, np.uint8),
}


class RepeatingPipeline(Pipeline, RepeatDetecting, Protocol):
    """A pipeline that knows images again."""


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """One image of a set: which finger, which touch, and what the pipeline makes of it."""

    finger: int
    number: int
    image: Image
    seen: Observation


def run(report: Report) -> None:
    """All of the above; nothing without the shared data."""
    folder = None if report.shared is None else report.shared / "data" / "fingerprint"
    if folder is None or not folder.is_dir():
        report.note("no shared data")
        return
    cv2.setNumThreads(1)
    station = assemble()
    pipeline, calibration = station.pipelines().open(MODALITY), station.calibrations_in_use()[MODALITY]
    assert isinstance(pipeline, RepeatDetecting)
    sets: dict[str, list[Impression]] = {}
    for name in SETS:
        paths = sorted(path for path in (folder / name).iterdir() if path.suffix in {".tif", ".wsq"})
        sets[name] = [_impression(path.stem, read_finger(path).image, pipeline) for path in paths]
    false_alarms(report, sets, pipeline)
    for held in (False, True):
        parts = [_part(sets[name], held=held) for name in JOINED_SETS]
        joined_fingers(report, parts, pipeline, calibration, held=held)
    exchanged_and_mirrored(report, [touch for touches in sets.values() for touch in touches], pipeline, calibration)
    held_back = [touch for name in JOINED_SETS for touch in _part(sets[name], held=True)]
    copies(report, held_back, cast("RepeatingPipeline", pipeline))


def joined_fingers(
    report: Report,
    sets: Sequence[Sequence[Impression]],
    pipeline: Pipeline,
    calibration: Calibration,
    *,
    held: bool,
) -> None:
    """Halves of two people in one image, hard and blended, against another touch of either."""
    made = noticed = accepted = 0
    for number, (first, second, touches) in enumerate(_pairs(sets)):
        for across in (True, False):
            for width in (0, 16):
                seen = _observe(pipeline, joined(first.image, second.image, width, across=across))
                made += 1
                if seen.joined or not seen.usable or seen.template is None:
                    noticed += 1
                    continue
                for owner in (first, second):
                    others = [touch for touch in touches[owner.finger] if touch.number != owner.number]
                    reference = others[number % len(others)].seen.template
                    if reference is not None:
                        score = pipeline.similarity(seen.template, reference)
                        accepted += calibration.meaning(score).fmr <= ASKED_FMR
    part = "people not set on" if held else "people set on"
    report.figure(f"joined images ({part}): noticed by themselves", 100 * noticed / made, f"% of {made}")
    report.figure(f"joined images ({part}): accepted", 100 * accepted / (2 * made), f"% of {2 * made}", at_most=0)


def false_alarms(report: Report, sets: Mapping[str, Sequence[Impression]], pipeline: RepeatDetecting) -> None:
    """Images of single fingers that are taken for artefacts, and touches that are taken for copies."""
    touches = [touch for several in sets.values() for touch in several]
    suspected = sum(touch.seen.joined for touch in touches)
    again = sum(touch.seen.reason in {Reason.RIDGES_BREAK_OFF, Reason.INVERTED} for touch in touches)
    report.figure("images of one finger suspected to be joined", suspected, f"of {len(touches)}", at_most=1)
    report.figure("images of one finger that are asked for again", again, f"of {len(touches)}")
    found = pairs = 0
    for several in sets.values():
        for first, second in combinations(several, 2):
            here, there = touch_of(first.seen), touch_of(second.seen)
            if first.finger == second.finger and here is not None and there is not None:
                pairs += 1
                found += pipeline.repeats(here, [there], first.seen.sample)
    report.figure("pairs of touches taken for a copy", found, f"of {pairs}", at_most=0)


def exchanged_and_mirrored(
    report: Report, touches: Sequence[Impression], pipeline: Pipeline, calibration: Calibration
) -> None:
    """Light and dark exchanged in an image, and images mirrored, against the very touch they are of."""
    usable = [touch for touch in touches if touch.seen.usable and touch.seen.template is not None]
    inverted = sum(_observe(pipeline, np.asarray(255 - touch.image, np.uint8)).usable for touch in usable)
    report.figure("light and dark exchanged, usable", inverted, f"of {len(usable)}", at_most=0)
    matched = 0
    for touch in usable:
        mirrored = _observe(pipeline, np.ascontiguousarray(touch.image[:, ::-1]))
        if mirrored.usable and mirrored.template is not None and touch.seen.template is not None:
            score = pipeline.similarity(mirrored.template, touch.seen.template)
            matched += calibration.meaning(score).fmr <= ASKED_FMR
    report.figure("mirrored, accepted", matched, f"of {len(usable)}", at_most=0)


def copies(report: Report, touches: Sequence[Impression], pipeline: RepeatingPipeline) -> None:
    """Copies of an image that was presented before, of the first touch of each finger that was not set on."""
    first = [touch for touch in touches if touch.number in {1, 2, 3, 4} and touch_of(touch.seen) is not None]
    for name, copy in COPIES.items():
        found = 0
        for touch in first:
            shown = _observe(pipeline, copy(touch.image))
            earlier, here = touch_of(touch.seen), touch_of(shown)
            found += earlier is not None and here is not None and pipeline.repeats(here, [earlier], shown.sample)
        report.figure(f"copies known again: {name}", found, f"of {len(first)}", at_least=len(first))


def _pairs(
    sets: Sequence[Sequence[Impression]],
) -> Iterable[tuple[Impression, Impression, Mapping[int, Sequence[Impression]]]]:
    """Every ordered pair of people of a set, each by another of their touches."""
    for touches in sets:
        of: dict[int, list[Impression]] = {}
        for touch in touches:
            of.setdefault(touch.finger, []).append(touch)
        for number, (first, second) in enumerate(permutations(of, 2)):
            yield of[first][number % len(of[first])], of[second][(number // 2) % len(of[second])], of


def _part(touches: Sequence[Impression], *, held: bool) -> list[Impression]:
    return [touch for touch in touches if (touch.finger in SET_ON) is not held]


def _impression(stem: str, image: Image, pipeline: Pipeline) -> Impression:
    finger, number = map(int, stem.split("_"))
    return Impression(finger, number, image, _observe(pipeline, image))


def _observe(pipeline: Pipeline, image: Image) -> Observation:
    return pipeline.observe(FingerSample(0, 0.0, READER, image, 500.0))


def _moved(image: Image, degrees: float, right: float = 0.0, down: float = 0.0) -> Image:
    height, width = image.shape
    move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    move[0, 2] += right
    move[1, 2] += down
    return np.asarray(cv2.warpAffine(image, move, (width, height), borderValue=(GROUND,)), np.uint8)


def _compressed(image: Image, quality: int) -> Image:
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
