"""What the audit says of an enrolment that was saved."""

from __future__ import annotations

from mlid_desktop.domain.subjects import Enrolment, Operator
from mlid_desktop.vault.audit.log import Note


def saved_note(enrolment: Enrolment, operator: Operator) -> Note:
    """The entry of the audit for an enrolment that this operator saved."""
    consent = enrolment.consent
    return Note(
        "enrolment.saved",
        {
            "operator": operator.name,
            "subject": enrolment.subject_id,
            "captures": sum(capture.template is not None for capture in enrolment.captures),
            "attested": enrolment.attested,
            "purpose": consent.purpose,
            "text": consent.text_version,
            "language": consent.language,
            "guardian": bool(consent.guardian),
            "portrait": enrolment.portrait is not None,
            "not_compared": enrolment.not_compared,
        },
    )
