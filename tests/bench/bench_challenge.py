"""The active challenge: who answers it, which recordings pass it, who moves unasked, and what it costs.

Thresholds were set on the recordings that decision 26 names for setting, and on drawn people of seeds below 1000 and of
even seeds from there; the figures are given for those and for the others apart. The passive check takes no part: every
frame counts as unsure. Every frame is measured once; challenges are drawn on what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from mlid_desktop.domain.observations import Evidence, FaceAction, Observation
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.opening import open_face_pipeline
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.synthetic.face.motion import Manner
from mlid_desktop.workflow.face_challenge.actions import neutral_of, strength
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.state import (
    HELD_FRAMES,
    HOLD_S,
    MOUTH_HOLD_S,
    ChallengePhase,
    FaceChallenge,
    begin_challenge,
)
from tests.bench.challenge_cost import LIVENESS, THRESHOLD, WINDOW, measure_cost
from tests.bench.recorded_motion import DrawnPerson, Seen, draw_person, measure_video, mirrored
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, CHALLENGES, DRAWS = 50, 1_000, 10_000
FIRST_SEED = 1_000  # even seeds were set on
PACES_S = (2.6, 6.0)  # from one movement of a recording to the next
LONGEST_S, MOST_CHALLENGES = 90.0, 2
SET_ON = ("real", "fake", "phone_1", "bbaf2n", "brbk7n", "lbax4n", "talking/1", "talking/3")
TALKING = ("grid/", "talking/")

Ask = Callable[[float, Observation | None, FaceAction | None], Evidence | None]


def run(report: Report) -> None:
    """Every figure of decision 29."""
    if report.shared is None:
        report.note("no shared data: nothing to measure with")
        return
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    store = ModelStore(manifest, report.shared / "models" / "pack", 1)
    pipeline = open_face_pipeline(store, ROOT / "resources" / "face")
    videos = {_name(path): measure_video(path, pipeline) for path in _videos(report.shared)}
    turns_found(report, videos)
    talking_unasked(report, videos)
    people = {seed: draw_person(seed, pipeline) for seed in range(FIRST_SEED, FIRST_SEED + PEOPLE)}
    drawn = {seed: person for seed, person in people.items() if person is not None}
    report.figure("drawn people with a face at rest", len(drawn), f"of {PEOPLE}")
    people_answer(report, drawn)
    recordings_pass(report, videos, list(drawn.values()), Likeness(pipeline))
    measure_cost(report, pipeline, _videos(report.shared)[0])


def _videos(shared: Path) -> list[Path]:
    pad, av = shared / "data" / "pad", shared / "data" / "av"
    found = [
        *pad.glob("screen_replay_video/*.mp4"),
        *pad.glob("videos/*/*.mp4"),
        *av.glob("*/*.mp4"),
        *av.glob("*/*.mpg"),
    ]
    return sorted(found)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _was_set_on(name: str) -> bool:
    return any(name.endswith(ending) for ending in SET_ON)


def attempt(ask: Ask, chance: Random, *, swaps: bool = False) -> bool:
    """One capture: a window, then at most two challenges, as the desk runs them. Whether one was passed. ``swaps``:
    what was not seen at the first time is swapped for another movement when it is asked again."""
    now, shown = 0.0, 0
    challenge: FaceChallenge | None = None
    gathered: tuple[Evidence, ...] = ()
    while now < LONGEST_S:
        now += chance.uniform(0.09, 0.12)
        evidence = ask(
            now, None if challenge is None else challenge.anchor, None if challenge is None else challenge.asked
        )
        if evidence is None:
            continue
        if challenge is None:
            gathered = (*gathered, evidence) if evidence.observation.usable else gathered
            if len(gathered) == WINDOW:
                challenge, gathered = begin_challenge(draw_challenge(chance, shown), gathered, THRESHOLD, LIVENESS), ()
            continue
        before, challenge = challenge, challenge.advance(evidence)
        if swaps and challenge.asked is not None and challenge.repeated:
            challenge = challenge.swap()
        shown += challenge.shown and not before.shown
        if challenge.phase is ChallengePhase.CLOSING:
            return True
        if challenge.phase is ChallengePhase.BROKEN and shown < MOST_CHALLENGES:
            challenge = None
        elif not challenge.running:
            return False
    return False


def person_who_answers(person: DrawnPerson, chance: Random) -> Ask:
    """Does what is asked, after a lag and at a pace of its own."""
    asked: FaceAction | None = None
    begun, let_go = 0.0, None
    manner = Manner()

    def ask(now: float, anchor: Observation | None, action: FaceAction | None) -> Evidence:
        nonlocal asked, begun, let_go, manner
        del anchor
        if action is not None and (action is not asked or let_go is not None):
            asked, begun, let_go = action, now, None
            manner = Manner(chance.uniform(0.25, 1.2), chance.uniform(0.25, 0.8), 0.6, chance.uniform(0.3, 0.8), 4.0)
        elif action is None and asked is not None and let_go is None:
            let_go = now
        share = 0.0 if asked is None else manner.share(now - begun, None if let_go is None else let_go - begun)
        observation, likeness = person.frame(asked or FaceAction.TURN_LEFT, share, now, chance)
        return Evidence(observation, None, likeness)

    return ask


def person_recorded(person: DrawnPerson, chance: Random) -> Ask:
    """A recording of an answer to another challenge: the same movements at the same times, whatever is asked now, at
    a pace of its own, from that of a person who is asked at once to rests as long as any that is waited for."""
    script = draw_challenge(chance).actions
    pace = chance.uniform(*PACES_S)
    spans = [(2.0 + pace * number + chance.uniform(0.0, 0.6), action) for number, action in enumerate(script)]
    whole = 2.0 + pace * len(script)

    def ask(now: float, anchor: Observation | None, action: FaceAction | None) -> Evidence:
        del anchor, action
        moment = now % whole
        begun, done = next(
            ((at, action) for at, action in reversed(spans) if moment >= at), (0.0, FaceAction.TURN_LEFT)
        )
        share = Manner(0.0, 0.4, 0.8, 0.5).share(moment - begun, 0.8) if moment >= spans[0][0] else 0.0
        observation, likeness = person.frame(done, share, now, chance)
        return Evidence(observation, None, likeness)

    return ask


class Likeness:
    """How alike frames are, each pair compared once: the same ones are played many times."""

    def __init__(self, pipeline: FacePipeline) -> None:
        self._pipeline = pipeline
        self._known: dict[tuple[bytes, bytes], float] = {}

    def of(self, first: Template, second: Template) -> float:
        """The comparison score of two templates."""
        pair = first.payload, second.payload
        if pair not in self._known:
            self._known[pair] = self._pipeline.similarity(first, second)
        return self._known[pair]


def series_played(series: Sequence[Seen], start: int, likeness: Likeness) -> Ask:
    """A series of frames from ``start`` on, looped, whatever is asked."""
    number = start

    def ask(now: float, anchor: Observation | None, action: FaceAction | None) -> Evidence | None:
        nonlocal number
        del action
        observation = series[number % len(series)].at(now)
        number += 1
        if observation is None or observation.template is None:
            return None
        if anchor is None or anchor.template is None:
            return Evidence(observation)
        return Evidence(observation, None, likeness.of(anchor.template, observation.template))

    return ask


def cut_from_movements(series: Sequence[Seen], chance: Random) -> list[Seen]:
    """The movements of a recording in a random order, each with the rest around it."""
    length = 35
    parts = [list(series[start : start + length]) for start in range(0, max(1, len(series) - length), 8)]
    return [frame for _ in range(6) for frame in chance.choice(parts)] if parts else list(series)


def answered(people: Sequence[DrawnPerson], challenges: int, *, swaps: bool = False) -> tuple[float, list[float]]:
    """Percent of random challenges that these people answer in turn, and of each of them."""
    chance = Random(29)
    passed = [
        attempt(person_who_answers(people[number % len(people)], chance), chance, swaps=swaps)
        for number in range(challenges)
    ]
    by_person = [passed[number :: len(people)] for number in range(len(people))]
    return 100 * sum(passed) / len(passed), [100 * sum(own) / len(own) for own in by_person]


def people_answer(report: Report, people: Mapping[int, DrawnPerson]) -> None:
    """Random challenges answered by drawn people: by those that nothing was set on, and by all."""
    unseen = [person for seed, person in people.items() if seed % 2]
    share, by_person = answered(unseen, CHALLENGES // 2)
    report.figure("challenges answered by people of odd seeds (not set on)", share, "%")
    share, by_person = answered(list(people.values()), CHALLENGES)
    report.figure("challenges answered by drawn people", share, "%", at_least=98.0)
    report.figure("worst of these people", min(by_person), "%")
    report.figure("of these people answer every one", sum(own == 100 for own in by_person), f"of {len(by_person)}")
    swapped, by_person = answered(list(people.values()), CHALLENGES, swaps=True)
    report.figure("the same, who swap what was not seen", swapped, "%")


def recordings_pass(
    report: Report, videos: dict[str, list[Seen]], people: Sequence[DrawnPerson], likeness: Likeness
) -> None:
    """Recordings against drawn challenges: from every second, looped, mirrored, cut together; and of drawn people."""
    chance = Random(30)
    rates: dict[str, tuple[int, int]] = {}
    share = -(-DRAWS // (2 * len(videos)))
    for name, series in videos.items():
        passed = 0
        for draw in range(share):
            played = (series, mirrored(series), cut_from_movements(series, chance))[draw % 3]
            passed += attempt(series_played(played, draw // 3 * 10, likeness), chance)
        rates[name] = (passed, share)
    each = -(-DRAWS // (2 * len(people)))
    for number, person in enumerate(people):
        rates[f"drawn/{number}"] = (sum(attempt(person_recorded(person, chance), chance) for _ in range(each)), each)
    for name in videos:
        told = "set on" if _was_set_on(name) else "not set on"
        report.figure(f"{name} ({told}) passes", 100 * rates[name][0] / rates[name][1], f"% of {share}")
    drawn = [rate for name, rate in rates.items() if name.startswith("drawn/")]
    report.figure(
        "recordings of drawn people pass",
        100 * sum(passed for passed, _ in drawn) / sum(all_ for _, all_ in drawn),
        "%",
    )
    tried = sum(tries for _, tries in rates.values())
    report.figure(
        "recordings passing, of all", 100 * sum(passed for passed, _ in rates.values()) / tried, "%", at_most=0.1
    )
    report.figure(
        "recordings passing, worst", 100 * max(passed / of for passed, of in rates.values()), "%", at_most=1.0
    )
    report.figure("challenges that recordings were played against", tried, "")


def movements(series: Sequence[Seen]) -> list[tuple[float, FaceAction]]:
    """The movements that a series shows beside its first frames, each once when it begins."""
    seen = [(frame.seconds, frame.observation.motion) for frame in series if frame.observation]
    known = [(at, motion) for at, motion in seen if motion is not None]
    neutral = neutral_of([motion for _, motion in known[:WINDOW]])
    found: list[tuple[float, FaceAction]] = []
    held: dict[FaceAction, list[float]] = {action: [] for action in FaceAction}
    for at, motion in known:
        for action in FaceAction:
            held[action] = [*held[action], at] if strength(action, motion, neutral) >= 1.0 else []
            hold = MOUTH_HOLD_S if action is FaceAction.OPEN_MOUTH else HOLD_S
            whole = len(held[action]) >= HELD_FRAMES and at - held[action][0] >= hold
            if whole and action not in [other for when, other in found if at - when < 3.5]:
                found.append((at, action))
    return found


def turns_found(report: Report, videos: dict[str, list[Seen]]) -> None:
    """``real`` turns to the person's left, right, down and up, in this order."""
    shown = [action for _, action in movements(videos["screen_replay_video/real"])]
    order = [FaceAction.TURN_LEFT, FaceAction.TURN_RIGHT, FaceAction.LOOK_DOWN, FaceAction.LOOK_UP]
    positions = [shown.index(action) if action in shown else -1 for action in order[:3]]
    last = len(shown) - 1 - shown[::-1].index(FaceAction.LOOK_UP) if FaceAction.LOOK_UP in shown else -1
    right = (
        sum(position >= 0 for position in (*positions, last))
        if sorted(positions) == positions and last > positions[-1]
        else 0
    )
    report.figure("turns of `real` found in their direction and order", right, "of 4", at_least=4)


def talking_unasked(report: Report, videos: dict[str, list[Seen]]) -> None:
    """People who talk and were asked for nothing."""
    for told in (True, False):
        clips = [series for name, series in videos.items() if name.startswith(TALKING) and _was_set_on(name) is told]
        still = sum(not movements(series) for series in clips)
        label = "set on" if told else "not set on"
        report.figure(
            f"talking clips ({label}) that show no movement", still, f"of {len(clips)}", at_least=0.95 * len(clips)
        )
