"""What a policy asks of one capture: how many takes, of how many samples, under which checks."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.decision.calibration_set import Calibrations, continuity_calibration
from mlid_desktop.decision.policy import AttackRules, Policy, Purpose
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Touch


@dataclass(frozen=True, slots=True)
class CapturePlan:
    """What to gather: ``takes`` takes of ``frames`` usable samples each; ``attack`` judges each take's samples.

    ``continuity_threshold`` is the lowest score between samples of one capture that is judged for attacks (None: not
    checked); ``give_up_after_s`` bounds a capture by the samples' own time (None: never); recordings end by themselves
    and repeat exactly. ``challenge_demanded``: whatever the first window shows, the active challenge follows it.
    ``passive_alone``: none ever does, because nothing is decided by this capture.
    ``earlier`` are the earlier images of a finger, none of which may come again.
    """

    characteristic: Characteristic
    takes: int
    frames: int = 1
    attack: AttackRules | None = None
    continuity_threshold: float | None = None
    minimum_quality: int = 0
    give_up_after_s: float | None = None
    challenge_demanded: bool = False
    passive_alone: bool = False
    earlier: tuple[Touch, ...] = field(default=(), repr=False)

    @property
    def challenge_rules(self) -> AttackRules | None:
        """The rules by which the active challenge may follow a window; None where it never does."""
        return None if self.passive_alone else self.attack


def plan_capture(
    characteristic: Characteristic,
    policy: Policy,
    calibrations: Calibrations,
    purpose: Purpose,
    *,
    challenge_demanded: bool = False,
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
    calibration = continuity_calibration(calibrations, characteristic.modality)
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
        challenge_demanded=challenge_demanded,
    )
