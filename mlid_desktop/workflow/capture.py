"""Captures one characteristic: takes of one or more samples, the best of them kept, all of them reviewable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlid_desktop.decision.pad import is_attack_like, judge_window
from mlid_desktop.decision.policy import AttackRules, Policy, Purpose
from mlid_desktop.decision.verdict import Calibrations
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Comparison, Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.workflow.continuity import find_break, repeats_latest

IDENTITY_SHARE = 0.2  # of a window's comparisons, the share that may lie below the one that is held against the policy


@dataclass(frozen=True, slots=True)
class CapturePlan:
    """The plan of a capture: ``takes`` takes of ``frames`` usable samples each; ``attack`` judges each take's samples.

    ``continuity_threshold`` is the lowest score between samples of one capture that is judged for attacks (None: not
    checked); ``give_up_after_s`` bounds a capture by the samples' own time (None: never); recordings end by themselves
    and repeat exactly.
    """

    characteristic: Characteristic
    takes: int
    frames: int = 1
    attack: AttackRules | None = None
    continuity_threshold: float | None = None
    minimum_quality: int = 0
    give_up_after_s: float | None = None


def plan_capture(
    characteristic: Characteristic, policy: Policy, calibrations: Calibrations, purpose: Purpose
) -> CapturePlan:
    """The plan that a policy asks of one characteristic.

    Where the modality's attack evidence is judged in windows, a take is one window. What belongs to one capture is held
    to the rate that the decision asks, or the strictest that the calibration carries. Raises
    ModelError(MODEL_POLICY_INVALID) for a modality that the policy does not capture.
    """
    rules = policy.capture.get(characteristic.modality)
    if rules is None:
        raise ModelError(Code.MODEL_POLICY_INVALID, where="capture", why=characteristic.modality.value)
    attack = policy.attack.get(characteristic.modality)
    calibration = calibrations.get(characteristic.modality)
    rate = policy.comparison.rate(characteristic.modality)
    return CapturePlan(
        characteristic,
        takes=rules.enrolment_takes if purpose == "enrolment" else rules.verification_takes,
        frames=attack.window if attack else 1,
        attack=attack,
        continuity_threshold=None
        if calibration is None
        else calibration.threshold(max(min(rules.continuity_fmr, rate), calibration.limit_fmr)),
        minimum_quality=rules.minimum_quality,
        give_up_after_s=rules.give_up_after_s,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One finished run of consecutive samples: its best evidence, its attack finding, and the comparison that counts
    for the whole run (see :func:`compare_window`; None without a reference)."""

    best: Evidence
    finding: AttackFinding
    frames: int
    comparison: Comparison | None = None

    @property
    def observation(self) -> Observation:
        """The best observation of the take."""
        return self.best.observation

    @property
    def quality(self) -> int:
        """Unified quality of the best observation, 0..100."""
        return self.observation.quality.unified


@dataclass(frozen=True, slots=True, eq=False)
class CaptureState:
    """The state of a capture. Frozen: :meth:`advance` and :meth:`end` return the next state.

    ``broken_by`` is why the take last started again, where that needs words; ``too_near`` counts the samples that were
    good but could not be judged for an attack.
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

    def advance(self, evidence: Evidence) -> CaptureState:
        """The state after one more piece of evidence. A finished capture stays as it is."""
        if self.finished:
            return self
        observation = evidence.observation
        now = observation.sample.captured_at
        started = now if self.started_at is None else self.started_at
        seen = replace(self, latest=observation, started_at=started)
        seen = seen._gather(evidence) if self._is_usable(observation) else seen._pass_over(observation)
        limit = None if observation.provenance.kind is SourceKind.RECORDED else self.plan.give_up_after_s
        overdue = limit is not None and now - started > limit
        return seen.end() if overdue and not seen.finished else seen

    def resume(self) -> CaptureState:
        """The state after a pause: whole takes stay, a take that was interrupted and the time until now do not."""
        return replace(self, gathering=(), started_at=None)

    def end(self) -> CaptureState:
        """The state after the source ended or the operator stopped: a take that is not whole is judged incomplete, from
        any source."""
        if self.finished:
            return self
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
        return decides and is_attack_like(_liveness(self.gathering[-1:]), self.plan.attack)

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
        liveness = _liveness(self.gathering)
        finding = judge_window(liveness, self.plan.attack, self._kind_of_take())
        best = _best_checked(self.gathering, self.plan.attack)
        take = Take(best, finding, len(self.gathering), compare_window(self.gathering, best))
        return replace(self, takes=(*self.takes, take), gathering=())

    def _kind_of_take(self) -> SourceKind:
        return self.gathering[0].observation.provenance.kind

    @staticmethod
    def _rank(take: Take) -> tuple[bool, int]:
        suspected = take.finding.decides and take.finding.verdict is AttackVerdict.SUSPECTED
        return suspected, take.quality


def compare_window(gathered: Sequence[Evidence], best: Evidence) -> Comparison | None:
    """The comparison that counts for a whole take: a low one of all its samples, never above that of the ``best``,
    which passed the attack check itself. None where any sample was not compared."""
    made = [take.comparison for take in gathered if take.comparison is not None]
    if best.comparison is None or len(made) < len(gathered):
        return None
    low = sorted(made, key=lambda comparison: comparison.score)[int(IDENTITY_SHARE * len(made))]
    return min(low, best.comparison, key=lambda comparison: comparison.score)


def _best_checked(gathered: Sequence[Evidence], rules: AttackRules | None) -> Evidence:
    """The evidence of the highest quality among those that pass the attack check by themselves; of all where none does,
    as such a take is refused."""
    passed = [frame for frame in gathered if rules is None or _passes(frame, rules)]
    return max(passed or gathered, key=lambda frame: frame.observation.quality.unified)


def _passes(evidence: Evidence, rules: AttackRules) -> bool:
    attack = evidence.observation.attack
    return attack is not None and attack.judged and attack.liveness >= rules.threshold


def _liveness(gathered: Sequence[Evidence]) -> tuple[float | None, ...]:
    """The liveness value of each sample; None where it could not be judged."""
    found = [frame.observation.attack for frame in gathered]
    return tuple(None if attack is None or not attack.judged else attack.liveness for attack in found)
