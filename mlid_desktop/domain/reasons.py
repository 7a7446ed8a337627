"""Reasons for a bad capture or a verdict, and the one-verb hints that help the subject."""

from __future__ import annotations

from enum import StrEnum


class Hint(StrEnum):
    """What the subject can do now, one at a time; the declaration order is the order of urgency (UI guide)."""

    LOOK_AT_CAMERA = "look_at_camera"
    ONE_PERSON = "one_person"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"
    CENTRE = "centre"
    TURN_TO_CAMERA = "turn_to_camera"
    LEVEL_HEAD = "level_head"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    EVEN_LIGHT = "even_light"
    HOLD_STILL = "hold_still"
    OPEN_EYES = "open_eyes"
    CLOSE_MOUTH = "close_mouth"
    UNCOVER_FACE = "uncover_face"
    PLAIN_BACKGROUND = "plain_background"
    PLACE_FINGER = "place_finger"
    CENTRE_FINGER = "centre_finger"
    PRESS_HARDER = "press_harder"
    PRESS_LIGHTER = "press_lighter"
    DRY_FINGER = "dry_finger"
    MOISTEN_FINGER = "moisten_finger"
    CLEAN_READER = "clean_reader"
    LIFT_FINGER = "lift_finger"
    SPEAK_LOUDER = "speak_louder"
    SPEAK_SOFTER = "speak_softer"
    KEEP_SPEAKING = "keep_speaking"


class Reason(StrEnum):
    """Why a capture gave no template, or why a verdict is what it is."""

    # a capture without a template, or one not good enough
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    POOR_QUALITY = "poor_quality"
    EMPTY_SAMPLE = "empty_sample"
    NO_FINGER = "no_finger"
    TOO_FEW_MINUTIAE = "too_few_minutiae"

    # grounds of a verdict
    SAME_PERSON = "same_person"
    DIFFERENT_PERSON = "different_person"
    ATTACK_SUSPECTED = "attack_suspected"
    ATTACK_CHECK_INCOMPLETE = "attack_check_incomplete"
    SOURCE_NOT_LIVE = "source_not_live"
    SOURCE_CHANGED = "source_changed"
    NO_USABLE_CAPTURE = "no_usable_capture"
    REQUIRED_MODALITY_MISSING = "required_modality_missing"
    NO_REFERENCE = "no_reference"
    SUPPORTING_ONLY = "supporting_only"
    CALIBRATION_TOO_SMALL = "calibration_too_small"
    ATTESTATION_MISSING = "attestation_missing"
    DELAYED = "delayed"
    LOCKED_OUT = "locked_out"
    DUPLICATE_TO_REVIEW = "duplicate_to_review"
    CONSENT_DECLINED = "consent_declined"
    CANDIDATES_TO_REVIEW = "candidates_to_review"
    NO_CANDIDATE = "no_candidate"
    FINGER_GIVEN_TWICE = "finger_given_twice"
    TAKES_DIFFER = "takes_differ"
