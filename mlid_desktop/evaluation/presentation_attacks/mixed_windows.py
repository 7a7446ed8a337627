"""Evaluation of mixed windows: a living helper and an attack instrument of another person before the camera in one
window.

The attacker knows the rules and picks the frames: for each pair of a helper and a victim, each number of attack frames
in the window and each frame that the window could begin with, the frames that go on with it and look most alive. The
windows go through the capture and the decision of the desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import numpy as np

from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict, AttemptState, Verdict
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.observations import Comparison, Evidence, Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.datasets import Presentation
from mlid_desktop.evaluation.observations import OpenSource, Progress, observe_source
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from mlid_desktop.workflow.verification import VerificationSession

KEPT_SIDE = 24  # pixels of a frame that are kept: enough to tell one frame from another
FREE = AttemptState(0, 10, 0.0, locked_out=False)
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MixedResult:
    """The result of mixed windows, by number of attack frames in the window: pairs of helper and victim that were
    tried, those that could verify as the victim, and those whose capture passed for an enrolment with the attack's face
    in it."""

    pairs: int
    verified: dict[int, int]
    enrolled: dict[int, int]


def mixed_document(result: MixedResult) -> dict[str, Any]:
    """The numbers of a mixed-window evaluation, for a report."""
    return {
        "pairs": result.pairs,
        "verified": {str(count): pairs for count, pairs in result.verified.items()},
        "enrolled": {str(count): pairs for count, pairs in result.enrolled.items()},
    }


@dataclass(frozen=True, slots=True)
class DecidingDesk:
    """The rules, calibrations and pipeline that decide at the desk."""

    policy: Policy
    calibrations: Calibrations
    pipeline: Pipeline


def evaluate_mixed(
    bona_fide: Sequence[Presentation],
    attacks: Sequence[Presentation],
    desk: DecidingDesk,
    open_source: OpenSource,
    progress: Progress,
) -> MixedResult:
    """Tries mixed windows of all pairs of a helper among the bona fide people and another person of whom there is an
    attack too; each victim is enrolled by the best frame of their bona fide presentation."""
    total = len(bona_fide) + len(attacks)
    living = {window.person: _observed(window, desk, open_source) for window in bona_fide}
    progress(len(living) / total, "")
    shown = {attack.person: _observed(attack, desk, open_source) for attack in attacks if attack.person in living}
    progress(1.0, "")
    return try_pairs(living, shown, desk)


def try_pairs(
    living: Mapping[str, Sequence[Observation]], shown: Mapping[str, Sequence[Observation]], desk: DecidingDesk
) -> MixedResult:
    """Tries mixed windows of every helper and victim on observations that were made before."""
    window = plan_capture(FACE, desk.policy, desk.calibrations, "verification").frames
    counts = range(1, window)
    verified, enrolled = dict.fromkeys(counts, 0), dict.fromkeys(counts, 0)
    pairs = [(helper, victim) for helper, victim in product(living, shown) if helper != victim]
    for helper, victim in pairs:
        reference = max(living[victim], key=lambda observation: observation.quality.unified, default=None)
        if reference is None or reference.template is None:
            continue
        scene = _Scene(living[helper], shown[victim], reference.template, desk)
        for count in counts:
            outcomes = [scene.outcome(window_of) for window_of in scene.windows(window, count)]
            verified[count] += any(verdict for verdict, _ in outcomes)
            enrolled[count] += any(kept for _, kept in outcomes)
    return MixedResult(len(pairs), verified, enrolled)


class _Scene:
    """One helper and one attack instrument: every frame scored against every other and against the reference."""

    def __init__(
        self, helper: Sequence[Observation], attack: Sequence[Observation], reference: Template, desk: DecidingDesk
    ) -> None:
        self._frames = [*helper, *attack]
        self._helpers = len(helper)
        self._desk = desk
        links = [_made(frame.linking_template) for frame in self._frames]
        alike = [[desk.pipeline.similarity(link, other) for other in links] for link in links]
        self._alike = np.array(alike).reshape(len(links), len(links))
        self._own = np.array([desk.pipeline.similarity(reference, _made(frame.template)) for frame in self._frames])
        self._alive = np.array([0.0 if frame.attack is None else frame.attack.liveness for frame in self._frames])
        plan = plan_capture(FACE, desk.policy, desk.calibrations, "verification")
        self._continues = plan.continuity_threshold or -np.inf
        asked = max(desk.policy.comparison.rate(FACE.modality), desk.calibrations[FACE.modality].limit_fmr)
        self._accepts = desk.calibrations[FACE.modality].threshold(asked)

    def windows(self, length: int, attacks: int) -> list[list[int]]:
        """Index lists of the windows that each first frame can begin: of the frames that continue it the most alive,
        and the most alive of those that match."""
        found = []
        for first in range(len(self._frames)):
            going_on = self._alike[first] >= self._continues
            going_on[first] = False
            for preferred in (self._alive, self._alive + 10.0 * (self._own >= self._accepts)):
                ranked = [int(index) for index in np.argsort(-preferred, kind="stable") if going_on[index]]
                helpers = [index for index in ranked if index < self._helpers][
                    : length - attacks - self._is_helper(first)
                ]
                shown = [index for index in ranked if index >= self._helpers][: attacks - (not self._is_helper(first))]
                if 1 + len(helpers) + len(shown) == length:
                    found.append([first, *helpers, *shown])
        return found

    def outcome(self, window: Sequence[int]) -> tuple[bool, bool]:
        """Whether a window verifies as the victim, and whether it passes for an enrolment with the attack's face as
        what is kept."""
        rules, calibrations = self._desk.policy, self._desk.calibrations
        circumstances = Circumstances("verification", demo=True, attested=True)
        session = VerificationSession("victim", rules, calibrations, circumstances, FREE, (FACE,))
        session = session.advance(events.CaptureStarted(FACE))
        for index in window:
            if session.capture is not None and not session.capture.finished:
                session = session.advance(self._evidence(index, window[0]))
        kept = self._is_kept(session.capture)
        session = session.advance(events.CaptureKept()).advance(events.CapturesFinished())
        return session.verdict is Verdict.ACCEPTED, kept

    def _is_kept(self, capture: CaptureState | None) -> bool:
        best = None if capture is None else capture.best
        if best is None or best.finding.verdict is not AttackVerdict.BONA_FIDE:
            return False
        return any(frame is best.observation for frame in self._frames[self._helpers :])

    def _evidence(self, index: int, first: int) -> Evidence:
        comparison = Comparison(float(self._own[index]), "victim", MADE_AT)
        return Evidence(self._frames[index], comparison, float(self._alike[first][index]))

    def _is_helper(self, index: int) -> bool:
        return index < self._helpers


def _made(template: Template | None) -> Template:
    if template is None:
        raise ValueError("an observation that can be gathered has a template")
    return template


def _observed(presentation: Presentation, desk: DecidingDesk, open_source: OpenSource) -> list[Observation]:
    """The observations that a capture of the presentation would gather, without the pictures."""
    seen: list[Observation] = []

    def note(observation: Observation) -> None:
        attack = observation.attack
        if observation.usable and attack is not None and attack.judged:
            seen.append(replace(observation, sample=_without_picture(observation), regions=()))

    with suppress(DeviceError):
        observe_source(presentation.address, FACE, desk.pipeline, open_source, note)
    return seen


def _without_picture(observation: Observation) -> FrameSample:
    sample = observation.sample
    if not isinstance(sample, FrameSample):
        raise TypeError("a face is observed on a camera frame")
    step = max(1, min(sample.image.shape[:2]) // KEPT_SIDE)
    return replace(sample, image=sample.image[::step, ::step].copy())
