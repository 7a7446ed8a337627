"""Evaluation of presentation attack detection: how well attacks are told from bona fide presentations (ISO/IEC
30107-3)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mlid_desktop.decision.pad import is_attack_like, judge_window
from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.evaluation.datasets import Presentation
from mlid_desktop.evaluation.metrics import Interval, share_interval
from mlid_desktop.evaluation.nearer import NearerPipeline
from mlid_desktop.evaluation.observations import OpenSource, Progress, observe_source

EDGE = 1e-6  # keeps log-odds finite
BONA_FIDE = "bona fide"


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One disjoint window of a presentation's frames: their mean and lowest liveness, None where no frame gave evidence
    that may be judged."""

    person: str
    liveness: float | None
    lowest: float | None = None


@dataclass(frozen=True, slots=True)
class FrameResult:
    """The result of one frame of a presentation: liveness, None without evidence that may be judged, and the
    milliseconds of each step."""

    liveness: float | None
    steps_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class ErrorShare:
    """The share of windows that were misjudged, with the exact interval; windows without a response are counted apart.
    ``people`` of ``of_people`` have one window or more among the errors."""

    errors: int
    windows: int
    non_response: int
    rate: float
    interval: Interval
    people: int = 0
    of_people: int = 0


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Frames of one kind of presentation, and how many of them gave no liveness that may be judged."""

    frames: int
    not_judged: int

    @property
    def rate(self) -> float:
        """The share of frames that was not judged: the non-response rate of ISO/IEC 30107-3."""
        return self.not_judged / self.frames if self.frames else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A liveness threshold found without one person, and the errors that this person's windows make at it."""

    person: str
    threshold: float
    attacks: int
    attacks_accepted: int
    bona_fide: int
    bona_fide_refused: int


@dataclass(frozen=True, slots=True, eq=False)
class AttackResult:
    """The result of an attack evaluation: APCER by species and BPCER, at the policy's threshold and with each person
    left out of finding one."""

    rules: AttackRules
    apcer: dict[str, ErrorShare]
    bpcer: ErrorShare
    windows: dict[str, tuple[WindowResult, ...]]
    held_out: tuple[HeldOut, ...]
    steps_ms: tuple[dict[str, float], ...]
    fta: float
    fta_interval: Interval
    not_judged: dict[str, NotJudged]


def evaluate_attacks(
    bona_fide: Sequence[Presentation],
    attacks: Mapping[str, Sequence[Presentation]],
    rules: AttackRules,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    nearer: Sequence[float] = (),
) -> AttackResult:
    """Observes every presentation with its pipeline, and judges disjoint windows of the policy's length. Attacks are
    shown once more for each of ``nearer``, so many times nearer, as a species of its own."""
    pipelines: dict[str, Pipeline] = dict.fromkeys((BONA_FIDE, *attacks), pipeline)
    held_nearer = {
        f"{name} x{zoom:g}": (presentations, zoom)
        for name, presentations in attacks.items()
        for zoom in dict.fromkeys(nearer)
    }
    pipelines |= {name: NearerPipeline(pipeline, zoom) for name, (_, zoom) in held_nearer.items()}
    attacks = {**attacks, **{name: presentations for name, (presentations, _) in held_nearer.items()}}
    species = {BONA_FIDE: bona_fide, **attacks}
    total = sum(len(presentations) for presentations in species.values())
    windows: dict[str, tuple[WindowResult, ...]] = {}
    not_judged: dict[str, NotJudged] = {}
    frames: list[FrameResult] = []
    done = 0
    for name, presentations in species.items():
        rows: list[WindowResult] = []
        before = len(frames)
        for presentation in presentations:
            seen = _frames(presentation, pipelines[name], open_source)
            judged = [frame.liveness for frame in seen if frame.liveness is not None]
            rows += cut(presentation.person, judged, rules.window)
            frames += seen
            done += 1
            progress(done / total, presentation.person)
        windows[name] = tuple(rows)
        own = frames[before:]
        not_judged[name] = NotJudged(len(own), sum(frame.liveness is None for frame in own))
    missing = sum(frame.liveness is None for frame in frames)
    return AttackResult(
        rules,
        {name: accepted(windows[name], rules) for name in attacks},
        refused(windows[BONA_FIDE], rules),
        windows,
        leave_one_out(windows),
        tuple(frame.steps_ms for frame in frames),
        missing / len(frames) if frames else 1.0,
        share_interval(missing, len(frames)),
        not_judged,
    )


