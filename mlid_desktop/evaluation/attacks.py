"""How well presentation attacks are told from bona fide presentations (ISO/IEC 30107-3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlid_desktop.decision.attack import judge_window
from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Pipeline, Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.evaluation.collecting import CollectingSession
from mlid_desktop.evaluation.datasets import Presentation
from mlid_desktop.evaluation.metrics import Interval, share_interval
from mlid_desktop.station.errands import delivered
from mlid_desktop.station.runner import run_capture

OpenSource = Callable[[str, Modality], Source]
Progress = Callable[[float, str], None]

EDGE = 1e-6  # keeps log-odds finite
BONA_FIDE = "bona fide"


@dataclass(frozen=True, slots=True)
class Window:
    """One disjoint window of one presentation: its mean liveness, None where no frame gave evidence."""

    person: str
    liveness: float | None


@dataclass(frozen=True, slots=True)
class ErrorShare:
    """Errors among windows with the exact interval; windows without a response are counted apart."""

    errors: int
    windows: int
    non_response: int
    rate: float
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A threshold found without one person, and the errors that person's windows then make."""

    person: str
    threshold: float
    attacks_accepted: int
    bona_fide_refused: int


@dataclass(frozen=True, slots=True, eq=False)
class AttackResult:
    """APCER by species and BPCER at the policy's threshold, and with each person left out of finding one."""

    rules: AttackRules
    apcer: dict[str, ErrorShare]
    bpcer: ErrorShare
    windows: dict[str, tuple[Window, ...]]
    held_out: tuple[HeldOut, ...]


def evaluate_attacks(
    bona_fide: Sequence[Presentation],
    attacks: Mapping[str, Sequence[Presentation]],
    rules: AttackRules,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
) -> AttackResult:
    """Every presentation through the one road, cut into disjoint windows of the policy's length."""
    species = {BONA_FIDE: bona_fide, **attacks}
    total = sum(len(presentations) for presentations in species.values())
    done = 0
    windows: dict[str, tuple[Window, ...]] = {}
    for name, presentations in species.items():
        rows: list[Window] = []
        for presentation in presentations:
            rows += _windows(presentation, rules, pipeline, open_source)
            done += 1
            progress(done / total, presentation.person)
        windows[name] = tuple(rows)
    return AttackResult(
        rules,
        {name: _accepted(windows[name], rules) for name in attacks},
        _refused(windows[BONA_FIDE], rules),
        windows,
        _leave_one_out(windows),
    )


def _windows(
    presentation: Presentation, rules: AttackRules, pipeline: Pipeline, open_source: OpenSource
) -> list[Window]:
    """A rest shorter than half a window is not judged on its own; a shorter presentation is one window."""
    liveness: list[float | None] = []

    def note(published: object) -> None:
        if isinstance(published, CollectingSession) and published.latest is not None and not published.ended:
            attack = published.latest.observation.attack
            liveness.append(None if attack is None else attack.liveness)

    try:
        with delivered(open_source(presentation.address, Modality.FACE)) as items:
            run_capture(CollectingSession(FACE), items, pipeline, publish=note)
    except DeviceError:
        return [Window(presentation.person, None)]
    starts = range(0, max(1, len(liveness)), rules.window)
    cut = [liveness[start : start + rules.window] for start in starts]
    whole = [one for one in cut if 2 * len(one) >= rules.window] or cut[:1]
    return [Window(presentation.person, _mean(one)) for one in whole]


def _mean(liveness: Sequence[float | None]) -> float | None:
    known = [value for value in liveness if value is not None]
    return sum(known) / len(known) if known else None


def _suspected(window: Window, rules: AttackRules) -> bool:
    finding = judge_window([window.liveness], rules, SourceKind.RECORDED, ended=True)
    return finding.verdict is AttackVerdict.SUSPECTED


def _accepted(windows: Sequence[Window], rules: AttackRules) -> ErrorShare:
    judged = [window for window in windows if window.liveness is not None]
    return _share(sum(not _suspected(window, rules) for window in judged), len(judged), len(windows) - len(judged))


def _refused(windows: Sequence[Window], rules: AttackRules) -> ErrorShare:
    judged = [window for window in windows if window.liveness is not None]
    return _share(sum(_suspected(window, rules) for window in judged), len(judged), len(windows) - len(judged))


def _share(errors: int, windows: int, non_response: int) -> ErrorShare:
    rate = errors / windows if windows else 0.0
    return ErrorShare(errors, windows, non_response, rate, share_interval(errors, windows))


def _leave_one_out(windows: Mapping[str, Sequence[Window]]) -> tuple[HeldOut, ...]:
    """For each bona fide person: the middle of the gap, in log-odds, between the other people's best attack and worst
    bona fide window; then that person's own windows under it."""
    bona_fide = [one for one in windows[BONA_FIDE] if one.liveness is not None]
    attacks = [one for name, rows in windows.items() if name != BONA_FIDE for one in rows if one.liveness is not None]
    rounds = []
    for person in sorted({one.person for one in bona_fide}):
        kept = [one.liveness for one in bona_fide if one.person != person]
        fought = [one.liveness for one in attacks if one.person != person]
        if not kept or not fought:
            continue
        threshold = _middle(max(v for v in fought if v is not None), min(v for v in kept if v is not None))
        rounds.append(
            HeldOut(
                person,
                threshold,
                sum((one.liveness or 0.0) >= threshold for one in attacks if one.person == person),
                sum((one.liveness or 0.0) < threshold for one in bona_fide if one.person == person),
            )
        )
    return tuple(rounds)


def _middle(low: float, high: float) -> float:
    odds = [math.log(max(EDGE, value) / max(EDGE, 1.0 - value)) for value in (low, high)]
    return 1.0 / (1.0 + math.exp(-sum(odds) / 2.0))
