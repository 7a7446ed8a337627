"""Captures one characteristic: takes of one or more samples, the best of them kept, all of them reviewable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.decision.challenge import challenge_outcome, challenge_required
from mlid_desktop.decision.pad import judge_window, shows_attack_poorly
from mlid_desktop.domain.decisions import AttackVerdict, ChallengeOutcome
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow.continuity import find_break, repeats_latest
from mlid_desktop.workflow.face_challenge.draw import ChallengeDraw
from mlid_desktop.workflow.face_challenge.state import ChallengePhase, begin_challenge
from mlid_desktop.workflow.records.capture_record import CaptureRecord, is_suspicion
from mlid_desktop.workflow.take import (
    Take,
    add_injection_signs,
    best_checked,
    compare_window,
    ends_take,
    is_artefact,
    is_far,
    liveness_of,
    seems_joined,
    shows_still,
    take_of_artefact,
)

MOST_DOUBTS = 3  # samples of one capture that may be joined of several: chance gives one capture in thousands as many
MOST_LOUD = 2  # takes in a room that is too loud, before a voice is asked for no more
MOST_CHALLENGES = 2  # that show an action and are not passed within one attempt: each is a try at guessing


@dataclass(frozen=True, slots=True, eq=False)
class CaptureState(CaptureRecord):
    """The state of a capture. Frozen: :meth:`advance` and :meth:`end` return the next state."""

    def advance(self, evidence: Evidence) -> CaptureState:
        """The state after one more piece of evidence. A finished capture stays as it is."""
        if self.finished:
            return self
        observation = evidence.observation
        now = observation.sample.captured_at
        started = now if self.started_at is None else self.started_at
        seen = replace(self._heed_source(observation), latest=observation, started_at=started)
        seen = replace(seen, doubts=seen.doubts + seems_joined(evidence))
        if is_artefact(evidence) or seen.doubts >= MOST_DOUBTS:
            return replace(seen._without_challenge(), waiting=None, takes=(*seen.takes, take_of_artefact(evidence)))
        if seen.waiting is not None:
            return seen._through_challenge(evidence)
        seen = seen._gather(evidence) if self._is_usable(observation) else seen._pass_over(evidence)
        limit = None if observation.provenance.kind is SourceKind.RECORDED else self.plan.give_up_after_s
        overdue = limit is not None and now - started > limit
        return seen.end() if overdue and seen.waiting is None and not seen.finished else seen

    def _heed_source(self, observation: Observation) -> CaptureState:
        """What comes of another device, or of one that was opened anew, is counted, and is why a take begins again."""
        if self.latest is None or observation.is_of_same_source(self.latest):
            return self
        interrupted = bool(self.gathering) or self.waiting is not None
        reason = Reason.SOURCE_CHANGED if interrupted else self.broken_by
        return replace(self, source_changes=self.source_changes + 1, broken_by=reason)

    def resume(self) -> CaptureState:
        """The state after a pause: whole takes stay, a take that was interrupted and the time until now do not. To a
        challenge it is a break like any other."""
        if self.waiting is None or self.challenge is None:
            return replace(self.break_off(), started_at=None)
        broken = replace(self, challenge=replace(self.challenge, phase=ChallengePhase.BROKEN))
        return broken._after_challenge(self.waiting[0])

    def break_off(self) -> CaptureState:
        """The state where the take that is being gathered is not gone on with: it is forgotten, but where it shows an
        attack, which ends the capture."""
        if self.finished or not self.gathering:
            return self if self.finished else self._without_challenge()
        closed = self._close_take()
        return closed if closed.attack_suspected else self._without_challenge()

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
        history = self.frame_history
        for evidence in gathered:
            history = history.after(evidence.observation)
        return replace(self, challenge=begun, frame_history=history)

    def find_copied(self) -> CaptureState:
        """The sample that was kept is a copy of an earlier one, as comes out after the capture."""
        if self.best is None:
            return self
        return replace(self, takes=(*self.takes, take_of_artefact(self.best.best)))

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
        closed = self.break_off() if self.takes or not self.gathering else self._close_take()
        return replace(closed, gathering=(), ended=True)._with_unusable_heeded()

    def _with_unusable_heeded(self) -> CaptureState:
        """What failed the quality gates speaks where no take is whole, whatever was begun beside it."""
        suspected = self.latest is not None and is_suspicion(self.unusable_finding)
        if self.latest is None or not self.takes or self.has_whole_take or self.attack_suspected or not suspected:
            return self
        return replace(self, takes=(*self.takes, take_of_artefact(Evidence(self.latest))))

    def take_best_so_far(self) -> CaptureState:
        """The state after the operator's manual trigger: the takes that are whole count; without one, capturing goes
        on."""
        return self.end() if self.takes else self

    def _pass_over(self, evidence: Evidence) -> CaptureState:
        """The state after evidence that failed the quality gates. A window of it that shows an attack, in whatever
        order with better samples, is as terminal as one of those."""
        observation = evidence.observation
        if self._is_too_near(observation):
            return replace(self, too_near=self.too_near + 1)
        if observation.reason is Reason.ROOM_TOO_LOUD:
            heard = replace(self, loud=self.loud + 1)
            return heard.end() if heard.loud >= MOST_LOUD and not heard.takes else heard
        if observation.attack is None:
            return self
        window = self.plan.attack.window if self.plan.attack else 1
        liveness = observation.attack.liveness
        poor = self.poor if is_far(observation) else (*self.poor, liveness)[-window:]
        seen = replace(self, unusable=(*self.unusable, liveness)[-window:], poor=poor)
        decides = observation.provenance.kind is not SourceKind.SIMULATED
        if not decides or not shows_attack_poorly(poor, self.plan.attack):
            return seen
        return replace(seen._without_challenge(), takes=(*seen.takes, take_of_artefact(evidence)))

    def _gather(self, evidence: Evidence) -> CaptureState:
        """The state after usable evidence: evidence that breaks with the take starts a new one, takes of another device
        or person do not count beside it, and one sample that speaks strongly for an attack ends the take."""
        if repeats_latest(self.gathering, evidence):
            return replace(self, broken_by=Reason.FRAMES_REPEATED)
        broken = find_break(self.gathering, evidence, self.plan.continuity_threshold)
        takes = self.takes if self._belongs_to_takes(evidence) else ()
        goes_on = broken is None and len(takes) == len(self.takes)
        if not goes_on and self.break_off().attack_suspected:
            return self.break_off()
        gathering = (*self.gathering, evidence) if goes_on else (evidence,)
        reason = self.broken_by if broken is None or broken.reason is None else broken.reason
        gathered = replace(self, gathering=gathering, takes=takes, broken_by=reason)
        return gathered._close_take() if gathered._is_whole() else gathered

    def _is_whole(self) -> bool:
        """Whether the take is as long as was planned, or ends at once by what its newest sample shows."""
        if len(self.gathering) >= self.plan.frames:
            return True
        return ends_take(self.gathering[-1], self.plan.attack)

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
        """The take is whole, or ends at once. The first one that passes may have to wait for the challenge. What frames
        show of having been fed in stays with the capture."""
        liveness = liveness_of(self.gathering)
        judged = judge_window(liveness, self.plan.attack, self._kind_of_take())
        finding = add_injection_signs(judged, self.gathering, self.signs)
        best = best_checked(self.gathering, self.plan.attack)
        take = Take(best, finding, len(self.gathering), compare_window(self.gathering, best))
        if self._must_be_challenged(take):
            return replace(self, waiting=(take, self.gathering), gathering=(), signs=finding.signs)
        plan, kind = self.plan, take.observation.provenance.kind
        modality, demanded = plan.characteristic.modality, plan.challenge_demanded
        outcome = challenge_outcome(modality, plan.challenge_rules, finding, kind, self._reached, demanded=demanded)
        takes = (*self.takes, replace(take, challenge=outcome))
        return replace(self._without_challenge(), takes=takes, signs=finding.signs)

    def _must_be_challenged(self, take: Take) -> bool:
        """Whether this is the window before the challenge. A recording cannot answer; what is suspected or not whole
        speaks for itself, and models that see no movement ask for none."""
        recorded = take.observation.provenance.kind is SourceKind.RECORDED
        if recorded or self._reached is not ChallengeOutcome.NOT_NEEDED:
            return False
        against = take.finding.decides and take.finding.verdict is not AttackVerdict.BONA_FIDE
        whole = take.frames >= self.plan.frames and take.observation.motion is not None
        if not whole or against:
            return False
        modality, demanded = self.plan.characteristic.modality, self.plan.challenge_demanded
        return challenge_required(modality, self.plan.challenge_rules, take.finding, demanded=demanded)

    def _through_challenge(self, evidence: Evidence) -> CaptureState:
        """One more frame while the challenge goes on. The passive check ends it as it ends a take, but for a face that
        comes closer."""
        observation = evidence.observation
        if self.waiting is None or self.challenge is None or self.frame_history.repeats_newest(observation):
            return self
        challenge = self.challenge.advance(evidence)
        shown = self.challenges + (challenge.shown and not self.challenge.shown)
        here = replace(self, challenge=challenge, challenges=shown, frame_history=self.frame_history.after(observation))
        if observation.usable and not challenge.passive_rests and ends_take(evidence, self.plan.attack):
            return replace(here, waiting=None, gathering=(evidence,))._close_take()
        broken = self.frame_history.find_break(observation)
        if broken is not None:
            return replace(
                here, challenge=replace(challenge, phase=ChallengePhase.BROKEN), broken_by=broken
            )._after_challenge(self.waiting[0], broken)
        closing = challenge.phase is ChallengePhase.CLOSING
        if closing and self._is_usable(observation) and challenge.confirms(evidence):
            here = here._gather_after_challenge(evidence)
        return here if here.waiting is None else here._after_challenge(self.waiting[0])

    def _gather_after_challenge(self, evidence: Evidence) -> CaptureState:
        """The frames that are compared: at rest, after the last action, of whoever did all of them."""
        if self.challenge is None or repeats_latest(self.gathering, evidence):
            return self
        if find_break(self.gathering, evidence, self.plan.continuity_threshold) is not None:
            return replace(self, challenge=replace(self.challenge, phase=ChallengePhase.BROKEN))
        gathered = replace(self, gathering=(*self.gathering, evidence))
        if len(gathered.gathering) < self.plan.frames:
            return gathered
        if shows_still(gathered.gathering):  # whoever moved when asked is alive now too: it is waited for
            return replace(gathered, gathering=(self.gathering[0], *gathered.gathering[2:]))
        return replace(gathered, waiting=None, challenges=self.challenges - 1)._close_take()  # passed: no guess

    def _after_challenge(self, waited: Take, why: Reason | None = None) -> CaptureState:
        """Begins anew where it was broken, and is then asked whatever the next window shows; ends where it was not met
        or is not possible. Time begins anew only with an action that was shown: those are bounded. ``why`` it was
        broken, where the frames themselves say it."""
        if self.challenge is None:
            return self
        phase = self.challenge.phase
        if phase is ChallengePhase.BROKEN and self.challenges < MOST_CHALLENGES:
            plan = replace(self.plan, challenge_demanded=True)
            started = None if self.challenge.shown else self.started_at
            here = self.latest is None or self.latest.is_of_same_source(self.challenge.last)
            reason = why or (Reason.SCENE_CHANGED if here else Reason.SOURCE_CHANGED)
            return replace(self.break_off(), plan=plan, broken_by=reason, started_at=started)
        if phase is ChallengePhase.NOT_POSSIBLE:
            return self._end_with(waited, ChallengeOutcome.NOT_POSSIBLE)
        if phase in (ChallengePhase.NOT_MET, ChallengePhase.BROKEN):
            return self._end_with(waited, ChallengeOutcome.NOT_MET)
        return self

    def _end_with(self, take: Take, outcome: ChallengeOutcome) -> CaptureState:
        broken = self.break_off()
        if broken.attack_suspected:
            return broken
        return replace(self, takes=(replace(take, challenge=outcome),), gathering=(), waiting=None, ended=True)

    def _without_challenge(self) -> CaptureState:
        return replace(self, gathering=(), waiting=None, challenge=None)

    def _kind_of_take(self) -> SourceKind:
        return self.gathering[0].observation.provenance.kind
