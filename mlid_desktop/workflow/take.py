"""One stretch of samples that is judged as a whole: its comparison, its best sample, its attack evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mlid_desktop.decision.pad import injection_signs, is_attack_like, lip_agreement
from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, InjectionSign, LipAgreement
from mlid_desktop.domain.observations import Comparison, Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, SoundSample
from mlid_desktop.domain.templates import Touch, newest_touches

IDENTITY_SHARE = 0.2  # of a window's comparisons, the share that may lie below the one that is held against the policy


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One finished stretch of samples: its best evidence, what the whole stretch says about an attack, and the
    comparison that speaks for the whole stretch (see :func:`compare_window`; None without a reference). ``challenge``
    is what became of the active challenge of its capture."""

    best: Evidence
    finding: AttackFinding
    frames: int
    comparison: Comparison | None = None
    challenge: ChallengeOutcome = ChallengeOutcome.NOT_NEEDED

    @property
    def observation(self) -> Observation:
        """The best observation of the take."""
        return self.best.observation

    @property
    def extractor(self) -> str:
        """Key of the extractor whose scores the take's comparison has; "" without a template."""
        return replace(self.best, comparison=self.comparison).extractor

    @property
    def lips(self) -> float | None:
        """How far the lips of who spoke moved with the speech; None where nobody was watched."""
        sample = self.observation.sample
        return sample.lips if isinstance(sample, SoundSample) else None

    @property
    def lip_agreement(self) -> LipAgreement | None:
        """What the movement of the lips says about who spoke."""
        return lip_agreement(self.lips)

    @property
    def quality(self) -> int:
        """Unified quality of the best observation, 0..100."""
        return self.observation.quality.unified


def compare_window(gathered: Sequence[Evidence], best: Evidence) -> Comparison | None:
    """The comparison that speaks for a whole stretch: a low one of all its samples, never above that of the ``best``,
    which passed the attack check itself. None where any sample was not compared."""
    made = [evidence.comparison for evidence in gathered if evidence.comparison is not None]
    if best.comparison is None or len(made) < len(gathered):
        return None
    low = sorted(made, key=lambda comparison: comparison.score)[int(IDENTITY_SHARE * len(made))]
    return min(low, best.comparison, key=lambda comparison: comparison.score)


def best_checked(gathered: Sequence[Evidence], rules: AttackRules | None) -> Evidence:
    """The evidence of the highest quality among those that pass the attack check by themselves; of all, where none
    does: such a take is refused."""
    passed = [evidence for evidence in gathered if rules is None or passes_attack_check(evidence, rules)]
    return max(passed or gathered, key=lambda evidence: evidence.observation.quality.unified)


def passes_attack_check(evidence: Evidence, rules: AttackRules) -> bool:
    """Whether a sample passes the attack check by itself."""
    attack = evidence.observation.attack
    return attack is not None and attack.judged and attack.liveness >= rules.threshold


def liveness_of(gathered: Sequence[Evidence]) -> tuple[float | None, ...]:
    """Of each sample; None where it could not be judged."""
    found = [evidence.observation.attack for evidence in gathered]
    return tuple(None if finding is None or not finding.judged else finding.liveness for finding in found)


def ends_take(evidence: Evidence, rules: AttackRules | None) -> bool:
    """Whether a sample speaks so strongly for an attack that its take ends at once, as a suspicion: a frame below its
    floor."""
    decides = evidence.observation.provenance.kind is not SourceKind.SIMULATED
    return decides and is_attack_like(liveness_of([evidence]), rules)


def add_injection_signs(
    finding: AttackFinding, gathered: Sequence[Evidence], shown: tuple[InjectionSign, ...] = ()
) -> AttackFinding:
    """The finding of a window with what its frames show of having been fed in, beside what was ``shown`` before. Of a
    simulated person nothing is said, and nothing new where any later frame was not measured."""
    changes = [evidence.change for evidence in gathered[1:] if evidence.change is not None]
    if not finding.decides:
        return finding
    found = injection_signs(changes) if len(changes) + 1 == len(gathered) else ()
    return replace(finding, signs=tuple(sign for sign in InjectionSign if sign in {*found, *shown}))


def shows_still(gathered: Sequence[Evidence]) -> bool:
    """Whether all later frames of a stretch show the first one again, moved as a picture is moved; of a simulated
    person nothing is said."""
    changes = [evidence.change for evidence in gathered[1:] if evidence.change is not None]
    simulated = gathered[0].observation.provenance.kind is SourceKind.SIMULATED
    measured = not simulated and len(changes) + 1 == len(gathered)
    return measured and InjectionSign.STILL_PICTURE in injection_signs(changes)


def is_far(observation: Observation) -> bool:
    """Whether a face is too far away for what its picture shows of an attack to be relied on."""
    found = (observation.quality.component(measure) for measure in (Measure.FACE_SIZE, Measure.EYE_DISTANCE))
    return any(component is not None and not component.passed for component in found)


def is_artefact(evidence: Evidence) -> bool:
    """Whether a sample, usable or not, is that of an artefact and so a suspicion whatever the policy asks: an earlier
    image that came again, one that is joined of several, or one that the device itself reports as an attack."""
    observation, sample = evidence.observation, evidence.observation.sample
    if observation.provenance.kind is SourceKind.SIMULATED:
        return False
    reported = isinstance(sample, FingerSample) and sample.attack_reported
    return reported or evidence.repeated or observation.joined


def seems_joined(evidence: Evidence) -> bool:
    """Whether a sample may be joined of several, which one finger in thirty seems to be as well."""
    observation = evidence.observation
    return observation.provenance.kind is not SourceKind.SIMULATED and observation.reason is Reason.RIDGES_BREAK_OFF


def take_of_artefact(evidence: Evidence) -> Take:
    """The take that a sample ends which no living characteristic gives."""
    return Take(evidence, AttackFinding(AttackVerdict.SUSPECTED, None, 1), 1)


def touch_of(observation: Observation) -> Touch | None:
    """The touch that an observation of a finger is; None for other samples, and where there is no template."""
    sample, template = observation.sample, observation.template
    if not isinstance(sample, FingerSample) or template is None:
        return None
    shape = ",".join(str(side) for side in sample.image.shape).encode()
    digest = hashlib.sha256(shape + b"\0" + sample.image.tobytes()).digest()
    return Touch(observation.characteristic, digest, observation.geometry or template.payload)


def touches_of(takes: Iterable[Take]) -> tuple[Touch, ...]:
    """The touches of whole takes in their order, as many of each finger as are kept."""
    found = (touch_of(take.observation) for take in takes)
    return newest_touches(tuple(touch for touch in found if touch is not None))