def _frames(presentation: Presentation, pipeline: Pipeline, open_source: OpenSource) -> list[FrameResult]:
    """Results of a presentation's frames, as far as it could be read."""
    seen: list[FrameResult] = []

    def note(observation: Observation) -> None:
        attack = observation.attack
        liveness = attack.liveness if attack is not None and attack.judged else None
        seen.append(FrameResult(liveness, dict(observation.steps_ms)))

    with suppress(DeviceError):
        observe_source(presentation.address, FACE, pipeline, open_source, note)
    return seen


def cut(person: str, liveness: Sequence[float | None], length: int) -> list[WindowResult]:
    """Cuts the liveness of a presentation's frames into disjoint windows, each the mean of its frames with evidence. A
    rest shorter than half a window is not judged on its own; a shorter presentation is one window, and one without
    frames a window without a response."""
    parts = [liveness[start : start + length] for start in range(0, max(1, len(liveness)), length)]
    whole = [part for part in parts if 2 * len(part) >= length] or parts[:1]
    return [_window(person, part) for part in whole]


def _window(person: str, liveness: Sequence[float | None]) -> WindowResult:
    known = [value for value in liveness if value is not None]
    return WindowResult(person, sum(known) / len(known), min(known)) if known else WindowResult(person, None)


def _suspected(window: WindowResult, rules: AttackRules) -> bool:
    lowest = window.liveness if window.lowest is None else window.lowest
    alike = judge_window([window.liveness], rules, SourceKind.RECORDED).verdict is AttackVerdict.SUSPECTED
    return alike or is_attack_like([lowest], rules)


def accepted(windows: Sequence[WindowResult], rules: AttackRules) -> ErrorShare:
    """The share of attack windows that were not suspected."""
    return _share(
        [(window.person, not _suspected(window, rules)) for window in windows if window.liveness is not None], windows
    )


def refused(windows: Sequence[WindowResult], rules: AttackRules) -> ErrorShare:
    """The share of bona fide windows that were suspected."""
    return _share(
        [(window.person, _suspected(window, rules)) for window in windows if window.liveness is not None], windows
    )


def _share(judged: Sequence[tuple[str, bool]], presented: Sequence[WindowResult]) -> ErrorShare:
    """The share of windows that were misjudged, with the wider of two intervals: by window, and by person, whose
    windows go together."""
    count, people = sum(wrong for _, wrong in judged), {person for person, _ in judged}
    affected = {person for person, wrong in judged if wrong}
    rate = count / len(judged) if judged else 0.0
    by_window, by_person = share_interval(count, len(judged)), share_interval(len(affected), len(people))
    interval = Interval(min(by_window.low, by_person.low), max(by_window.high, by_person.high))
    missing = len(presented) - len(judged)
    return ErrorShare(count, len(judged), missing, rate, interval, len(affected), len(people))


def leave_one_out(windows: Mapping[str, Sequence[WindowResult]]) -> tuple[HeldOut, ...]:
    """Finds a threshold without each person in turn (the middle, in log-odds, between the other people's best attack
    and worst bona fide window), and judges that person's own windows by it. A person whose absence leaves one kind
    empty has no round."""
    bona_fide = _known(windows[BONA_FIDE])
    attacks = [window for name, rows in windows.items() if name != BONA_FIDE for window in _known(rows)]
    rounds = []
    for person in sorted({name for name, _ in (*bona_fide, *attacks)}):
        other_bona_fide = [value for name, value in bona_fide if name != person]
        other_attacks = [value for name, value in attacks if name != person]
        if other_bona_fide and other_attacks:
            threshold = middle(max(other_attacks), min(other_bona_fide))
            own_attacks = [value for name, value in attacks if name == person]
            own = [value for name, value in bona_fide if name == person]
            rounds.append(
                HeldOut(
                    person,
                    threshold,
                    len(own_attacks),
                    sum(value >= threshold for value in own_attacks),
                    len(own),
                    sum(value < threshold for value in own),
                )
            )
    return tuple(rounds)


def _known(windows: Sequence[WindowResult]) -> list[tuple[str, float]]:
    return [(window.person, window.liveness) for window in windows if window.liveness is not None]


def middle(low: float, high: float) -> float:
    """The middle of two shares on the scale of log-odds."""
    odds = [math.log(max(EDGE, value) / max(EDGE, 1.0 - value)) for value in (low, high)]
    return 1.0 / (1.0 + math.exp(-sum(odds) / 2.0))
