"""The words for attempts that cannot go on, and for people who are not captured: why, what was shown instead, and what
two people say who let a person try anew."""

from __future__ import annotations

from typing import Final

from mlid_desktop.decision.policy import AttemptRules
from mlid_desktop.domain.decisions import AttemptState, InsteadReason, ReleaseReason
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import DeclineReason, ShownInstead
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

# what happened, what to do
ATTEMPT_FAULTS: Final[dict[Code, tuple[str, str]]] = {
    Code.USAGE_CONSENT_WITHDRAWN: (
        _("This person withdrew consent. Nothing about them is compared any more."),
        _("Use the way without biometrics, and erase the record."),
    ),
    Code.USAGE_RECORD_CHANGED: (
        _("What is kept of this person was changed meanwhile."),
        _("Look at the record, and begin again with the person."),
    ),
    Code.USAGE_NO_PORTRAIT: (
        _("No portrait of this person is kept."),
        _("Compare the person with an identity document."),
    ),
    Code.USAGE_ATTEMPT_ENDED: (
        _("A suspicion of an attack ended this attempt. Nothing of it was kept."),
        _("Begin a new attempt, or go on with a document."),
    ),
    Code.USAGE_TRY_LATER: (
        _("After failed attempts or suspicions of an attack there is a wait."),
        _("Try again in {seconds} seconds, or go on with a document."),
    ),
    Code.USAGE_LOCKED_OUT: (
        _("Too many failed attempts: this person is locked."),
        _("Go on with a document. Two people, one of them a supervisor, can let the person try again."),
    ),
    Code.USAGE_NOTHING_TO_RELEASE: (
        _("Nothing stands in the way of this person that two people would have to lift."),
        _("Begin a new attempt."),
    ),
}

# why an attempt ended or did not begin, what to do
ATTEMPT_REASONS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.ATTACK_SUSPECTED: (
        _("What was shown may be a picture, a screen or a mask."),
        _("Look at the person and at what was presented. Go on with a document, or begin a new attempt."),
    ),
    Reason.DELAYED: (_("Too many failed attempts in a row."), _("Wait, then try again.")),
    Reason.LOCKED_OUT: (
        _("Too many failed attempts: this person is locked."),
        _("Go on with a document. Two people, one of them a supervisor, can let the person try again."),
    ),
    Reason.MORE_IS_ASKED: (
        _("An attack was suspected before: two kinds of characteristics are needed, or the movements that are asked."),
        _("Capture another kind as well, or go on with a document."),
    ),
}


def elsewhere_words(attempts: AttemptState, language: Language) -> str:
    """How many of the failed attempts were at other desks; nothing where none was."""
    if not attempts.elsewhere:
        return ""
    return language.plural(
        "{number} failed attempt at other desks counts too.",
        "{number} failed attempts at other desks count too.",
        attempts.elsewhere,
    )


def failed_words(failed_in_a_row: int, rules: AttemptRules, language: Language) -> str:
    """How many checks of a person failed in a row, and what comes of more: a wait before each further one first, a lock
    much later."""
    return language.text(
        "{number} in a row (a wait after {free}, locked after {most})",
        number=language.number(failed_in_a_row),
        free=language.number(rules.free),
        most=language.number(rules.lock_out),
    )


SHOWN_INSTEAD: Final = {
    ShownInstead.IDENTITY_DOCUMENT: _("identity document"),
    ShownInstead.OTHER_DOCUMENT: _("another document"),
    ShownInstead.RECEIPT: _("receipt and questions"),
    ShownInstead.KNOWN_TO_STAFF: _("known to the people at the desk"),
}

DECLINES: Final = {
    DeclineReason.NOT_STATED: _("None was given"),
    DeclineReason.OTHER_WAY: _("Prefers the way without biometrics"),
    DeclineReason.PRIVACY: _("Does not want such data to be kept"),
    DeclineReason.NOT_NOW: _("Not now"),
    DeclineReason.OTHER: _("Another reason"),
}

INSTEAD_REASONS: Final = {
    InsteadReason.DEVICE_FAULT: _("The device does not work"),
    InsteadReason.INJURED: _("Injured or bandaged today"),
    InsteadReason.COVERED: _("Covered, and not to be uncovered here"),
}

RELEASE_REASONS: Final = {
    ReleaseReason.POOR_LIGHT: _("The light was poor"),
    ReleaseReason.DEVICE_FAULT: _("The device did not work well"),
    ReleaseReason.APPEARANCE: _("Something on the face or the finger was taken for artificial"),
    ReleaseReason.SOMEBODY_ELSE_TRIED: _("Somebody else had tried to pass as this person"),
    ReleaseReason.MISTYPED: _("The number had been mistyped"),
    ReleaseReason.OTHER: _("Another reason"),
}

DOCUMENTS_SEEN: Final = {
    document: SHOWN_INSTEAD[document] for document in (ShownInstead.IDENTITY_DOCUMENT, ShownInstead.OTHER_DOCUMENT)
}
