"""All presentations of a test judged together (ISO/IEC 30107-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.templates import Template
from mlid_desktop.station.attack_tests.windows import (
    ErrorShare,
    HeldOut,
    Matching,
    WindowResult,
    accepted_attack_share,
    cut_windows,
    leave_one_out,
    refused_bona_fide_share,
    verified_attack_share,
)
from mlid_desktop.station.documents.exact_interval import Interval, exact_interval
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, ObservedFrame, ObservedPresentation

Shown = Mapping[str, Sequence[ObservedPresentation]]


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Frames of one kind of presentation, and how many of them gave no liveness that may be judged."""

    frames: int
    not_judged: int

    @property
    def rate(self) -> float:
        """The share of frames that was not judged: the non-response rate of ISO/IEC 30107-3."""
        return self.not_judged / self.frames if self.frames else 0.0


@dataclass(frozen=True, slots=True)
class SinglePictures:
    """Presentations of fewer frames than a window, which the desk never accepts: how many were shown and could be
    judged, and of how many the frames alone look alive."""

    shown: int
    judged: int
    alive: int


@dataclass(frozen=True, slots=True, eq=False)
class AttackResult:
    """The result of a test: APCER and IAPAR by species and BPCER, at the policy's threshold and with each person left
    out of finding one. Presentations of fewer frames than a window are in ``singles`` alone."""

    rules: AttackRules
    apcer: dict[str, ErrorShare]
    iapar: dict[str, ErrorShare]
    bpcer: ErrorShare
    windows: dict[str, tuple[WindowResult, ...]]
    singles: dict[str, SinglePictures]
    held_out: tuple[HeldOut, ...]
    steps_ms: tuple[Mapping[str, float], ...]
    fta: float
    fta_interval: Interval
    not_judged: dict[str, NotJudged]


def judge_presentations(shown: Shown, rules: AttackRules, matching: Matching | None = None) -> AttackResult:
    """Judges what was shown, by species; bona fide presentations stand under ``BONA_FIDE``. An attack is compared with
    the best bona fide frame of the person it is of."""
    enrolled = _references(shown.get(BONA_FIDE, ()))
    windows, singles, not_judged = {}, {}, {}
    for name, presentations in shown.items():
        whole = [
            presentation
            for presentation in presentations
            if len(presentation.frames) >= rules.window or not presentation.frames
        ]
        short = [presentation for presentation in presentations if 0 < len(presentation.frames) < rules.window]
        windows[name] = tuple(
            window
            for presentation in whole
            for window in cut_windows(
                presentation, rules.window, None if name == BONA_FIDE else enrolled.get(presentation.person), matching
            )
        )
        if short:
            singles[name] = _singles(short, rules)
        frames = [frame for presentation in whole for frame in presentation.frames]
        not_judged[name] = NotJudged(len(frames), sum(frame.liveness is None for frame in frames))
    attacks = [name for name in shown if name != BONA_FIDE]
    all_frames = [
        frame for presentations in shown.values() for presentation in presentations for frame in presentation.frames
    ]
    missing = sum(frame.liveness is None for frame in all_frames)
    living = windows.setdefault(BONA_FIDE, ())
    return AttackResult(
        rules,
        {name: accepted_attack_share(windows[name], rules) for name in attacks},
        {name: verified_attack_share(windows[name], rules) for name in attacks},
        refused_bona_fide_share(living, rules),
        windows,
        singles,
        leave_one_out(windows),
        tuple(frame.steps_ms for frame in all_frames),
        missing / len(all_frames) if all_frames else 1.0,
        exact_interval(missing, len(all_frames)),
        not_judged,
    )


def _references(bona_fide: Sequence[ObservedPresentation]) -> dict[str, Template]:
    best: dict[str, ObservedFrame] = {}
    for presentation in bona_fide:
        for frame in presentation.frames:
            known = best.get(presentation.person)
            if frame.template is not None and (known is None or frame.quality > known.quality):
                best[presentation.person] = frame
    return {person: frame.template for person, frame in best.items() if frame.template is not None}


def _singles(short: Sequence[ObservedPresentation], rules: AttackRules) -> SinglePictures:
    liveness = [
        [frame.liveness for frame in presentation.frames if frame.liveness is not None] for presentation in short
    ]
    known = [values for values in liveness if values]
    alive = sum(sum(values) / len(values) >= rules.threshold for values in known)
    return SinglePictures(len(short), len(known), alive)
