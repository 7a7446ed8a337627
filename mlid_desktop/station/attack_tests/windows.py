"""Windows of presentations, judged by a policy's rules: the shares of attacks accepted and of people refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.pad import is_attack_like, judge_window
from mlid_desktop.decision.policy import AttackRules, Policy
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.templates import Template
from mlid_desktop.station.documents.exact_interval import Interval, exact_interval
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, ObservedFrame, ObservedPresentation
from mlid_desktop.workflow.take import IDENTITY_SHARE

EDGE = 1e-6  # keeps log-odds finite


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One disjoint window of a presentation's frames: their mean and lowest liveness, None where no frame gave evidence
    that may be judged. ``matches`` says whether the window compares as the person it is of, None where that cannot be
    said."""

    person: str
    liveness: float | None
    lowest: float | None = None
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """How windows are compared with the person they are of: a score, and the lowest that counts as that person."""

    similarity: Callable[[Template, Template], float]
    threshold: float


def match_threshold(policy: Policy, calibrations: Calibrations) -> float | None:
    """The lowest score that counts as the person's face at the desk, or at the strictest rate that the calibration
    carries; None without a calibration."""
    calibration = calibrations.get(Modality.FACE)
    if calibration is None:
        return None
    return calibration.threshold(max(policy.comparison.rate(Modality.FACE), calibration.limit_fmr))


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


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A liveness threshold found without one person, and the errors that this person's windows make at it."""

    person: str
    threshold: float
    attacks: int
    attacks_accepted: int
    bona_fide: int
    bona_fide_refused: int


def cut_windows(
    shown: ObservedPresentation, length: int, reference: Template | None = None, matching: Matching | None = None
) -> list[WindowResult]:
    """Cuts the frames of a presentation that may be judged into disjoint windows. A rest shorter than half a window is
    not judged on its own; a presentation without such frames is one window without a response."""
    frames = [frame for frame in shown.frames if frame.liveness is not None]
    parts = [frames[start : start + length] for start in range(0, max(1, len(frames)), length)]
    whole = [part for part in parts if 2 * len(part) >= length] or parts[:1]
    return [_window(shown.person, part, reference, matching) for part in whole]


def _window(
    person: str, frames: Sequence[ObservedFrame], reference: Template | None, matching: Matching | None
) -> WindowResult:
    liveness = [frame.liveness for frame in frames if frame.liveness is not None]
    if not liveness:
        return WindowResult(person, None)
    mean = sum(liveness) / len(liveness)
    return WindowResult(person, mean, min(liveness), _matches(frames, reference, matching))


def _matches(frames: Sequence[ObservedFrame], reference: Template | None, matching: Matching | None) -> bool | None:
    """Whether a low one of the window's comparisons, as at the desk, is that of the person."""
    if reference is None or matching is None:
        return None
    scores = sorted(matching.similarity(reference, frame.template) for frame in frames if frame.template is not None)
    if len(scores) < len(frames):
        return False
    return scores[int(IDENTITY_SHARE * len(scores))] >= matching.threshold


def is_suspected(window: WindowResult, rules: AttackRules) -> bool:
    """Whether a window that may be judged is taken for an attack."""
    lowest = window.liveness if window.lowest is None else window.lowest
    alike = judge_window([window.liveness], rules, SourceKind.RECORDED).verdict is AttackVerdict.SUSPECTED
    return alike or is_attack_like([lowest], rules)


def accepted_attack_share(windows: Sequence[WindowResult], rules: AttackRules) -> ErrorShare:
    """The share of attack windows that were not suspected."""
    known = [window for window in windows if window.liveness is not None]
    return _share([(window.person, not is_suspected(window, rules)) for window in known], len(windows) - len(known))


def refused_bona_fide_share(windows: Sequence[WindowResult], rules: AttackRules) -> ErrorShare:
    """The share of bona fide windows that were suspected."""
    known = [window for window in windows if window.liveness is not None]
    return _share([(window.person, is_suspected(window, rules)) for window in known], len(windows) - len(known))


def verified_attack_share(windows: Sequence[WindowResult], rules: AttackRules) -> ErrorShare:
    """The share of attack windows that were not suspected and compare as the person (IAPAR), among those that were
    compared."""
    known = [window for window in windows if window.liveness is not None and window.matches is not None]
    passed = [(window.person, bool(window.matches) and not is_suspected(window, rules)) for window in known]
    return _share(passed, len(windows) - len(known))


def _share(judged: Sequence[tuple[str, bool]], missing: int) -> ErrorShare:
    """The share of windows that were misjudged, with the wider of two intervals: by window, and by person, whose
    windows go together."""
    count, people = sum(wrong for _, wrong in judged), {person for person, _ in judged}
    affected = {person for person, wrong in judged if wrong}
    rate = count / len(judged) if judged else 0.0
    by_window, by_person = exact_interval(count, len(judged)), exact_interval(len(affected), len(people))
    interval = Interval(min(by_window.low, by_person.low), max(by_window.high, by_person.high))
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
