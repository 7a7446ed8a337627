"""What the active challenge costs: the time of a frame with it over that of one without."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.state import begin_challenge
from tests.bench.recorded_motion import measure_video
from tests.bench.report import Report

THRESHOLD, LIVENESS = 0.2376, 0.5  # the shipped calibration's score of one false match in 100,000
WINDOW = 6  # frames before the challenge


def measure_cost(report: Report, pipeline: FacePipeline, path: Path) -> None:
    """The time that a frame takes with the challenge over that without, in one run."""
    series = measure_video(path, pipeline)
    frames = [frame.observation for frame in series if frame.observation is not None]
    begun = time.perf_counter()
    chance = Random(1)
    steps = sum(_advanced(frames, chance) for _ in range(5))
    each_ms = 1000 * (time.perf_counter() - begun) / max(steps, 1)
    motion_ms = [dict(frame.steps_ms)["motion"] for frame in frames]
    whole_ms = [sum(spent for _, spent in frame.steps_ms) for frame in frames]
    middle, motion = (sorted(spent)[len(spent) // 2] for spent in (whole_ms, motion_ms))
    report.figure(
        "a frame with the challenge over one without", (middle + each_ms) / (middle - motion), "x", at_most=1.15
    )


def _advanced(frames: Sequence[Observation], chance: Random) -> int:
    gathered = tuple(Evidence(observation, None, 0.9) for observation in frames[:WINDOW])
    challenge = begin_challenge(draw_challenge(chance), gathered, THRESHOLD, LIVENESS)
    steps = 0
    for number, observation in enumerate(frames[WINDOW:]):
        if challenge is None or not challenge.running:
            break
        at = replace(observation, sample=replace(observation.sample, captured_at=0.1 * (number + 1)))
        challenge = challenge.advance(Evidence(at, None, 0.9))
        steps += 1
    return steps
