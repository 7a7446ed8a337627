"""Captures one characteristic: takes of one or more samples, the best of them kept, all of them reviewable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.decision.challenge import challenge_outcome, challenge_required
from mlid_desktop.decision.pad import is_attack_like, judge_window
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.continuity import find_break, repeats_latest
from mlid_desktop.workflow.face_challenge.draw import ChallengeDraw
from mlid_desktop.workflow.face_challenge.state import ChallengePhase, FaceChallenge, begin_challenge
from mlid_desktop.workflow.take import Take, best_checked, compare_window, liveness_of

MOST_CHALLENGES = 2  # that show an action within one capture: each is one more try at guessing


@dataclass(frozen=True, slots=True, eq=False)
class CaptureState:
    """The state of a capture. Frozen: :meth:`advance` and :meth:`end` return the next state.

    ``broken_by`` is why the take last started again, where that needs words; ``too_near`` counts the samples that were
    good but could not be judged for an attack. ``waiting`` is a window that the active challenge follows, with what was
    gathered in it; ``challenges`` counts those that showed an action.
    """

    plan: CapturePlan
    takes: tuple[Take, ...] = ()
    gathering: tuple[Evidence, ...] = ()
    unusable: tuple[float | None, ...] = ()
    latest: Observation | None = None
    broken_by: Reason | None = None
    too_near: int = 0
    started_at: float | None = None
    ended: bool = False
    waiting: tuple[Take, tuple[Evidence, ...]] | None = None
    challenge: FaceChallenge | None = None
    challenges: int = 0

    def advance(self, evidence: Evidence) -> CaptureState:
        """The state after one more piece of evidence. A finished capture stays as it is."""
        if self.finished:
            return self
        observation = evidence.observation
        now = observation.sample.captured_at
        started = now if self.started_at is None else self.started_at
        seen = replace(self, latest=observation, started_at=started)
        if seen.waiting is not None:
            return seen._through_challenge(evidence)
        seen = seen._gather(evidence) if self._is_usable(observation) else seen._pass_over(observation)
        limit = None if observation.provenance.kind is SourceKind.RECORDED else self.plan.give_up_after_s
        overdue = limit is not None and now - started > limit
        return seen.end() if overdue and not seen.finished else seen

    def resume(self) -> CaptureState:
        """The state after a pause: whole takes stay, a take that was interrupted and the time until now do not. To a
        challenge it is a break like any other."""
        if self.waiting is None or self.challenge is None:
            return replace(self._without_challenge(), started_at=None)
        broken = replace(self, challenge=replace(self.challenge, phase=ChallengePhase.BROKEN))
        return broken._after_challenge(self.waiting[0])

    @property
    def needs_draw(self) -> bool:
        """Whether the actions of a challenge must be drawn for the capture to go on."""
        return self.waiting is not None and self.challenge is None and not self.finished

    def begin_challenge(self, draw: ChallengeDraw) -> CaptureState:
        """The actions were drawn. Where none is needed, nothing happens; where the models see no movement, or an action
        was shown too often already, the challenge is not met."""
        if not self.needs_draw or self.waiting is None:
            return self
        take, gathered = self.waiting
        liveness = 0.0 if self.plan.attack is None else self.plan.attack.threshold
        begun = begin_challenge(draw, gathered, self.plan.continuity_threshold, liveness)
        if begun is None or self.challenges >= MOST_CHALLENGES:
            return self._end_with(take, ChallengeOutcome.NOT_MET)
        return replace(self, challenge=begun)

    def give_more_time(self) -> CaptureState:
        """The person asks for more time."""
        return self if self.challenge is None else replace(self, challenge=self.challenge.give_more_time())

    def swap_action(self) -> CaptureState:
        """The person cannot do what is asked."""
        if self.challenge is None or self.waiting is None:
            return self
        return replace(self, challenge=self.challenge.swap())._after_challenge(self.waiting[0])

    def end(self) -> CaptureState:
        """The state after the source ended or the operator stopped: a take that is not whole is judged incomplete, from
        any source."""
        if self.finished:
            return self
        if self.waiting is not None:
            return self._end_with(self.waiting[0], ChallengeOutcome.NOT_MET)
        closed = self if self.takes or not self.gathering else self._close_take()
        return replace(closed, gathering=(), ended=True)

    def take_best_so_far(self) -> CaptureState:
        """The state after the operator's manual trigger: the takes that are whole count; without one, capturing goes
        on."""
        return replace(self, gathering=(), ended=True) if self.takes else self

    @property
    def finished(self) -> bool:
        """Whether the capture takes nothing more in."""
        return self.ended or len(self.takes) >= self.plan.takes or self.attack_suspected

    @property
    def attack_suspected(self) -> bool:
        """Whether any take was judged an attack; it is never outvoted by a later one."""
        return any(take.finding.verdict is AttackVerdict.SUSPECTED and take.finding.decides for take in self.takes)

    @property
    def best(self) -> Take | None:
        """The take of the highest quality, or a suspected one before it, which must not be hidden behind a better
        picture."""
        return max(self.takes, key=self._rank, default=None)

    @property
    def best_index(self) -> int | None:
        """Index of :attr:`best` among the takes."""
        return max(range(len(self.takes)), key=lambda index: self._rank(self.takes[index]), default=None)

    @property
    def anchor(self) -> Observation | None:
        """The observation that further samples of this capture must show the same person as."""
        if self.challenge is not None:
            return self.challenge.anchor
        if self.takes and self.plan.attack is not None:
            return self.takes[0].observation
        return self.gathering[0].observation if self.gathering else None

    @property
    def progress(self) -> float:
        """Progress towards what the plan asks, 0..1."""
        wanted = self.plan.takes * self.plan.frames
        have = len(self.takes) * self.plan.frames + min(len(self.gathering), self.plan.frames)
        return 1.0 if self.finished and self.takes else have / wanted

    @property
    def hint(self) -> Hint | None:
        """What the subject should do now; None while all is well or when done."""
        if self.finished or self.latest is None:
            return None
        return self.latest.hint or (Hint.MOVE_BACK if self._is_too_near(self.latest) else None)

    @property
    def obstacle(self) -> Reason | None:
        """Why an ended capture has no take; None where it has one, or goes on."""
        if not self.finished or self.takes:
            return None
        nearness = Reason.TOO_NEAR_TO_JUDGE if self.too_near else None
        return self.broken_by or nearness or Reason.NO_USABLE_CAPTURE

    @property
    def shortfall(self) -> Reason | None:
        """Why an ended capture has no whole take, where its samples gave a reason; None where it has one."""
        return None if any(take.frames >= self.plan.frames for take in self.takes) else self.broken_by

    @property
    def unusable_finding(self) -> AttackFinding:
        """The attack finding on samples that failed the quality gates, where nothing better was captured."""
        if self.latest is None:
            return AttackFinding(AttackVerdict.NOT_CHECKED)
        return judge_window(self.unusable, self.plan.attack, self.latest.provenance.kind)

    def _is_usable(self, observation: Observation) -> bool:
        good = observation.usable and observation.quality.unified >= self.plan.minimum_quality
        return good and not self._is_too_near(observation)

    def _is_too_near(self, observation: Observation) -> bool:
        judged = observation.attack is None or observation.attack.judged
        return self.plan.attack is not None and not judged

    def _pass_over(self, observation: Observation) -> CaptureState:
        if self._is_too_near(observation):
            return replace(self, too_near=self.too_near + 1)
        if observation.attack is None:
            return self
        window = self.plan.attack.window if self.plan.attack else 1
        return replace(self, unusable=(*self.unusable, observation.attack.liveness)[-window:])

    def _gather(self, evidence: Evidence) -> CaptureState:
        """The state after usable evidence: evidence that breaks with the take starts a new one, takes of another device
        or person do not count beside it, and one sample that speaks strongly for an attack ends the take."""
        if repeats_latest(self.gathering, evidence):
            return replace(self, broken_by=Reason.FRAMES_REPEATED)
        broken = find_break(self.gathering, evidence, self.plan.continuity_threshold)
        takes = self.takes if self._belongs_to_takes(evidence) else ()
        gathering = (*self.gathering, evidence) if broken is None and len(takes) == len(self.takes) else (evidence,)
        reason = self.broken_by if broken is None or broken.reason is None else broken.reason
        gathered = replace(self, gathering=gathering, takes=takes, broken_by=reason)
        return gathered._close_take() if gathered._is_whole() else gathered

    def _is_whole(self) -> bool:
        """Whether the take is as long as was planned, or ends at once by what its newest sample shows."""
        if len(self.gathering) >= self.plan.frames:
            return True
        newest = self.gathering[-1].observation
        decides = newest.provenance.kind is not SourceKind.SIMULATED
        return decides and is_attack_like(liveness_of(self.gathering[-1:]), self.plan.attack)

    def _belongs_to_takes(self, evidence: Evidence) -> bool:
        """Whether a sample is of the same device as the whole takes and, where attacks are looked for, of the same
        person: two people never share a capture."""
        here = evidence.observation.provenance
        made = [take.observation.provenance for take in self.takes]
        if any((source.kind, source.device) != (here.kind, here.device) for source in made):
            return False
        threshold = None if self.plan.attack is None else self.plan.continuity_threshold
        alike = evidence.continuity is not None and threshold is not None and evidence.continuity >= threshold
        return not made or threshold is None or alike

    def _close_take(self) -> CaptureState:
        """The take is whole, or ends at once. The first one that passes may have to wait for the challenge."""
        liveness = liveness_of(self.gathering)
        finding = judge_window(liveness, self.plan.attack, self._kind_of_take())
        best = best_checked(self.gathering, self.plan.attack)
        take = Take(best, finding, len(self.gathering), compare_window(self.gathering, best))
        if self._must_be_challenged(take):
            return replace(self, waiting=(take, self.gathering), gathering=())
        demanded, kind = self.plan.challenge_demanded, take.observation.provenance.kind
        outcome = challenge_outcome(self.plan.attack, finding, kind, self._reached, demanded=demanded)
        return replace(self._without_challenge(), takes=(*self.takes, replace(take, challenge=outcome)))

    @property
    def _reached(self) -> ChallengeOutcome:
        """What has become of the challenge of this capture, in this take or an earlier one."""
        if self.challenge is not None:
            return self.challenge.outcome
        passed = any(take.challenge is ChallengeOutcome.PASSED for take in self.takes)
        return ChallengeOutcome.PASSED if passed else ChallengeOutcome.NOT_NEEDED

    def _must_be_challenged(self, take: Take) -> bool:
        """Whether this is the window before the challenge. A recording cannot answer; what is suspected or not whole
        speaks for itself, and models that see no movement ask for none."""
        recorded = take.observation.provenance.kind is SourceKind.RECORDED
        if recorded or self._reached is not ChallengeOutcome.NOT_NEEDED:
            return False
        against = take.finding.decides and take.finding.verdict is not AttackVerdict.BONA_FIDE
        whole = take.frames >= self.plan.frames and take.observation.motion is not None
        demanded = self.plan.challenge_demanded
        return whole and not against and challenge_required(self.plan.attack, take.finding, demanded=demanded)

    def _through_challenge(self, evidence: Evidence) -> CaptureState:
        """One more frame while the challenge goes on. The passive check ends it as it ends a take, but for a face that
        comes closer."""
        if self.waiting is None or self.challenge is None:
            return self
        challenge = self.challenge.advance(evidence)
        shown = self.challenges + (challenge.shown and not self.challenge.shown)
        here = replace(self, challenge=challenge, challenges=shown)
        observation = evidence.observation
        decides = observation.provenance.kind is not SourceKind.SIMULATED and not challenge.passive_rests
        if decides and observation.usable and is_attack_like(liveness_of([evidence]), self.plan.attack):
            return replace(here, waiting=None, gathering=(evidence,))._close_take()
        if challenge.phase is ChallengePhase.CLOSING and challenge.confirms(evidence):
            here = here._gather_after_challenge(evidence)
        return here if here.waiting is None else here._after_challenge(self.waiting[0])

    def _gather_after_challenge(self, evidence: Evidence) -> CaptureState:
        """The frames that are compared: at rest, after the last action, of whoever did all of them."""
        if self.challenge is None or repeats_latest(self.gathering, evidence):
            return self
        if find_break(self.gathering, evidence, self.plan.continuity_threshold) is not None:
            return replace(self, challenge=replace(self.challenge, phase=ChallengePhase.BROKEN))
        gathered = replace(self, gathering=(*self.gathering, evidence))
        whole = len(gathered.gathering) >= self.plan.frames
        return replace(gathered, waiting=None)._close_take() if whole else gathered

    def _after_challenge(self, waited: Take) -> CaptureState:
        """Begins anew where it was broken, once; ends where it was not met or is not possible."""
        phase = None if self.challenge is None else self.challenge.phase
        if phase is ChallengePhase.BROKEN and self.challenges < MOST_CHALLENGES:
            return replace(self._without_challenge(), broken_by=Reason.SCENE_CHANGED, started_at=None)
        if phase is ChallengePhase.NOT_POSSIBLE:
            return self._end_with(waited, ChallengeOutcome.NOT_POSSIBLE)
        if phase in (ChallengePhase.NOT_MET, ChallengePhase.BROKEN):
            return self._end_with(waited, ChallengeOutcome.NOT_MET)
        return self

    def _end_with(self, take: Take, outcome: ChallengeOutcome) -> CaptureState:
        return replace(self, takes=(replace(take, challenge=outcome),), gathering=(), waiting=None, ended=True)

    def _without_challenge(self) -> CaptureState:
        return replace(self, gathering=(), waiting=None, challenge=None)

    def _kind_of_take(self) -> SourceKind:
        return self.gathering[0].observation.provenance.kind

    @staticmethod
    def _rank(take: Take) -> tuple[bool, int]:
        suspected = take.finding.decides and take.finding.verdict is AttackVerdict.SUSPECTED
        return suspected, take.quality
