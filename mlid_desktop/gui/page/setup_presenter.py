"""What the guide says: each step of setting a desk up, what proves it, and what a policy leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.readiness import SetupStep, VaultFacts
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language, capitalised
from mlid_desktop.station.text.modality_terms import terms_of
from mlid_desktop.station.text.results import policy_name


@dataclass(frozen=True, slots=True)
class StepTask:
    """One thing to do in a step: a ``title`` that says what, and a sentence on how."""

    title: str
    how: str


@dataclass(frozen=True, slots=True)
class StepWords:
    """The sentences of one step: its ``name``, ``why`` it is done, the ``tasks`` it takes, in their order where they
    are ``ordered``; for how many ``minutes``, what to have ``ready``; whether it is ``needed`` before the first person
    comes; what is ``lacking`` until it is done; what proves it, said once it is ``proven``."""

    name: str
    why: str
    proven: str
    lacking: str
    minutes: int
    tasks: tuple[StepTask, ...] = ()
    ready: str = ""
    ordered: bool = True
    needed: bool = True


STEPS: Final = {
    SetupStep.RECOVERY: StepWords(
        _("Recovery code"),
        _("If every passphrase is forgotten, this code alone opens the vault."),
        _("The code was typed from the paper, and counts."),
        _("type the code from the paper"),
        3,
        (
            StepTask(_("Write the code down"), _("It is shown once, and stored nowhere.")),
            StepTask(_("Type it from the paper"), _("So that you know that it can be read. From then on it counts.")),
            StepTask(_("Lock the paper up"), _("In a safe or a sealed envelope, not at this desk.")),
        ),
        _("Paper and a pen"),
    ),
    SetupStep.MODELS: StepWords(
        _("Models"),
        _("Faces and voices are compared by models. They come from their publishers, or from a folder that you bring."),
        _("The models of everything that decides are installed and whole."),
        _("install the models"),
        10,
        (
            StepTask(_("With a network"), _("They are fetched from their publishers and checked.")),
            StepTask(_("Without a network"), _("Bring the files in a folder, on a stick for instance.")),
        ),
        _("A network, or the folder with the models"),
        ordered=False,
    ),
    SetupStep.DEVICES: StepWords(
        _("Devices"),
        _("Test each device that is used here. A supervisor registers it, so that it counts for real people."),
        _("A device that counts captures a face or fingers, and every one in use was tested."),
        _("choose a device that counts for a face or fingers"),
        5,
    ),
    SetupStep.ORGANISATION: StepWords(
        _("Organisation"),
        _("People read who asks them before they agree, and take it home on the receipt."),
        _("It is said who asks, how they are reached, and how consent is taken back."),
        _("say who asks"),
        3,
        (
            StepTask(_("Who asks"), _("The name by which people know you.")),
            StepTask(_("How you are reached"), _("An address or a telephone number.")),
            StepTask(_("How consent is taken back"), _("At this desk or by post, for instance.")),
        ),
        ordered=False,
    ),
    SetupStep.POLICY: StepWords(
        _("Policy"),
        _("Choose by what happens to people."),
        _("A policy was chosen for this desk."),
        _("choose a policy"),
        2,
    ),
    SetupStep.SECOND: StepWords(
        _("Second supervisor"),
        _("Some acts take two people. A second supervisor keeps the desk going when the first one is away."),
        _("Two supervisors open this vault."),
        _("admit a second supervisor"),
        3,
        (
            StepTask(_("Call them to this desk"), _("Nobody else should know their passphrase.")),
            StepTask(_("Let them type"), _("A name, and a passphrase of their own.")),
        ),
        _("The second supervisor"),
        needed=False,
    ),
    SetupStep.BACKUP: StepWords(
        _("Backup"),
        _("Without a backup, a broken disk takes everybody's records with it."),
        _("A backup was made, and read to its end."),
        _("make a backup and check it"),
        5,
        (
            StepTask(_("Make a backup"), _("On another disk, which is kept elsewhere.")),
            StepTask(_("Check it once"), _("It is read to its end. One that was never checked may be of no use.")),
        ),
        _("Another disk, and a supervisor's passphrase"),
    ),
    SetupStep.TRIAL: StepWords(
        _("Trial person"),
        _("Take somebody who works here through everything once, on one day: then every part has worked."),
        _("Somebody was enrolled, verified and erased."),
        _("enrol, verify and erase somebody"),
        5,
        (
            StepTask(_("Enrol them"), _("With their consent, as anybody else.")),
            StepTask(_("Verify them"), _("The desk has to accept them.")),
            StepTask(_("Erase them"), _("Find them under Records, and erase them there.")),
        ),
        _("A colleague who agrees"),
        needed=False,
    ),
}

# What a policy leads to, by its file; the first is the usual one.
CONSEQUENCES: Final = {
    "standard": _(
        "The face or a finger is enough, and several that are shown are counted together. The fewest right people "
        "are turned away."
    ),
    "standard-all": _(
        "The face or a finger is enough, but each that is shown has to pass by itself. Somewhat more right people "
        "are asked again."
    ),
    "strict": _(
        "Two are always asked, such as the face and a finger, and movements before the camera. The hardest to deceive; "
        "every check takes longer."
    ),
}


# What is said of the step of the models where a demo does with those that are built in.
ENOUGH_FOR_A_DEMO: Final = _(
    "Enough for a demo: small built-in models. Install the models before the first real person comes."
)


def policy_title(name: str, in_force: str, language: Language) -> str:
    """A policy as it is offered: by its name, with a word where it is the one ``in_force``."""
    title = capitalised(policy_name(name, language))
    return language.text("{policy}, in force", policy=title) if name == in_force else title


def policy_in_force(name: str, language: Language) -> str:
    """Which policy the desk decides by until another one is chosen."""
    return language.text(
        "In force now: {policy}. Two people can change it later.", policy=capitalised(policy_name(name, language))
    )


def does_for_a_demo(step: SetupStep, *, done: bool, builtin: bool) -> bool:
    """Whether a step is done as far as a demo needs it, and yet to be done for real people. ``builtin``: faces are
    compared by the built-in models."""
    return done and builtin and step is SetupStep.MODELS


def proof_of(step: SetupStep, language: Language, *, done: bool, builtin: bool) -> tuple[str, Tone]:
    """What is said of a step that is done, and in which tone; nothing of one that is not. ``builtin``: faces are
    compared by the built-in models."""
    if not done:
        return "", Tone.NEUTRAL
    if does_for_a_demo(step, done=done, builtin=builtin):
        return language.text(ENOUGH_FOR_A_DEMO), Tone.INCONCLUSIVE
    return language.text(STEPS[step].proven), Tone.ACCEPTED


def facts_of_step(step: SetupStep, language: Language) -> tuple[tuple[str, str, str], ...]:
    """What is good to know before a step is begun: an icon, what it is about, and the fact."""
    text, words = language.text, STEPS[step]
    when = text("Before the first real person comes") if words.needed else text("Can wait for some days")
    facts = (
        ("clock", text("How long"), language.plural("About {number} minute", "About {number} minutes", words.minutes)),
        ("calendar", text("When"), when),
        ("consent", text("Have ready"), text(words.ready) if words.ready else ""),
        ("circle", text("Done when"), text(words.proven)),
    )
    return tuple(fact for fact in facts if fact[2])


def lacking_text(step: SetupStep, onward: str, untested: Iterable[Modality], language: Language) -> str:
    """What has to be done before the button called ``onward`` opens; of the devices which are ``untested``."""
    untested = frozenset(untested)
    names = [language.text(terms_of(modality).device) for modality in Modality if modality in untested]
    lacking = language.text(STEPS[step].lacking)
    if step is SetupStep.DEVICES and names:
        lacking = language.text("test {devices}", devices=", ".join(names))
    return language.text("Before “{button}”: {act}.", button=onward, act=lacking)


def title_text(step: SetupStep, language: Language) -> str:
    """The title of a step's page."""
    return language.text("Set up this desk: {step}", step=language.text(STEPS[step].name))


def begun_steps(missing: Sequence[SetupStep], facts: VaultFacts) -> frozenset[SetupStep]:
    """The steps that are missing and of which a part is done."""
    parts = {
        SetupStep.DEVICES: bool(facts.tested),
        SetupStep.BACKUP: facts.has_backup,
        SetupStep.TRIAL: any(facts.trial),
    }
    return frozenset(step for step in missing if parts.get(step, False))


def progress_text(missing: Sequence[SetupStep], begun: int, step: SetupStep, language: Language) -> str:
    """Where the guide stands: which step of how many, how many are done, and how many ``begun``."""
    steps = tuple(SetupStep)
    words = language.text(
        "step {number} of {count} · {done} done",
        number=steps.index(step) + 1,
        count=len(steps),
        done=len(steps) - len(missing),
    )
    also = language.text("{number} begun", number=begun) if begun else ""
    return " · ".join(filter(None, (words, also)))


def missing_names(missing: Sequence[SetupStep], language: Language) -> str:
    """The names of the steps that are missing, in their order."""
    return ", ".join(language.text(STEPS[step].name) for step in missing)
