"""The terms shown for reasons, hints, verdicts and meanings: short, plain, no blame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlid_desktop.domain.audit import AuditFault
from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import (
    Band,
    CharacteristicResult,
    Meaning,
    Tier,
    Verdict,
)
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import CaptureException, ErasureReason, ExceptionReason, Role
from mlid_desktop.station.text.attempt_terms import ATTEMPT_REASONS
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of

VERDICTS: Final = {
    Verdict.ACCEPTED: _("Accepted"),
    Verdict.REJECTED: _("Rejected"),
    Verdict.INCONCLUSIVE: _("Inconclusive"),
}

# why, what to do next
REASONS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.NO_FACE: (_("No face was found."), _("Ask the person to look at the camera.")),
    Reason.SEVERAL_FACES: (_("More than one face is in the picture."), _("Ask the others to step aside.")),
    Reason.POOR_QUALITY: (_("The picture is not good enough."), _("Follow the hints and try again.")),
    Reason.EMPTY_SAMPLE: (_("The device delivered an empty picture."), _("Check the device.")),
    Reason.NO_FINGER: (_("No finger was found."), _("Ask the person to place the finger.")),
    Reason.SEVERAL_FINGERS: (_("More than one finger is on the reader."), _("Ask the person to place one finger.")),
    Reason.TOO_FEW_MINUTIAE: (_("Too little of the finger is visible."), _("Place the finger flat and centred.")),
    Reason.UNLIKELY_RESOLUTION: (
        _("The ridges are farther apart, or closer, than on any person's finger."),
        _("Is this picture 1,000 dpi? Say at which resolution it was scanned."),
    ),
    Reason.INVERTED: (_("Light and dark are exchanged."), _("Use a picture with dark ridges on a light ground.")),
    Reason.RIDGES_BREAK_OFF: (
        _("The ridges break off along a line."),
        _("Wipe the reader and place the finger again."),
    ),
    Reason.NO_SPEECH: (_("Nobody was heard speaking."), _("Check the microphone and ask the person to speak.")),
    Reason.TOO_LITTLE_SPEECH: (_("Too little was said."), _("Ask the person to go on speaking.")),
    Reason.SOUND_DAMAGED: (_("The sound is damaged."), _("Check the microphone or the file.")),
    Reason.SOUND_TOO_LONG: (_("The recording is too long."), _("Record a shorter one.")),
    Reason.NARROW_BAND: (
        _("The microphone or line passes low tones only, as a telephone does."),
        _("Use a microphone that records at 16 kHz or more."),
    ),
    Reason.ROOM_TOO_LOUD: (
        _("The room is too loud: the voice says nothing about who spoke."),
        _("Try again where it is quieter, or go on without the voice."),
    ),
    Reason.SEVERAL_VOICES: (_("More than one person speaks."), _("Ask the others to be silent.")),
    Reason.DIGIT_MISSING: (
        _("A digit was not heard, or more was said than asked."),
        _("Ask the person to say each digit when it appears."),
    ),
    Reason.WRONG_DIGITS: (
        _("The digits that were heard are not those that were asked."),
        _("Try again with new digits, said as they appear."),
    ),
    Reason.OTHER_VOICE: (
        _("The digits do not sound as they did at enrolment."),
        _("Try once more, or check the identity another way."),
    ),
    Reason.NO_PROMPT: (
        _("No digits were asked for, so a recording could have been played."),
        _("Use a microphone, and let the person say the digits that appear."),
    ),
    Reason.SAME_PERSON: (_("Same person, within the error rate that the policy asks."), ""),
    Reason.DIFFERENT_PERSON: (
        _("Not similar enough to be called the same person."),
        _("Try once more, or check the identity another way."),
    ),
    Reason.TOGETHER_TOO_WEAK: (
        _("What was captured is not similar enough, taken together."),
        _("Try once more, or check the identity another way."),
    ),
    **ATTEMPT_REASONS,
    Reason.ATTACK_CHECK_INCOMPLETE: (
        _("The check against pictures and masks could not be finished."),
        _("Try again and let the person look at the camera a little longer."),
    ),
    Reason.SOURCE_NOT_LIVE: (
        _("The source is a recording, a simulation, a virtual device or not registered for this desk."),
        _("Use a device that a supervisor has registered. Recordings count in demo vaults only."),
    ),
    Reason.EVALUATION_GRADE: (
        _("The models in use are for evaluation only."),
        _("Install the models, under Administration, then enrol and check again."),
    ),
    Reason.SOURCE_CHANGED: (_("The source changed during the capture."), _("Start again.")),
    Reason.NO_USABLE_CAPTURE: (_("No capture was good enough."), _("Follow the hints and try again.")),
    Reason.REQUIRED_MODALITY_MISSING: (
        _("The policy asks for more than was captured."),
        _("Capture what is missing, or check the identity another way."),
    ),
    Reason.OTHER_THAN_ASKED: (
        _("The policy asks this person for something else."),
        _("Capture what it asks, or say why that is not possible."),
    ),
    Reason.NO_REFERENCE: (_("Nothing to compare with was enrolled."), _("Use what is enrolled, or enrol it first.")),
    Reason.SUPPORTING_ONLY: (_("Voice only supports a decision."), _("Capture the face or a finger as well.")),
    Reason.SUPPORTING_DIFFERS: (
        _("The voice speaks against it."),
        _("Try the voice once more, or check the identity another way."),
    ),
    Reason.CALIBRATION_TOO_SMALL: (
        _("The calibration data do not carry the error rate that the policy asks."),
        _("Choose the policy “standard”, or calibrate with more people."),
    ),
    Reason.ATTESTATION_MISSING: (
        _("The operator has not confirmed having looked at the person."),
        _("Look at the face and the fingers, then confirm."),
    ),
    Reason.DETAILS_MISSING: (
        _("Something that is needed of the person was not asked for yet."),
        _("Go back to the details."),
    ),
    Reason.CONFIRMATION_MISSING: (
        _("No second person has confirmed that movements are left out."),
        _("Ask a second person of this desk to look and to confirm."),
    ),
    Reason.NO_ALTERNATIVE: (
        _("No finger can be compared here as strictly as is asked in place of movements."),
        _("Check without biometrics."),
    ),
    Reason.DUPLICATE_TO_REVIEW: (
        _("Somebody very similar is enrolled already."),
        _("Compare the two and say whether they are the same person."),
    ),
    Reason.CONSENT_DECLINED: (_("Consent was declined. Nothing was kept."), _("Offer the way without biometrics.")),
    Reason.CANDIDATES_TO_REVIEW: (_("Candidates for review."), _("Compare them before anything is decided.")),
    Reason.NO_CANDIDATE: (_("Nobody similar is enrolled here."), ""),
    Reason.FINGER_GIVEN_TWICE: (
        _("This finger was captured before, as another one."),
        _("Check which finger was given, and capture the right one."),
    ),
    Reason.TAKES_DIFFER: (
        _("The attempts do not agree with one another."),
        _("Capture again, with no change between."),
    ),
    Reason.FRAMES_REPEATED: (
        _("The camera repeated its pictures."),
        _("Use a camera that shows the person now, and capture again."),
    ),
    Reason.SCENE_CHANGED: (
        _("The picture changed too suddenly."),
        _("Stay before the camera until the capture is done, and capture again."),
    ),
    Reason.TIMING_TOO_REGULAR: (
        _("The pictures did not come as a camera sends them."),
        _("Check which camera is chosen, and capture again."),
    ),
    Reason.CHALLENGE_NOT_MET: (
        _("The movements that were asked for were not seen."),
        _("See that the face is free and lit from the front, offer more time, and try again."),
    ),
    Reason.CHALLENGE_NOT_POSSIBLE: (
        _("The person cannot make the movements that are asked for."),
        _("Check a finger, or check without biometrics."),
    ),
    Reason.TOO_NEAR_TO_JUDGE: (_("The face was too near to the camera."), _("Move back a little, and capture again.")),
}

MODALITIES: Final = {modality: terms_of(modality).name for modality in LISTED}

FINGERS: Final = {
    FingerPosition.RIGHT_THUMB: _("right thumb"),
    FingerPosition.RIGHT_INDEX: _("right index"),
    FingerPosition.RIGHT_MIDDLE: _("right middle"),
    FingerPosition.RIGHT_RING: _("right ring"),
    FingerPosition.RIGHT_LITTLE: _("right little"),
    FingerPosition.LEFT_THUMB: _("left thumb"),
    FingerPosition.LEFT_INDEX: _("left index"),
    FingerPosition.LEFT_MIDDLE: _("left middle"),
    FingerPosition.LEFT_RING: _("left ring"),
    FingerPosition.LEFT_LITTLE: _("left little"),
}

SOURCES: Final = {
    SourceKind.LIVE: _("live"),
    SourceKind.RECORDED: _("recorded"),
    SourceKind.SIMULATED: _("simulated"),
    SourceKind.VIRTUAL: _("virtual device"),
}

# by the value of a listing's state
DEVICE_STATES: Final = {
    "ready": _("ready"),
    "denied": _("this account may not use it"),
    "busy": _("used by another program"),
    "not_ready": _("not ready"),
    "no_image": _("cannot be used: it compares fingers inside itself and gives no picture"),
}

EXCEPTIONS: Final = {
    ExceptionReason.MISSING: _("missing"),
    ExceptionReason.INJURED: _("injured"),
    ExceptionReason.BANDAGED: _("bandaged"),
    ExceptionReason.DECLINED: _("declined"),
    ExceptionReason.DEVICE_ABSENT: _("not possible at this desk"),
}

ROLES: Final = {
    Role.OPERATOR: _("Operator"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
}

ERASURES: Final = {
    ErasureReason.REQUESTED: _("asked for by the person"),
    ErasureReason.WITHDRAWN: _("consent withdrawn"),
    ErasureReason.RETENTION: _("time to keep it is over"),
    ErasureReason.MISTAKE: _("enrolled by mistake"),
    ErasureReason.FIELD: _("the site gave up a field"),
}

# what was done to the audit, and what to do
AUDIT_FAULTS: Final = {
    AuditFault.CHANGED: _("Entry {entry} was changed."),
    AuditFault.REMOVED: _("An entry was removed: number {entry}."),
    AuditFault.ADDED: _("An entry was added that this program did not write: number {entry}."),
    AuditFault.REORDERED: _("Entries were put in another order, from number {entry} on."),
    AuditFault.TRUNCATED: _("The end is missing, from entry {entry} on."),
    AuditFault.ROLLED_BACK: _("The vault was put back to an earlier day: it ends before entry {entry}."),
    AuditFault.REWRITTEN: _("What stands up to entry {entry} is not what was signed."),
    AuditFault.FORGED_CHECKPOINT: _("The checkpoint (entry {entry}) was not signed by a supervisor of this vault."),
}

COMPARED: Final = frozenset({Reason.SAME_PERSON, Reason.DIFFERENT_PERSON})
TIERS: Final = {Tier.STRONG: _("Very similar"), Tier.POSSIBLE: _("Perhaps similar")}


def characteristic_name(characteristic: Characteristic, language: Language) -> str:
    """A characteristic's name: ``Face``, or ``Finger (right index)``."""
    name = language.text(MODALITIES[characteristic.modality])
    if characteristic.position is None:
        return name
    return f"{name} ({language.text(FINGERS[characteristic.position])})"


