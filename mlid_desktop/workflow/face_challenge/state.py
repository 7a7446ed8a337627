"""The active challenge of a face: random actions, asked one at a time of one person who is watched throughout.

A value that :meth:`FaceChallenge.advance` carries from frame to frame; time is the frames' own. It says nothing of who
the person is: it vouches that whoever moved on demand is the one whose neutral frames begin and end it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from mlid_desktop.domain.decisions import ChallengeOutcome
from mlid_desktop.domain.observations import ActionKind, Evidence, FaceAction, FaceMotion, Observation, Region
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.workflow.face_challenge.actions import (
    is_neutral,
    is_one_scene,
    likeness_floor,
    neutral_of,
    strength,
    strongest_other,
)
from mlid_desktop.workflow.face_challenge.draw import ChallengeDraw

LONGEST_GAP_S = 0.2  # between two frames with the face: enough to put another in its place
SIMULATED_GAP_S = 5.0  # a person who is drawn waits for the machine, and vouches for nobody
ACTION_S, REST_S = 5.0, 8.0  # for an action, and for coming to rest before it
SOONEST_S = 0.15  # nobody reacts sooner: whatever moves then has not waited to be asked
HOLD_S, HELD_FRAMES = 0.3, 2  # heads that nod along with speech are there for less
MOUTH_HOLD_S = 0.5  # no syllable holds it open for so long
WRONG_S, WRONG = 0.2, 0.8  # another action, done so far and so long, while the one asked is not half done
HALF_DONE = 0.5
REST_FRAMES = 3
MOST_MISSES = 2  # in the whole challenge, and one for each action


class ChallengePhase(StrEnum):
    """What is asked now. ``CLOSING``: every action is done, the person looks ahead for the frames that are compared.
    ``BROKEN``: something else was done than was asked, or it was no longer certain that one person did all of it."""

    REST = "rest"
    ACT = "act"
    CLOSING = "closing"
    NOT_MET = "not_met"
    NOT_POSSIBLE = "not_possible"
    BROKEN = "broken"


RUNNING = frozenset({ChallengePhase.REST, ChallengePhase.ACT, ChallengePhase.CLOSING})


@dataclass(frozen=True, slots=True, eq=False)
class FaceChallenge:
    """One challenge. ``anchor`` is the observation that everybody seen must be like; ``threshold`` the score that says
    so of neutral frames (None: nobody is compared with anybody). ``last`` is the newest observation with a face;
    ``position`` counts the actions that are done; ``settled`` holds once the person has come to rest in this step."""

    draw: ChallengeDraw
    anchor: Observation
    last: Observation
    neutral: FaceMotion
    threshold: float | None
    liveness: float
    phase: ChallengePhase = ChallengePhase.REST
    position: int = 0
    since: float = 0.0
    at_rest: tuple[tuple[float, FaceMotion], ...] = ()
    held: tuple[float, ...] = ()
    wrong: tuple[float, ...] = ()
    settled: bool = False
    shown: bool = False
    missed: frozenset[int] = frozenset()
    misses: int = 0
    slow: bool = False
    latest: FaceAction | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether frames still change it."""
        return self.phase in RUNNING

    @property
    def outcome(self) -> ChallengeOutcome:
        """What has become of it so far: passed only once every action is done."""
        if self.phase is ChallengePhase.CLOSING:
            return ChallengeOutcome.PASSED
        return ChallengeOutcome.NOT_POSSIBLE if self.phase is ChallengePhase.NOT_POSSIBLE else ChallengeOutcome.NOT_MET

    @property
    def asked(self) -> FaceAction | None:
        """The action that is asked now; None while none is."""
        return self.draw.actions[self.position] if self.phase is ChallengePhase.ACT else None

    @property
    def repeated(self) -> bool:
        """Whether the present action is asked, or will be, for the second time."""
        return self.position in self.missed

    @property
    def passive_rests(self) -> bool:
        """Whether the passive check says nothing now: a face that comes closer, or goes back, outgrows its crops."""
        coming = self.asked is FaceAction.COME_CLOSER
        return coming or (self.phase is ChallengePhase.REST and self.latest is FaceAction.COME_CLOSER)

    def give_more_time(self) -> FaceChallenge:
        """Every step may take twice as long from now on, the present one from its beginning; once."""
        if self.slow or not self.running:
            return self
        return replace(self, slow=True, since=self.last.sample.captured_at)

    def swap(self) -> FaceChallenge:
        """The person cannot do what is asked, or was asked just now: another kind of action takes its place, at no
        cost. Without an action that was shown there is nothing to swap."""
        if self.asked is None and not (self.phase is ChallengePhase.REST and self.repeated):
            return self
        other = self.draw.swap(self.position)
        if other is None:
            return replace(self, phase=ChallengePhase.NOT_POSSIBLE)
        latest = self.latest if self.asked is None else self.asked
        return replace(self._rest(), draw=other, missed=self.missed - {self.position}, latest=latest)

    def advance(self, evidence: Evidence) -> FaceChallenge:
        """The challenge after one more frame."""
        if not self.running:
            return self
        observation = evidence.observation
        if self._is_broken(evidence):
            return replace(self, phase=ChallengePhase.BROKEN)
        motion = observation.motion
        if motion is None or not observation.regions:
            return self
        now = observation.sample.captured_at
        seen = replace(self, last=observation)
        if seen.phase is ChallengePhase.ACT:
            return seen._while_asked(motion, now)
        if seen.phase is ChallengePhase.REST:
            return seen._while_resting(evidence, motion, now)
        overdue = now - self.since > self._times(REST_S)
        return replace(seen, phase=ChallengePhase.NOT_MET) if overdue else seen

    def confirms(self, evidence: Evidence) -> bool:
        """Whether a frame shows the person at rest, as certainly as a decision asks, and passes the attack check."""
        observation = evidence.observation
        if observation.motion is None or not observation.usable or not is_neutral(observation.motion, self.neutral):
            return False
        return self._is_alike(evidence, self.threshold) and self._is_alive(observation)

    def _is_broken(self, evidence: Evidence) -> bool:
        """Whether anything could have been put in the person's place before this frame."""
        observation, before = evidence.observation, self.last
        if not observation.is_of_same_source(before):
            return True
        seconds = observation.sample.captured_at - before.sample.captured_at
        longest = SIMULATED_GAP_S if observation.provenance.kind is SourceKind.SIMULATED else LONGEST_GAP_S
        if not 0.0 < seconds <= longest:
            return True
        if observation.motion is None or not observation.regions:
            return False  # the time since the last frame with a face tells
        floor = None
        if self.threshold is not None:
            floor = likeness_floor(self.threshold, observation.motion, self.neutral)
        if not self._is_alike(evidence, floor):
            return True
        return not _goes_on(before, observation, seconds)

    def _is_alike(self, evidence: Evidence, floor: float | None) -> bool:
        return floor is None or (evidence.continuity is not None and evidence.continuity >= floor)

    def _is_alive(self, observation: Observation) -> bool:
        if observation.provenance.kind is SourceKind.SIMULATED:
            return True
        attack = observation.attack
        return attack is not None and attack.judged and attack.liveness >= self.liveness

    def _while_resting(self, evidence: Evidence, motion: FaceMotion, now: float) -> FaceChallenge:
        """At rest for as long as was drawn; then the next action, or the end. Whoever moves unasked begins anew."""
        rest_s = now - self.since
        if self.confirms(evidence):
            at_rest = (*self.at_rest, (now, motion))
            settled = self.settled or len(at_rest) >= REST_FRAMES
            return replace(self, at_rest=at_rest, wrong=(), settled=settled)._after_rest(now)
        if self._moved_unasked(motion):
            wrong = (*self.wrong, now)
            done = len(wrong) >= HELD_FRAMES and now - wrong[0] >= WRONG_S
            return replace(self, phase=ChallengePhase.BROKEN) if done else replace(self, wrong=wrong)
        moved = not is_neutral(motion, self.neutral)
        if moved and not self.settled and not self.shown:
            return self._with_neutral(evidence, motion, rest_s)
        resting = replace(self, at_rest=() if moved else self.at_rest)
        return resting._miss() if rest_s > self._times(REST_S) else resting

    def _with_neutral(self, evidence: Evidence, motion: FaceMotion, rest_s: float) -> FaceChallenge:
        """The neutral pose is the one in which the person comes to rest before anything is asked, not the one in which
        they came before the camera; who it is hangs together frame by frame, as certainly as a decision asks."""
        if rest_s > self._times(REST_S):
            return self._miss()
        if not evidence.observation.usable or not self._is_alike(evidence, self.threshold):
            return self
        return replace(self, neutral=motion, anchor=evidence.observation, at_rest=())

    def _moved_unasked(self, motion: FaceMotion) -> bool:
        """Once at rest, nobody moves; whoever still comes back from an action, or is late with it, does no other."""
        if not self.settled and self.latest is not None:
            return self._does_another(self.latest, motion)
        return self.settled and max(strength(action, motion, self.neutral) for action in FaceAction) >= 1.0

    def _does_another(self, action: FaceAction, motion: FaceMotion) -> bool:
        """Whether another action is done, and this one neither half nor half as far: a head that turns far is lifted a
        little too."""
        other = strongest_other(action, motion, self.neutral)
        return other >= WRONG and strength(action, motion, self.neutral) < HALF_DONE * max(1.0, other)

    def _after_rest(self, now: float) -> FaceChallenge:
        enough = len(self.at_rest) >= REST_FRAMES and now - self.at_rest[0][0] >= self.draw.pauses_s[self.position]
        if not enough:
            return self
        neutral = neutral_of([motion for _, motion in self.at_rest])
        done = self.position == len(self.draw.actions)
        phase = ChallengePhase.CLOSING if done else ChallengePhase.ACT
        return replace(self, phase=phase, neutral=neutral, since=now, held=(), wrong=(), shown=self.shown or not done)

    def _while_asked(self, motion: FaceMotion, now: float) -> FaceChallenge:
        action = self.draw.actions[self.position]
        asked_at = self.since
        done = strength(action, motion, self.neutral)
        if done >= 1.0 and done >= strongest_other(action, motion, self.neutral):
            held = (*self.held, now)
            if held[0] - asked_at < SOONEST_S:
                return replace(self, phase=ChallengePhase.BROKEN)
            hold_s = MOUTH_HOLD_S if action.kind is ActionKind.MOUTH else HOLD_S
            finished = len(held) >= HELD_FRAMES and now - held[0] >= hold_s
            return self._finish(action) if finished else replace(self, held=held, wrong=())
        wrong = (*self.wrong, now) if self._does_another(action, motion) else ()
        if len(wrong) >= HELD_FRAMES and now - wrong[0] >= WRONG_S:
            return replace(self, phase=ChallengePhase.BROKEN)
        if now - asked_at > self._times(ACTION_S):
            return self._miss()
        return replace(self, held=(), wrong=wrong)

    def _finish(self, action: FaceAction) -> FaceChallenge:
        return replace(self._rest(), position=self.position + 1, latest=action)

    def _miss(self) -> FaceChallenge:
        """The action is asked once more, or the challenge is not met."""
        if self.position in self.missed or self.misses >= MOST_MISSES:
            return replace(self, phase=ChallengePhase.NOT_MET)
        again = replace(self._rest(), missed=self.missed | {self.position}, misses=self.misses + 1)
        return replace(again, latest=self.latest if self.asked is None else self.asked)

    def _rest(self) -> FaceChallenge:
        since = self.last.sample.captured_at
        return replace(self, phase=ChallengePhase.REST, since=since, at_rest=(), held=(), wrong=(), settled=False)

    def _times(self, seconds: float) -> float:
        return 2.0 * seconds if self.slow else seconds


def begin_challenge(
    draw: ChallengeDraw, gathered: tuple[Evidence, ...], threshold: float | None, liveness: float
) -> FaceChallenge | None:
    """A challenge of the person in these frames, whose middle is the neutral pose; None where nothing moved could be
    seen in them. ``liveness`` is what a frame at rest must have."""
    motions = [evidence.observation.motion for evidence in gathered if evidence.observation.motion is not None]
    if not motions or len(motions) < len(gathered):
        return None
    last = gathered[-1].observation
    since = last.sample.captured_at
    return FaceChallenge(draw, gathered[0].observation, last, neutral_of(motions), threshold, liveness, since=since)


def _goes_on(before: Observation, after: Observation, seconds: float) -> bool:
    if before.motion is None or after.motion is None or not before.regions or not after.regions:
        return False
    sample = after.sample
    shape = sample.image.shape[:2] if isinstance(sample, FrameSample) else (1, 1)
    first: tuple[FaceMotion, Region] = (before.motion, before.regions[0])
    return is_one_scene(first, (after.motion, after.regions[0]), seconds, (shape[0], shape[1]))
