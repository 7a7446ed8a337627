"""Series of what a challenge sees, for its benchmark: of videos, measured once, and of drawn people, measured at a few
points of every movement and read between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import cv2
import numpy as np

from mlid_desktop.domain.observations import AttackEvidence, FaceAction, FaceMotion, Observation, Region
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.motion import DISTANCE, Moment, act
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from mlid_desktop.synthetic.face.shading import Lighting

LIVE = Provenance(SourceKind.LIVE, DeviceIdentity("camera", "bench", "bench"))
RATE = 10.0  # frames a second that a desk looks at
UNSURE = AttackEvidence(0.6, "bench")  # the challenge is measured alone: the passive check neither helps nor ends it
MEASURES = ("turn", "lift", "turn_depth", "lift_depth", "size", "mouth", "mouth_shape")
SHARES = (0.0, 0.35, 0.7, 1.0)
FRAME = np.zeros((2, 2, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One frame: the observation, without its picture, or None without a face; ``shape`` is the frame's, ``seconds``
    its moment in the recording."""

    observation: Observation | None
    shape: tuple[int, int]
    seconds: float = 0.0

    def at(self, seconds: float) -> Observation | None:
        """The frame as if it had been taken then."""
        if self.observation is None:
            return None
        return replace(self.observation, sample=FrameSample(0, seconds, LIVE, _picture(self.shape)))


_PICTURES: dict[tuple[int, int], np.ndarray] = {}


def _picture(shape: tuple[int, int]) -> np.ndarray:
    """A picture of that size that takes no memory: only its size is looked at."""
    if shape not in _PICTURES:
        _PICTURES[shape] = np.broadcast_to(np.zeros(1, np.uint8), (*shape, 3))
    return _PICTURES[shape]


def measure_video(path: Path, pipeline: FacePipeline) -> list[Seen]:
    """The frames of a video, about ten a second."""
    video = cv2.VideoCapture(str(path))
    rate = video.get(cv2.CAP_PROP_FPS)
    step = max(1, round(rate / RATE))
    found: list[Seen] = []
    number = 0
    while True:
        whole, image = video.read()
        if not whole:
            return found
        if number % step == 0:
            found.append(replace(_seen(pipeline, np.asarray(image, np.uint8)), seconds=number / rate))
        number += 1


def _seen(pipeline: FacePipeline, image: np.ndarray) -> Seen:
    made = pipeline.observe(FrameSample(0, 0.0, LIVE, np.ascontiguousarray(image)))
    shape = (image.shape[0], image.shape[1])
    if made.motion is None or made.template is None:
        return Seen(None, shape)
    return Seen(replace(made, sample=FrameSample(0, 0.0, LIVE, FRAME), attack=UNSURE), shape)


def mirrored(series: Sequence[Seen]) -> list[Seen]:
    """The series as a mirror shows it."""
    return [_mirrored(frame) for frame in series]


def _mirrored(seen: Seen) -> Seen:
    observation = seen.observation
    if observation is None or observation.motion is None:
        return seen
    motion = observation.motion
    left, top, width, height = observation.regions[0].box
    return replace(
        seen,
        observation=replace(
            observation,
            regions=(Region((seen.shape[1] - left - width, top, width, height)),),
            motion=replace(
                motion,
                turn=-motion.turn,
                turn_depth=-motion.turn_depth,
                surroundings=np.ascontiguousarray(motion.surroundings[:, ::-1]),
            ),
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPerson:
    """A drawn person: motion, likeness and usability of every movement at some shares of it, and the scatter of the
    measures between frames of one pose."""

    motions: dict[FaceAction, list[FaceMotion]]
    likeness: dict[FaceAction, list[float]]
    usable: dict[FaceAction, list[bool]]
    boxes: dict[FaceAction, list[tuple[float, float, float, float]]]
    scatter: tuple[float, ...]
    template: Template
    base: Observation

    def frame(self, action: FaceAction, share: float, seconds: float, chance: Random) -> tuple[Observation, float]:
        """The observation at that share of a movement, and its likeness to the person at rest."""
        upper = max(1, int(np.searchsorted(SHARES, min(max(share, 0.0), 1.0))))
        weight = (min(max(share, 0.0), 1.0) - SHARES[upper - 1]) / (SHARES[upper] - SHARES[upper - 1])
        below, above = self.motions[action][upper - 1], self.motions[action][upper]

        def between(name: str, scatter: float) -> float:
            low, high = getattr(below, name), getattr(above, name)
            return float(low + weight * (high - low) + chance.gauss(0.0, scatter))

        values = {name: between(name, scatter) for name, scatter in zip(MEASURES, self.scatter, strict=True)}
        near = upper if weight > 0.5 else upper - 1
        low_box, high_box = self.boxes[action][upper - 1], self.boxes[action][upper]
        box = tuple(low + weight * (high - low) for low, high in zip(low_box, high_box, strict=True))
        likeness = self.likeness[action]
        observation = replace(
            self.base,
            sample=FrameSample(0, seconds, LIVE, _picture((720, 1280))),
            motion=replace(below, **values),  # type: ignore[arg-type] # the numbers alone
            regions=(Region((box[0], box[1], box[2], box[3])),),
            quality=replace(self.base.quality, components=()) if self.usable[action][near] else self.base.quality,
            template=self.template if self.usable[action][near] else None,
            attack=UNSURE,
        )
        return observation, likeness[upper - 1] + weight * (likeness[upper] - likeness[upper - 1])


def draw_person(seed: int, pipeline: FacePipeline) -> DrawnPerson | None:
    """A person under a light, and with a reach, of the seed's own; None where no face is found at rest."""
    chance = Random(seed)
    light = Lighting()
    portrait = SyntheticPortrait(sample_person(seed), light)
    reach = chance.uniform(0.85, 1.15)
    gain, noise = chance.uniform(0.6, 1.15), chance.uniform(0.0, 8.0)
    grain = np.random.default_rng(seed)

    def seen(moment: Moment, number: int) -> Observation | None:
        image = portrait.frame(moment.pose, moment.expression, number).astype(np.float32) * gain
        noisy = np.clip(image + grain.normal(0.0, noise, image.shape), 0, 255).astype(np.uint8)
        return _seen(pipeline, noisy).observation

    rest = [seen(Moment(HeadPose(distance=DISTANCE), Expression()), number) for number in range(5)]
    still = [frame for frame in rest if frame is not None and frame.motion is not None and frame.usable]
    if len(still) < 4 or still[0].template is None:
        return None
    made: dict[FaceAction, list[Observation]] = {}
    for action in FaceAction:
        moments = [
            act(Moment(HeadPose(distance=DISTANCE), Expression()), action, reach * share) for share in SHARES[1:]
        ]
        frames = [still[0], *(seen(moment, 9 + number) for number, moment in enumerate(moments))]
        made[action] = [frame if frame is not None else still[0] for frame in frames]
    motions = [frame.motion for frame in still if frame.motion is not None]
    first = still[0].template
    return DrawnPerson(
        {action: [frame.motion for frame in row if frame.motion is not None] for action, row in made.items()},
        {action: [_score(pipeline, first, frame) for frame in row] for action, row in made.items()},
        {action: [frame.usable for frame in row] for action, row in made.items()},
        {action: [frame.regions[0].box for frame in row] for action, row in made.items()},
        tuple(float(np.std([getattr(motion, name) for motion in motions])) for name in MEASURES),
        first,
        still[0],
    )


def _score(pipeline: FacePipeline, first: Template, other: Observation) -> float:
    return -1.0 if other.template is None else pipeline.similarity(first, other.template)
