"""What a capture has come to, for whoever looks at it: its takes, what they show, and what the subject should do."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.decision.pad import judge_window
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, InjectionSign, Suspicion
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.face_challenge.frame_history import FrameHistory
from mlid_desktop.workflow.face_challenge.state import FaceChallenge
from mlid_desktop.workflow.take import Take


@dataclass(frozen=True, slots=True, eq=False)
class CaptureRecord:
    """What was taken in, and what it says.

    ``broken_by`` is why the take last started again, where that needs words; ``too_near`` counts the samples that were
    good but could not be judged for an attack, ``doubts`` those that may be joined of several, ``loud`` those of a room
    in which nothing may be said about who spoke. ``waiting`` is a window
    that the active challenge follows, with what was gathered in it; ``challenges`` counts those that showed an action
    and were not passed, in this capture and those before it in the same attempt. ``source_changes`` counts how often
    what is seen came of another device than before, or of one that was lost and opened anew; ``signs`` of frames that
    were fed in are those of all windows so far. ``frame_history`` has the frames of all challenges;
    ``poor`` the liveness of the newest samples that failed the quality gates, but for those of a face too far away.
    """

    plan: CapturePlan
    takes: tuple[Take, ...] = ()
    gathering: tuple[Evidence, ...] = ()
    unusable: tuple[float | None, ...] = ()
    poor: tuple[float, ...] = field(default=(), repr=False)
    latest: Observation | None = None
    broken_by: Reason | None = None
    too_near: int = 0
    doubts: int = 0
    loud: int = 0
    started_at: float | None = None
    ended: bool = False
    waiting: tuple[Take, tuple[Evidence, ...]] | None = None
    challenge: FaceChallenge | None = None
    challenges: int = 0
    source_changes: int = 0
    signs: tuple[InjectionSign, ...] = ()
    frame_history: FrameHistory = field(default_factory=FrameHistory)

    @property
    def finished(self) -> bool:
        """Whether the capture takes nothing more in."""
        return self.ended or len(self.takes) >= self.plan.takes or self.attack_suspected

    @property
    def attack_suspected(self) -> bool:
        """Whether any take was judged an attack, which no later one outvotes; of a capture that ended without a take,
        whether the samples that failed the quality gates were."""
        if not self.takes:
            return self.ended and is_suspicion(self.unusable_finding)
        return any(is_suspicion(take.finding) for take in self.takes)

    @property
    def suspicion(self) -> Suspicion | None:
        """What an attack was suspected of; None where none was."""
        shown = self.latest if self.best is None else self.best.observation
        if shown is None or not self.attack_suspected:
            return None
        return Suspicion(self.plan.characteristic, shown.provenance.kind, shown.provenance.device)

    @property
    def challenge_passed(self) -> bool:
        """Whether the subject did what could not be known before."""
        return self._reached is ChallengeOutcome.PASSED

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
        room = Reason.ROOM_TOO_LOUD if self.loud else None
        return self.broken_by or nearness or room or Reason.NO_USABLE_CAPTURE

    @property
    def shortfall(self) -> Reason | None:
        """Why an ended capture has no whole take, where its samples gave a reason; None where it has one."""
        return None if self.has_whole_take else self.broken_by

    @property
    def has_whole_take(self) -> bool:
        """Whether any take is as long as was planned."""
        return any(take.frames >= self.plan.frames for take in self.takes)

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

    @property
    def _reached(self) -> ChallengeOutcome:
        """What has become of the challenge of this capture, in this take or an earlier one."""
        if self.challenge is not None:
            return self.challenge.outcome
        passed = any(take.challenge is ChallengeOutcome.PASSED for take in self.takes)
        return ChallengeOutcome.PASSED if passed else ChallengeOutcome.NOT_NEEDED

    @staticmethod
    def _rank(take: Take) -> tuple[bool, int]:
        return is_suspicion(take.finding), take.quality


def is_suspicion(finding: AttackFinding) -> bool:
    """Whether what was found ends an attempt."""
    return finding.decides and finding.verdict is AttackVerdict.SUSPECTED
