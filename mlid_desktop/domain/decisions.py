"""Verdicts, and the values that explain them to a person; suspicions of an attack, and what they ask of an attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Never

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Reason


class Verdict(StrEnum):
    """The outcome of a verification, three-valued on purpose: code must say which of the three it means, so
    truth-testing is refused."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"

    def __bool__(self) -> Never:
        raise TypeError("a verdict has three values: compare it with Verdict.ACCEPTED, REJECTED or INCONCLUSIVE")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The error rate that a comparison score stands for: ``fmr`` is the upper 95 % bound of the false match rate at
    this score; ``capped`` says that the score is beyond what the calibration data carry, so that ``fmr`` is the data's
    limit and not the score's. ``log_likelihood_ratio`` is natural; positive speaks for the same person."""

    log_likelihood_ratio: float
    fmr: float
    capped: bool

    @property
    def one_in(self) -> int:
        """The false match rate as N in "one in N strangers", rounded down to two significant figures, so that it never
        claims more."""
        denominator = int(1.0 / self.fmr) if self.fmr > 0 else 1
        scale = int(10 ** max(0, len(str(denominator)) - 2))
        return max(1, denominator // scale * scale)


class Band(StrEnum):
    """How a score compares with what the policy asks, for those who may not see how far it lies from it: six decades of
    error rates on every try would lead an impostor uphill."""

    FAR_BETTER = "far_better"
    BETTER = "better"
    BELOW = "below"


class AttackVerdict(StrEnum):
    """Verdicts on a window of samples about a presentation attack."""

    BONA_FIDE = "bona_fide"
    SUSPECTED = "suspected"
    INCOMPLETE = "incomplete"
    NOT_CHECKED = "not_checked"

    def __bool__(self) -> Never:
        raise TypeError("an attack verdict has four values: compare it with one of them")


class InjectionSign(StrEnum):
    """What a window of frames shows that one of a camera rarely does: a face that moves as a picture moves, or squares
    without the noise of a sensor. A sign asks for the active challenge; by itself it accepts and refuses nobody."""

    STILL_PICTURE = "still_picture"
    NO_SENSOR_NOISE = "no_sensor_noise"


class LipAgreement(StrEnum):
    """Whether the lips before the camera moved with the speech at the microphone. Supporting evidence, shown to people:
    it accepts and refuses nobody."""

    AGREES = "agrees"
    UNCLEAR = "unclear"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class AttackFinding:
    """The finding on a window of samples: ``liveness`` is its aggregate 0..1 (None where none was assessed), over
    ``frames`` samples. ``decides`` is False for simulated sources, where it is shown only. ``signs`` of frames that
    were fed in speak beside it."""

    verdict: AttackVerdict
    liveness: float | None = field(default=None, repr=False)
    frames: int = 0
    decides: bool = True
    signs: tuple[InjectionSign, ...] = ()


class ChallengeOutcome(StrEnum):
    """What became of the active challenge of one capture. ``NOT_ASKED_RECORDING``: a recording cannot answer, and in a
    demo vault is not asked to."""

    NOT_NEEDED = "not_needed"
    PASSED = "passed"
    NOT_MET = "not_met"
    NOT_POSSIBLE = "not_possible"
    NOT_ASKED_RECORDING = "not_asked_recording"

    def __bool__(self) -> Never:
        raise TypeError("an outcome of a challenge has five values: compare it with one of them")


@dataclass(frozen=True, slots=True)
class CharacteristicResult:
    """What one characteristic contributed to a decision, and whether it passed.

    ``meaning`` and ``score`` are None where nothing was compared, and for who may not see them. Nobody is shown them of
    a refusal, nor ``band`` and ``lips``, which are None there, nor ``quality``, which is -1 where none is known.
    ``lips`` is None where nobody watched the speaker as well.
    """

    characteristic: Characteristic
    passed: bool
    supporting_only: bool
    reason: Reason
    source: SourceKind
    meaning: Meaning | None = None
    band: Band | None = None
    score: float | None = field(default=None, repr=False)
    attack: AttackFinding = AttackFinding(AttackVerdict.NOT_CHECKED)
    quality: int = -1
    reference_created_at: datetime | None = None
    prompt: PromptFinding | None = None
    challenge: ChallengeOutcome = ChallengeOutcome.NOT_NEEDED
    lips: LipAgreement | None = None


@dataclass(frozen=True, slots=True)
class Fusion:
    """What fused modalities say together, where the policy sums them: ``asked_fmr`` of all of them, ``meaning`` of the
    sum. ``meaning`` is None where one is below its floor, so that there is no sum, and for who may not see it. Of a
    refusal nobody is shown it."""

    asked_fmr: float
    meaning: Meaning | None = None
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class PolicyIdentity:
    """The policy that a decision was made under: its name and the SHA-256 of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with every ground for it; the first reason is the rule that fired. ``fusion`` is None where each
    modality was asked by itself. ``without_movements``: a finger was held to more than the policy asks of it, in place
    of a face that is asked to move."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    results: tuple[CharacteristicResult, ...]
    policy: PolicyIdentity
    attested: bool = False
    fusion: Fusion | None = None
    without_movements: bool = False


class Tier(StrEnum):
    """Tiers of 1:N candidates: how strongly one stands out, given the size of the gallery."""

    STRONG = "strong"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person a 1:N search proposes for review; never "the person". ``meaning`` and ``score`` are None for who may not
    see them: the tier says what can be said."""

    subject_id: str
    characteristic: Characteristic
    tier: Tier
    meaning: Meaning | None
    score: float | None = field(repr=False)


class AttemptRequirement(StrEnum):
    """What an attempt has to give, beyond what the policy asks, before it can be accepted."""

    ORDINARY = "ordinary"
    CHALLENGE_OR_SECOND_MODALITY = "challenge_or_second_modality"


@dataclass(frozen=True, slots=True)
class AttemptState:
    """Failed attempts on one subject. ``left`` before each further one has to wait; ``retry_after`` seconds to wait
    now; ``suspicions`` of an attack in the last day that nobody released; ``requirement`` what the next attempt has to
    give; ``may_release`` says that two people may let the person try anew, who have seen a document; so many of them
    were ``elsewhere``, at other desks of a register."""

    failed_in_a_row: int
    left: int
    retry_after: float
    locked_out: bool
    suspicions: int = 0
    requirement: AttemptRequirement = AttemptRequirement.ORDINARY
    may_release: bool = False
    elsewhere: int = 0

    @property
    def has_to_wait(self) -> bool:
        """Whether no attempt may begin now."""
        return self.locked_out or self.retry_after > 0


class Journey(StrEnum):
    """What was being done when something was shown."""

    ENROLMENT = "enrolment"
    RE_ENROLMENT = "re_enrolment"
    VERIFICATION = "verification"
    IDENTIFICATION = "identification"


class SuspicionStanding(StrEnum):
    """How far a suspicion still bears on the person: OPEN asks more of the next attempt; after an acceptance that gave
    more it is MET and counts for the day alone; RELEASED ones count no more."""

    OPEN = "open"
    MET = "met"
    RELEASED = "released"


class InsteadReason(StrEnum):
    """Why a person is checked by another modality than the policy asks."""

    DEVICE_FAULT = "device_fault"
    INJURED = "injured"
    COVERED = "covered"


class ReleaseReason(StrEnum):
    """Why two people let somebody try anew who had seen a document of theirs."""

    POOR_LIGHT = "poor_light"
    DEVICE_FAULT = "device_fault"
    APPEARANCE = "appearance"
    SOMEBODY_ELSE_TRIED = "somebody_else_tried"
    MISTYPED = "mistyped"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a capture was taken for: the characteristic that seemed artificial and the device it was shown to."""

    characteristic: Characteristic
    source: SourceKind
    device: DeviceIdentity


@dataclass(frozen=True, slots=True)
class NotedSuspicion:
    """A suspicion as it is counted. ``attempt_id`` names the attempt that it ended; ``subject_id`` whom that was about
    ("" in a search), or the key that stands for the number of somebody who is not enrolled; ``device`` and
    ``operator`` tell devices and staff apart without naming them, ``device_name`` is for people to read, "" where the
    device was none of this desk."""

    at: datetime
    journey: Journey
    attempt_id: str
    subject_id: str = field(repr=False)
    modality: Modality
    device: str
    device_name: str
    operator: str
    standing: SuspicionStanding
