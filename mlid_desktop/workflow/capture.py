"""Capturing one characteristic: takes of one or more samples, the best of them kept, all of them reviewable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.decision.pad import judge_window
from mlid_desktop.decision.policy import AttackRules, Policy, Purpose
from mlid_desktop.decision.verdict import Calibrations
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint, Reason


@dataclass(frozen=True, slots=True)
class CapturePlan:
    """What to gather: ``takes`` takes of ``frames`` usable samples each; ``attack`` judges each take's samples.

    ``continuity_threshold`` is the lowest score between samples of one take (None: not checked); ``give_up_after_s``
    bounds a capture by the samples' own time (None: never); recordings end by themselves and repeat exactly.
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

    Where the modality's attack evidence is judged in windows, a take is one window. Raises
    ModelError(MODEL_POLICY_INVALID) for a modality that the policy does not capture.
    """
    rules = policy.capture.get(characteristic.modality)
    if rules is None:
        raise ModelError(Code.MODEL_POLICY_INVALID, where="capture", why=characteristic.modality.value)
    attack = policy.attack.get(characteristic.modality)
    calibration = calibrations.get(characteristic.modality)
    return CapturePlan(
        characteristic,
        takes=rules.enrolment_takes if purpose == "enrolment" else rules.verification_takes,
        frames=attack.window if attack else 1,
        attack=attack,
        continuity_threshold=None if calibration is None else calibration.threshold(rules.continuity_fmr),
        minimum_quality=rules.minimum_quality,
        give_up_after_s=rules.give_up_after_s,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One finished stretch of samples: its best evidence and what the whole stretch says about an attack."""

    best: Evidence
    finding: AttackFinding
    frames: int

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
    """How far a capture has come. Frozen: :meth:`advance` and :meth:`end` return the next state."""

    plan: CapturePlan
    takes: tuple[Take, ...] = ()
    gathering: tuple[Evidence, ...] = ()
    unusable: tuple[float | None, ...] = ()
    latest: Observation | None = None
    started_at: float | None = None
    ended: bool = False

    def advance(self, evidence: Evidence) -> CaptureState:
        """Takes one more piece of evidence in. A finished capture stays as it is."""
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
        """Goes on after a pause: whole takes stay, a take that was interrupted and the time until now do not."""
        return replace(self, gathering=(), started_at=None)

    def end(self) -> CaptureState:
        """The source ended or the operator stopped: what a recorded source had is judged, a live one must be whole."""
        if self.finished:
            return self
        closed = self if self.takes or not self.gathering else self._close_take(ended=True)
        return replace(closed, gathering=(), ended=True)

    def take_best_so_far(self) -> CaptureState:
        """The operator's manual trigger: the takes that are whole count; without one, capturing goes on."""
        return replace(self, gathering=(), ended=True) if self.takes else self

    @property
    def finished(self) -> bool:
        """Whether nothing more will be taken in."""
        return self.ended or len(self.takes) >= self.plan.takes or self.attack_suspected

    @property
    def attack_suspected(self) -> bool:
        """Whether any take was judged an attack; it is never outvoted by a later one."""
        return any(take.finding.verdict is AttackVerdict.SUSPECTED and take.finding.decides for take in self.takes)

    @property
    def best(self) -> Take | None:
        """The take of the highest quality, the suspected one first: it must not be hidden behind a better picture."""
        return max(self.takes, key=self._rank, default=None)

    @property
    def best_index(self) -> int | None:
        """Place of :attr:`best` among the takes."""
        return max(range(len(self.takes)), key=lambda place: self._rank(self.takes[place]), default=None)

    @property
    def anchor(self) -> Observation | None:
        """The observation that further samples of this take must show the same person as."""
        return self.gathering[0].observation if self.gathering else None

    @property
    def progress(self) -> float:
        """0..1 of what the plan asks."""
        wanted = self.plan.takes * self.plan.frames
        have = len(self.takes) * self.plan.frames + min(len(self.gathering), self.plan.frames)
        return 1.0 if self.finished and self.takes else have / wanted

    @property
    def hint(self) -> Hint | None:
        """What the subject should do now; None while all is well or when done."""
        return None if self.finished or self.latest is None else self.latest.hint

    @property
    def obstacle(self) -> Reason | None:
        """Why an ended capture has no take; None where it has one, or goes on."""
        return Reason.NO_USABLE_CAPTURE if self.finished and not self.takes else None

    @property
    def unusable_finding(self) -> AttackFinding:
        """What the samples that failed the quality gates say about an attack, where nothing better was captured."""
        if self.latest is None:
            return AttackFinding(AttackVerdict.NOT_CHECKED)
        return judge_window(self.unusable, self.plan.attack, self.latest.provenance.kind, ended=True)

    def _is_usable(self, observation: Observation) -> bool:
        return observation.usable and observation.quality.unified >= self.plan.minimum_quality

    def _pass_over(self, observation: Observation) -> CaptureState:
        if observation.attack is None:
            return self
        window = self.plan.attack.window if self.plan.attack else 1
        return replace(self, unusable=(*self.unusable, observation.attack.liveness)[-window:])

    def _gather(self, evidence: Evidence) -> CaptureState:
        """One person, one device, one stretch: evidence that breaks with the first of the take starts a new take, and
        takes of another device do not count beside it."""
        continues = self._continues(evidence)
        gathering = (*self.gathering, evidence) if continues else (evidence,)
        takes = self.takes if self._is_of_one_device(evidence) else ()
        gathered = replace(self, gathering=gathering, takes=takes)
        return gathered._close_take() if len(gathering) >= self.plan.frames else gathered

    def _continues(self, evidence: Evidence) -> bool:
        if self.anchor is None:
            return True
        here, there = evidence.observation.provenance, self.anchor.provenance
        threshold = self.plan.continuity_threshold
        same_device = (here.kind, here.device) == (there.kind, there.device)
        if threshold is None:
            return same_device
        return same_device and evidence.continuity is not None and evidence.continuity >= threshold

    def _is_of_one_device(self, evidence: Evidence) -> bool:
        here = evidence.observation.provenance
        made = [take.observation.provenance for take in self.takes]
        return all((one.kind, one.device) == (here.kind, here.device) for one in made)

    def _close_take(self, *, ended: bool = False) -> CaptureState:
        liveness = tuple(
            None if one.observation.attack is None else one.observation.attack.liveness for one in self.gathering
        )
        kind = self._kind_of_take()
        best = max(self.gathering, key=lambda one: one.observation.quality.unified)
        take = Take(best, judge_window(liveness, self.plan.attack, kind, ended=ended), len(self.gathering))
        return replace(self, takes=(*self.takes, take), gathering=())

    def _kind_of_take(self) -> SourceKind:
        return self.gathering[0].observation.provenance.kind

    @staticmethod
    def _rank(take: Take) -> tuple[bool, int]:
        suspected = take.finding.decides and take.finding.verdict is AttackVerdict.SUSPECTED
        return suspected, take.quality
