"""Which frame of an enrolment becomes the portrait that is kept: a rule of policy, consent and evidence."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.subjects import ConsentUse
from mlid_desktop.workflow.records.enrolment_record import EnrolmentRecord
from mlid_desktop.workflow.take import passes_attack_check


def portrait_frame(enrolment: EnrolmentRecord) -> Observation | None:
    """The best frame of the kept face, where the policy keeps portraits and the person chose that one is kept: one that
    passed the attack check by itself and that the template was made of. None where there is none: no other frame takes
    its place."""
    consent, capture = enrolment.consent, enrolment.kept.get(FACE)
    if not enrolment.policy.keeps_portraits or consent is None or ConsentUse.PORTRAIT not in consent.covers:
        return None
    if capture is None or capture.best is None or capture.attack_suspected:
        return None
    best, rules = capture.best.best, enrolment.policy.attack.get(FACE.modality)
    shown = best.observation
    simulated = shown.provenance.kind is SourceKind.SIMULATED  # of which the check decides nothing
    if rules is None or not (simulated or passes_attack_check(best, rules)):
        return None
    return shown if shown.usable and isinstance(shown.sample, FrameSample) else None
