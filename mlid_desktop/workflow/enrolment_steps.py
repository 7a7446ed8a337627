"""The steps of an enrolment in their order: one table that every user interface follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mlid_desktop.decision.policy import ComparisonRules
from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality

# The fingers that everybody is asked for: they give the best prints, and the reader is reached with them most easily.
FINGERS_ASKED: Final = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


class EnrolmentStage(StrEnum):
    """The stages of an enrolment, by what it waits for."""

    CONSENT = "consent"
    DETAILS = "details"
    CAPTURE = "capture"
    DUPLICATES = "duplicates"
    REVIEW = "review"
    SAVING = "saving"
    SAVED = "saved"
    REFUSED = "refused"


REOPENABLE = frozenset(
    {EnrolmentStage.DETAILS, EnrolmentStage.CAPTURE, EnrolmentStage.DUPLICATES, EnrolmentStage.REVIEW}
)


class EnrolmentStep(StrEnum):
    """The steps of an enrolment; the window shows a page for each."""

    CONSENT = "consent"
    DETAILS = "details"
    FACE = "face"
    FINGERS = "fingers"
    VOICE = "voice"
    DUPLICATES = "duplicates"
    REVIEW = "review"
    ENDED = "ended"


class Needs(StrEnum):
    """The conditions for passing a capturing step of an enrolment."""

    CAPTURE_OR_EXCEPTION = "capture_or_exception"  # the characteristic was captured, or a reason why not is on record
    DECIDING_CAPTURE = "deciding_capture"  # something was captured that can decide a verification by itself


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of the table of enrolment steps: the ``stages`` a session has during the step, the first of them on
    arrival; where going back leads, None where there is no way back; what a capturing step captures, and needs before
    it is passed."""

    stages: tuple[EnrolmentStage, ...]
    previous: EnrolmentStep | None
    modality: Modality | None = None
    needs: Needs | None = None


STEPS: Final[Mapping[EnrolmentStep, StepRow]] = MappingProxyType(
    {
        EnrolmentStep.CONSENT: StepRow((EnrolmentStage.CONSENT,), previous=None),
        EnrolmentStep.DETAILS: StepRow((EnrolmentStage.DETAILS,), previous=EnrolmentStep.CONSENT),
        EnrolmentStep.FACE: StepRow(
            (EnrolmentStage.CAPTURE,), EnrolmentStep.DETAILS, Modality.FACE, Needs.CAPTURE_OR_EXCEPTION
        ),
        EnrolmentStep.FINGERS: StepRow(
            (EnrolmentStage.CAPTURE,), EnrolmentStep.FACE, Modality.FINGERPRINT, Needs.DECIDING_CAPTURE
        ),
        EnrolmentStep.VOICE: StepRow(
            (EnrolmentStage.CAPTURE,), EnrolmentStep.FINGERS, Modality.VOICE, Needs.DECIDING_CAPTURE
        ),
        EnrolmentStep.DUPLICATES: StepRow((EnrolmentStage.DUPLICATES,), previous=EnrolmentStep.VOICE),
        EnrolmentStep.REVIEW: StepRow((EnrolmentStage.REVIEW, EnrolmentStage.SAVING), previous=EnrolmentStep.VOICE),
        EnrolmentStep.ENDED: StepRow((EnrolmentStage.SAVED, EnrolmentStage.REFUSED), previous=None),
    }
)
ORDER: Final = tuple(STEPS)


def stage_before(stage: EnrolmentStage) -> EnrolmentStage | None:
    """The stage to go back to from the first step of a stage; None where there is no way back."""
    row = next((row for row in STEPS.values() if stage == row.stages[0]), None)
    return None if row is None or row.previous is None else STEPS[row.previous].stages[0]


def step_of(stage: EnrolmentStage, after: EnrolmentStep | None = None) -> EnrolmentStep:
    """The step that a session in this stage has come to, once the step ``after`` is done."""
    later = ORDER if after is None else ORDER[ORDER.index(after) + 1 :]
    return next(step for step in (*later, *ORDER) if stage in STEPS[step].stages)


def step_capturing(modality: Modality) -> EnrolmentStep:
    """The step that captures a modality."""
    return next(step for step in ORDER if STEPS[step].modality is modality)


def is_last_capture(step: EnrolmentStep) -> bool:
    """Whether no later step of the enrolment captures anything."""
    return [step for step in ORDER if STEPS[step].modality is not None][-1] is step


def asked_of(modality: Modality) -> tuple[Characteristic, ...]:
    """The characteristics of a modality that everybody is asked for at an enrolment."""
    if modality is not Modality.FINGERPRINT:
        return (Characteristic(modality),)
    return tuple(Characteristic(modality, position) for position in FINGERS_ASKED)


def agrees_to_enough(rules: ComparisonRules, left_out: Collection[Modality]) -> bool:
    """Whether somebody who leaves this out can be checked later: as many characteristics are left that decide by
    themselves as a check asks for."""
    left = [modality for modality in rules.primary if modality not in left_out]
    return sum(len(asked_of(modality)) for modality in left) >= rules.minimum_primary
