"""Prompts for what a fingerprint reader feels: place, hold, lift, how many takes, another finger than asked."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import HINTS
from mlid_desktop.station.text.terms import FINGERS
from mlid_desktop.workflow.capture import CaptureState


@dataclass(frozen=True, slots=True)
class TouchPrompt:
    """One prompt to touch the reader, and why; ``waiting`` stands in place of the picture until there is one."""

    prompt: str
    why: str
    tone: Tone
    waiting: str = ""


def touch_prompt(
    notice: DeviceNotice, wanted: Characteristic | None, capture: CaptureState | None, language: Language
) -> TouchPrompt | None:
    """The prompt for a notice of the reader; None where the one already shown is better."""
    text = language.text
    match notice.event:
        case DeviceEvent.LOST:
            return TouchPrompt(
                text("Connect the device again"),
                text("It was disconnected. Capture goes on by itself."),
                Tone.INCONCLUSIVE,
                text("Disconnected"),
            )
        case DeviceEvent.BACK:
            return TouchPrompt(text("The device is back"), takes_text(capture, language), Tone.ACCENT)
        case DeviceEvent.FINGER_WANTED:
            return _prompt_of_last_touch(wanted, capture, language)
        case DeviceEvent.FINGER_ON:
            return TouchPrompt(text(HINTS[Hint.HOLD_STILL]), text("The finger is on the reader."), Tone.ACCENT)
        case DeviceEvent.TRY_AGAIN:
            hint = notice.hint or Hint.PLACE_FINGER
            unseen = hint is Hint.PLACE_FINGER
            why = text("No finger was seen.") if unseen else text("The reader could not read the finger.")
            return TouchPrompt(text(HINTS[hint]), why, Tone.ACCENT)
        case DeviceEvent.WRONG_FINGER if notice.given is not None:
            return wrong_finger_prompt(text(FINGERS[notice.given]), wanted, language)
    return None


def takes_text(capture: CaptureState | None, language: Language) -> str:
    """A sentence on how many takes there are of how many."""
    if capture is None or not capture.takes:
        return language.text("The reader is waiting.")
    done, wanted = len(capture.takes), capture.plan.takes
    return language.text("Capture {done} of {wanted} is done.", done=done, wanted=wanted)


def wrong_finger_prompt(presented: str, expected: Characteristic | None, language: Language) -> TouchPrompt:
    """The prompt where the device says itself that it was another finger; ``presented`` is its name."""
    headline = language.text("This is the {finger}", finger=presented)
    if expected is None or expected.position is None:
        return TouchPrompt(headline, language.text("Nothing of it was used."), Tone.INCONCLUSIVE)
    wanted = language.text(FINGERS[expected.position])
    why = language.text("Nothing of it was used. Lift it and place the {finger}.", finger=wanted)
    return TouchPrompt(headline, why, Tone.INCONCLUSIVE)


def _prompt_of_last_touch(
    wanted: Characteristic | None, capture: CaptureState | None, language: Language
) -> TouchPrompt | None:
    """The prompt on what was wrong with the last touch, which stays until the next one; another finger's card stays as
    well."""
    why = takes_text(capture, language)
    hint = None if capture is None else capture.hint
    if hint is not None:
        return TouchPrompt(language.text(HINTS[hint]), why, Tone.ACCENT)
    prompt = language.text(HINTS[Hint.PLACE_FINGER])
    if wanted is not None and wanted.position is not None:
        prompt = language.text("Place the {finger}", finger=language.text(FINGERS[wanted.position]))
    return TouchPrompt(prompt, why, Tone.ACCENT, prompt)