def exceptions_text(exceptions: Iterable[CaptureException], language: Language) -> tuple[tuple[str, str], ...]:
    """A row for each modality and reason why something of it was not captured: what, and the reason. Fingers that were
    passed by for one reason stand in one row."""
    grouped: dict[tuple[Modality, ExceptionReason], list[str]] = {}
    for exception in exceptions:
        position = exception.characteristic.position
        fingers = grouped.setdefault((exception.characteristic.modality, exception.reason), [])
        fingers += [] if position is None else [language.text(FINGERS[position])]
    return tuple(
        (
            language.text(MODALITIES[modality]) + (f" ({', '.join(fingers)})" if fingers else ""),
            language.text(EXCEPTIONS[reason]),
        )
        for (modality, reason), fingers in grouped.items()
    )


def meaning_text(meaning: Meaning | None, language: Language) -> str:
    """A score's meaning as an error rate, rounded to what the data support; the wording says where they end."""
    if meaning is None:
        return language.text("not compared")
    if meaning.one_in <= 1:
        return language.text("like any stranger")
    if meaning.capped:
        return language.text(
            "fewer than 1 in {number} strangers are this similar", number=language.number(meaning.one_in)
        )
    return language.text("1 in {number} strangers is this similar", number=language.number(meaning.one_in))


BANDS: Final = {
    Band.FAR_BETTER: _("far better than asked"),
    Band.BETTER: _("better than asked"),
    Band.BELOW: _("below what is asked"),
}


def comparison_text(result: CharacteristicResult, language: Language) -> str:
    """The result of a comparison, as far as the operator may see it: an error rate, a band, or that it was made."""
    if result.meaning is None and result.band is not None:
        return language.text(BANDS[result.band])
    if result.meaning is None and result.reason in COMPARED:
        return language.text("compared")
    return meaning_text(result.meaning, language)
