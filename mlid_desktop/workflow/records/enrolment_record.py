"""What an enrolment has come to, for whoever looks at it: what was gathered, and why it cannot be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.lockout import gives_more
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import Suspicion, Verdict
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentUse, Details, Enrolment
from mlid_desktop.domain.templates import Template, Touch
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldSchema, SiteField
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.records.unused_captures import UnusedCaptures
from mlid_desktop.workflow.refusal import refusal_of, source_kind_of
from mlid_desktop.workflow.take import touches_of

SAME_FINGER_FMR = 1e-3  # of nine other fingers, less than one in a hundred is taken for the same
AGREEMENT_FMR = 1e-2  # one of two other takes is enough, so that a poor touch does not stop an enrolment


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentRecord:
    """The state of one person's enrolment. ``kept`` holds the finished capture of each characteristic, in the order
    they were made, ``templates`` what was made of all its takes together; ``unused`` are other captures of it, for
    the review. A ``suspicion`` of an attack ends it: nothing of it is kept, and ``attempt_id`` is the name by which
    that is noted. ``challenges`` counts the active challenges that showed an action and were not passed, in all its
    captures. ``earlier`` are the earlier images of the fingers of somebody who is enrolled anew, and ``replaces`` the
    state of the record that they had when that was begun; ``fields`` are the site's own."""

    subject_id: str
    policy: Policy
    calibrations: Calibrations = field(repr=False)
    circumstances: Circumstances
    stage: EnrolmentStage = EnrolmentStage.CONSENT
    consent: Consent | None = None
    details: Details | None = field(default=None, repr=False)
    capturing: Characteristic | None = None
    capture: CaptureState | None = None
    kept: Mapping[Characteristic, CaptureState] = field(default_factory=dict)
    unused: UnusedCaptures = field(default_factory=dict, repr=False)
    exceptions: tuple[CaptureException, ...] = ()
    examined: events.CaptureExamined | None = None
    templates: Mapping[Characteristic, Template] = field(default_factory=dict, repr=False)
    found: events.CandidatesFound | None = None
    review: events.CandidatesReviewed | None = None
    reason: Reason | None = None
    suspicion: Suspicion | None = None
    attempt_id: str = ""
    challenges: int = 0
    earlier: tuple[Touch, ...] = field(default=(), repr=False)
    replaces: str = ""
    fields: FieldSchema = field(default=NO_FIELDS, repr=False)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the enrolment; None while it goes on."""
        if self.stage is EnrolmentStage.SAVED:
            return Verdict.ACCEPTED
        if self.stage is EnrolmentStage.REFUSED:
            return Verdict.REJECTED if self.refused_outright else Verdict.INCONCLUSIVE
        return None

    @property
    def left_out(self) -> frozenset[Modality]:
        """What the person does not let be captured, by the consent that was given."""
        return frozenset() if self.consent is None else frozenset(self.consent.left_out)

    @property
    def agreed_fields(self) -> FieldSchema:
        """The site's own fields that the person is asked for: none where the text that was agreed to does not speak of
        them."""
        agreed = self.consent is not None and ConsentUse.SITE_FIELDS in self.consent.covers
        return self.fields if agreed else NO_FIELDS

    @property
    def missing_fields(self) -> tuple[SiteField, ...]:
        """The fields that are required and not given, because they were not when the details were asked for."""
        return () if self.details is None else self.agreed_fields.missing(self.details.fields)

    @property
    def refused_outright(self) -> bool:
        """Whether the enrolment is refused for a reason that trying again does not change."""
        return self.reason in (Reason.ATTACK_SUSPECTED, Reason.SOURCE_NOT_LIVE, Reason.CONSENT_DECLINED)

    @property
    def needs_duplicate_review(self) -> bool:
        """Whether an operator must review candidates before the enrolment can go on."""
        return self.stage is EnrolmentStage.DUPLICATES and self.found is not None

    @property
    def needs_attestation(self) -> bool:
        """Whether the operator must attest to have looked at the subject before the enrolment can be saved."""
        live = any(state.best and source_kind_of(state) is SourceKind.LIVE for state in self.kept.values())
        return live and "enrolment" in self.policy.attestation and not self.circumstances.attested

    def enrolment(self, now: datetime) -> Enrolment:
        """The enrolment to be written to the vault. Raises OutOfOrderError before it was confirmed."""
        if self.stage is not EnrolmentStage.SAVING or self.consent is None or self.details is None:
            raise events.OutOfOrderError(f"nothing to save in stage {self.stage}")
        review = "" if self.review is None else self.review.outcome.value
        best = [state.best.observation for state in self.kept.values() if state.best is not None]
        captures = tuple(
            replace(capture, template=self.templates.get(capture.characteristic, capture.template)) for capture in best
        )
        return Enrolment(
            self.subject_id,
            self.details,
            self.consent,
            captures,
            self.exceptions,
            now,
            review,
            self.circumstances.attested,
            self.attempt_id,
            touches_of(take for state in self.kept.values() for take in state.takes),
            0 if self.found is None else self.found.not_compared + self.found.without_model,
            replaces=self.replaces,
        )

    @property
    def refusal(self) -> Reason | None:
        """Why the finished capture cannot be kept; None where it can."""
        if self.capture is None:
            return None
        return refusal_of(self.capture, self.circumstances) or self._sequence_error()

    @property
    def given_before(self) -> Characteristic | None:
        """The kept finger that the captured one is, where it is one of them."""
        return None if self.examined is None else finger_given_before(self.examined, self._calibration)

    @property
    def gives_enough(self) -> bool:
        """Whether what was kept gives what a suspicion in an earlier attempt asks of this one."""
        presented = {characteristic.modality for characteristic in self.kept}
        challenged = any(capture.challenge_passed for capture in self.kept.values())
        return gives_more(self.circumstances.requirement, presented, challenge_passed=challenged)

    def _sequence_error(self) -> Reason | None:
        """The reason where another finger was given than was asked for, or the finger changed between the takes."""
        if self.examined is None or self.capturing is None:
            return None
        return finger_mix_up(
            self.examined, self._calibration, decides=self.capturing.modality in self.policy.comparison.primary
        )

    @property
    def _calibration(self) -> Calibration | None:
        return None if self.capturing is None else self.calibrations.get(self.capturing.modality)


def finger_given_before(examined: events.CaptureExamined, calibration: Calibration | None) -> Characteristic | None:
    """The kept finger that the captured one is, where it is one of them."""
    threshold = _threshold(SAME_FINGER_FMR, calibration)
    other, score = max(examined.alike, key=lambda pair: pair[1], default=(None, -inf))
    return None if threshold is None or score < threshold else other


def finger_mix_up(examined: events.CaptureExamined, calibration: Calibration | None, *, decides: bool) -> Reason | None:
    """Another finger than was asked for, or one that changed between the takes; of what does not ``decides``, such as
    a voice, takes may hold too little to be compared."""
    if finger_given_before(examined, calibration) is not None:
        return Reason.FINGER_GIVEN_TWICE
    threshold = _threshold(AGREEMENT_FMR, calibration)
    differ = threshold is not None and max(examined.agreement, default=inf) < threshold
    return Reason.TAKES_DIFFER if differ and decides else None


def _threshold(fmr: float, calibration: Calibration | None) -> float | None:
    """The score at a false match rate, or at the lowest that the calibration carries; None without one."""
    return None if calibration is None else calibration.threshold(max(fmr, calibration.limit_fmr))
