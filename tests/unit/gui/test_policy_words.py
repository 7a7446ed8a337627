"""What is said of the policy and of the organisation: in force, in plain words, and alike on every page."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.gui.administration.content import Facts
from mlid_desktop.gui.administration.section.desk_presenter import organisation_content
from mlid_desktop.gui.administration.section.policy_presenter import agreement_facts, policy_condition
from mlid_desktop.gui.page.setup_presenter import facts_of_step, policy_in_force, policy_title
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.language import open_language
from tests.makers import policy

ENGLISH = open_language(Path(), "en")


def test_the_policy_in_force_is_named_and_marked_among_those_that_are_offered() -> None:
    assert policy_in_force("evaluation", ENGLISH) == "In force now: Evaluation. Two people can change it later."
    assert policy_title("standard", "standard", ENGLISH) == "Standard, in force"
    assert policy_title("strict", "standard", ENGLISH) == "Strict"


def test_a_policy_is_wanted_when_the_section_of_the_policy_wants_it() -> None:
    when = {about: fact for _, about, fact in facts_of_step(SetupStep.POLICY, ENGLISH)}["When"]
    assert when == "Before the first real person comes"
    condition = policy_condition(policy("evaluation"), ENGLISH)
    assert condition.words == "In force: Evaluation"
    assert condition.why.endswith("before the first real person comes.")
    asked = {fact.name: fact.value for fact in agreement_facts(policy("strict"), ENGLISH)}
    assert asked["To be accepted"] == "2 of face and fingers have to match"


def test_what_people_read_of_an_organisation_that_is_not_named_is_left_to_the_warning() -> None:
    def titles(organisation: Organisation) -> list[str]:
        parts = organisation_content(organisation, frozenset(), ENGLISH).parts
        return [part.title for part in parts if isinstance(part, Facts)]

    assert titles(Organisation()) == ["Who asks"]
    assert titles(Organisation("Riverside Clinic", "12 River Street", "at this desk")) == [
        "Who asks",
        "What people read",
    ]
