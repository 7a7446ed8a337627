"""What the section of the policy says: what is asked of people, in sentences and in figures under one another."""

from __future__ import annotations

from typing import Final

from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.administration.content import Cell, Fact, Facts, SectionContent, SectionState, Table
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.documents.measured_accuracy import FusionFigures, RuleFigures
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language, capitalised
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.results import policy_name
from mlid_desktop.station.text.terms import MODALITIES

CHALLENGES: Final = {
    "always": _("asked of everybody"),
    "unsure": _("asked where the check against copies is not sure"),
}
FOR_TRYING_OUT: Final = "evaluation"  # the policy of demo vaults


def policy_content(
    policy: Policy, figures: FusionFigures, managed: frozenset[str], language: Language
) -> SectionContent:
    """What the desk decides by: in one sentence, as figures, as rules; which file that is comes last."""
    text = language.text
    own = (Fact(text("Managed by"), text("your administrator")),) if "policy" in managed else ()
    name = f"{policy_name(policy.name, language)} · {LEFT_TO_RIGHT_MARK}{policy.identity.digest[:12]}"
    identity = Fact(text("Name and version"), name, minor=True)
    parts = (
        Facts(agreement_facts(policy, language), text("What is asked of a person")),
        stranger_table(policy, language),
        rule_table(policy, figures, language),
        Facts(caution_facts(policy, language), text("Against copies and guessing")),
        Facts((*own, identity)),
    )
    return SectionContent(parts, policy_condition(policy, language))


def policy_condition(policy: Policy, language: Language) -> SectionState:
    """Which policy is in force, and what it asks, in a sentence."""
    text, asked = language.text, policy.comparison.minimum_primary
    which = text("In force: {policy}", policy=capitalised(policy_name(policy.name, language)))
    if policy.name == FOR_TRYING_OUT:
        why = text(
            "It is for trying the program out, and asks little of a face. Choose another one before the first real "
            "person comes."
        )
        return SectionState(Tone.INCONCLUSIVE, which, why)
    if asked == 1:
        words = text("A face or a finger is enough to be accepted.")
        return SectionState(Tone.INFORMATION, which, words)
    words = text(
        "{number} of face and fingers have to agree before somebody is accepted.", number=language.number(asked)
    )
    return SectionState(Tone.INFORMATION, which, words)


def stranger_table(policy: Policy, language: Language) -> Table:
    """How seldom a stranger would pass by each modality."""
    text, number, rules = language.text, language.number, policy.comparison

    def seldom(rate: float) -> Cell:
        return Cell(text("at most 1 in {number}", number=number(round(1 / rate))))

    def means(modality: Modality) -> Cell:
        supports = text("never decides alone") if modality in rules.supporting else ""
        return Cell(text(MODALITIES[modality]), note=supports)

    rows = [(means(modality), seldom(rules.rate(modality))) for modality in (*rules.primary, *rules.supporting)]
    if rules.rule == "fused" and rules.fused_fmr is not None:
        rows.insert(len(rules.primary), (Cell(text("Face and finger together")), seldom(rules.fused_fmr)))
    heads = text("Checked by"), text("A stranger passes")
    return Table(heads, tuple(rows), text("How hard it is to pass as somebody else"), wide=1, named=True)


def rule_table(policy: Policy, figures: FusionFigures, language: Language) -> Table:
    """What both rules for face and finger together do to the right people and to others."""
    text = language.text
    in_force = policy.comparison.rule

    def told(name: str, rule: str, found: RuleFigures) -> tuple[Cell, ...]:
        note = text("in force") if (rule == "fused") == (in_force == "fused") else ""
        return (
            Cell(name, note=note),
            Cell(text("{share} of 100", share=f"{found.refused:g}")),
            Cell(text("{share} of 100", share=f"{found.own_and_strangers:g}")),
        )

    rows = (
        told(text("Face and finger are counted together"), "fused", figures.fused),
        told(text("Each has to pass by itself"), "all", figures.each),
    )
    heads = text("Rule"), text("Right people refused"), text("Accepted with a stranger's finger")
    counted = text(
        "Measured on {people} people joined with {fingers} fingers", people=figures.people, fingers=figures.fingers
    )
    return Table(heads, rows, text("Face and finger shown together"), wide=2, note=f"{counted}.", named=True)


def agreement_facts(policy: Policy, language: Language) -> tuple[Fact, ...]:
    """How many must agree, and what a voice and a search do."""
    text, number, rules = language.text, language.number, policy.comparison
    enough = text("the face or one finger has to match")
    if rules.minimum_primary > 1:
        enough = text("{number} of face and fingers have to match", number=number(rules.minimum_primary))
    against = text("stops an acceptance") if rules.heed_supporting else text("is shown, and stops nothing")
    return (
        Fact(text("To be accepted"), enough),
        Fact(text("A voice that does not match"), against),
        Fact(text("People that a search proposes"), text("at most {number}", number=policy.identification.candidates)),
    )


def caution_facts(policy: Policy, language: Language) -> tuple[Fact, ...]:
    """What is asked of people against copies, and what stands against trying again and again."""
    text, number, attempts = language.text, language.number, policy.attempts
    virtual = text("count once registered") if policy.allows_virtual else text("never count")
    hours = policy.hours_without_register
    without = language.plural("checks for {number} hour at most", "checks for {number} hours at most", hours)
    return (
        *(
            Fact(text("Movements before the camera"), text(CHALLENGES[rules.challenge]))
            for rules in policy.attack.values()
        ),
        Fact(text("Virtual cameras and microphones"), virtual),
        Fact(text("A desk without its register"), without),
        Fact(
            text("Failed attempts"),
            text(
                "after {free} a wait of {seconds} seconds, after {most} the person is locked",
                free=number(attempts.free),
                seconds=number(round(attempts.delay_s)),
                most=number(attempts.lock_out),
            ),
        ),
    )
