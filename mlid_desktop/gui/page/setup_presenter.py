"""What the guide says: each step of setting a desk up, what proves it, and what a policy leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language


@dataclass(frozen=True, slots=True)
class StepWords:
    """The sentences of one step: its ``name``, ``why`` it is done, what is said once it is ``proven``."""

    name: str
    why: str
    proven: str


STEPS: Final = {
    SetupStep.RECOVERY: StepWords(
        _("Recovery code"),
        _("If every passphrase is forgotten, this code alone opens the vault. Write it down, type it, lock it up."),
        _("The code was typed from the paper, and counts."),
    ),
    SetupStep.MODELS: StepWords(
        _("Models"),
        _("Faces and voices are compared by models. They come from their publishers, or from a folder that you bring."),
        _("The models of everything that decides are installed and whole."),
    ),
    SetupStep.DEVICES: StepWords(
        _("Devices"),
        _("Choose each device, look at what it shows, and register it: only then does it count as live."),
        _("A device that counts captures a face or fingers."),
    ),
    SetupStep.ORGANISATION: StepWords(
        _("Organisation"),
        _("People read who asks them before they agree, and take it home on the receipt."),
        _("It is said who asks, how they are reached, and how consent is taken back."),
    ),
    SetupStep.POLICY: StepWords(
        _("Policy"),
        _("Choose by what happens to people. It can be changed later, by two people."),
        _("It was chosen what the desk decides by."),
    ),
    SetupStep.SECOND: StepWords(
        _("Second supervisor"),
        _("Some acts take two people. A second supervisor keeps the desk going when the first one is away."),
        _("Two supervisors open this vault."),
    ),
    SetupStep.BACKUP: StepWords(
        _("Backup"),
        _(
            "Make a backup on another disk, and have it read to its end once. One that was never checked may be of no"
            " use."
        ),
        _("A backup was made, and read to its end."),
    ),
    SetupStep.TRIAL: StepWords(
        _("Trial person"),
        _("Enrol somebody who works here, verify them, and erase them: then every part has worked once."),
        _("Somebody was enrolled, verified and erased."),
    ),
}

# What a policy leads to, by its file; the first is the usual one.
CONSEQUENCES: Final = {
    "standard": _(
        "The face or a finger is enough, and several that are shown are counted together. The fewest rightful people "
        "are turned away."
    ),
    "standard-all": _(
        "The face or a finger is enough, but each that is shown has to pass by itself. Somewhat more rightful people "
        "are asked again."
    ),
    "strict": _(
        "Two are always asked, such as the face and a finger, and movements before the camera. The hardest to deceive; "
        "every check takes longer."
    ),
}


# What is said of the step of the models where a demo does with those that are built in.
ENOUGH_FOR_A_DEMO: Final = _("Enough for a demo: small built-in models. Install the models before real people come.")


def proof_of(step: SetupStep, language: Language, *, done: bool, builtin: bool) -> tuple[str, Tone]:
    """What is said of how a step stands, and in which tone. ``builtin``: faces are compared by the built-in models."""
    if not done:
        return language.text("Not done yet."), Tone.NEUTRAL
    if builtin and step is SetupStep.MODELS:
        return language.text(ENOUGH_FOR_A_DEMO), Tone.INFORMATION
    return language.text(STEPS[step].proven), Tone.ACCEPTED


def title_text(step: SetupStep, language: Language) -> str:
    """The title of a step's page."""
    return language.text("Set up this desk: {step}", step=language.text(STEPS[step].name))


def progress_text(missing: Sequence[SetupStep], step: SetupStep, language: Language) -> str:
    """Where the guide stands: which step of how many, and how many are done."""
    steps = tuple(SetupStep)
    return language.text(
        "step {number} of {count} · {done} done",
        number=steps.index(step) + 1,
        count=len(steps),
        done=len(steps) - len(missing),
    )


def missing_names(missing: Sequence[SetupStep], language: Language) -> str:
    """The names of the steps that are missing, in their order."""
    return ", ".join(language.text(STEPS[step].name) for step in missing)
