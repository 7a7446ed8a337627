"""The words of the check against copies and of the active challenge: what was found, what is asked, one sentence at a
time, and what became of it."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, ChallengeOutcome, InjectionSign, LipAgreement
from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.face_challenge.state import ChallengePhase, FaceChallenge

ATTACKS: Final = {
    AttackVerdict.BONA_FIDE: _("no sign of a picture, screen or mask"),
    AttackVerdict.SUSPECTED: _("a picture, screen or mask is suspected"),
    AttackVerdict.INCOMPLETE: _("check against pictures and masks not finished"),
    AttackVerdict.NOT_CHECKED: _("not checked against copies"),
}
NOT_JUDGED: Final = _("not checked for photos or masks: simulated source")
SIGNS: Final = {
    InjectionSign.STILL_PICTURE: _("the face moves as a still picture does"),
    InjectionSign.NO_SENSOR_NOISE: _("the pictures lack the noise of a camera"),
}
LIPS: Final = {
    LipAgreement.AGREES: _("the lips moved with the speech"),
    LipAgreement.UNCLEAR: _("whether the lips moved with the speech cannot be told"),
    LipAgreement.DIFFERS: _("the lips did not move with the speech: watch who speaks"),
}
ACTIONS: Final[dict[FaceAction, str]] = {
    FaceAction.TURN_LEFT: _("Turn your head to the left"),
    FaceAction.TURN_RIGHT: _("Turn your head to the right"),
    FaceAction.LOOK_UP: _("Look up"),
    FaceAction.LOOK_DOWN: _("Look down"),
    FaceAction.COME_CLOSER: _("Bring your face closer"),
    FaceAction.OPEN_MOUTH: _("Open your mouth wide"),
}
OUTCOMES: Final[dict[ChallengeOutcome, str]] = {
    ChallengeOutcome.PASSED: _("movements made as asked"),
    ChallengeOutcome.NOT_MET: _("movements asked for and not seen"),
    ChallengeOutcome.NOT_POSSIBLE: _("the person cannot make the movements"),
    ChallengeOutcome.NOT_ASKED_RECORDING: _("movements not asked for: recording"),
}


def challenge_sentence(challenge: FaceChallenge, language: Language) -> str:
    """What the person is asked now."""
    asked = challenge.asked
    return language.text(_("Look straight ahead")) if asked is None else language.text(ACTIONS[asked])


def challenge_progress(challenge: FaceChallenge, language: Language) -> str:
    """How far it has come, for the line below the sentence."""
    if challenge.phase is ChallengePhase.CLOSING:
        return language.text(_("Thank you. Hold still for the picture."))
    step, steps = challenge.position + 1, len(challenge.draw.actions)
    if challenge.asked is None and challenge.position == steps:
        return language.text(_("Thank you. Hold still for the picture."))
    if challenge.repeated:
        return language.text(_("Once more: movement {step} of {steps}."), step=step, steps=steps)
    if challenge.slow:
        return language.text(_("Movement {step} of {steps}. There is twice the time."), step=step, steps=steps)
    return language.text(_("Movement {step} of {steps}."), step=step, steps=steps)


def outcome_text(outcome: ChallengeOutcome, language: Language) -> str:
    """What became of the challenge; empty where none was needed."""
    return language.text(OUTCOMES[outcome]) if outcome in OUTCOMES else ""


def attack_text(finding: AttackFinding, language: Language) -> str:
    """The result of the check against copies; a simulated source is shown but not judged, and nothing of it is waited
    for."""
    if finding.verdict is AttackVerdict.INCOMPLETE and not finding.decides:
        return language.text(NOT_JUDGED)
    words = language.text(ATTACKS[finding.verdict])
    return words if finding.decides else language.text("{words} (shown only)", words=words)


def lips_text(agreement: LipAgreement | None, language: Language) -> str:
    """Whether the lips of who spoke moved with the speech; empty where nobody watched them."""
    return "" if agreement is None else language.text(LIPS[agreement])


def signs_text(finding: AttackFinding, language: Language) -> tuple[str, ...]:
    """What the frames show of having been fed in, a sentence each."""
    return tuple(language.text(SIGNS[sign]) for sign in finding.signs)
