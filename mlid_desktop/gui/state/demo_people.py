"""The two people of the demo that the program makes for itself, and what is said of them where it asks who."""

from __future__ import annotations

from typing import Final

from mlid_desktop.station.text.language import Language

DEMO_OPERATOR: Final = "Alex Demo"
DEMO_PASSPHRASE: Final = "demonstration only"  # noqa: S105 - guards nothing: a demo vault holds no real person
SECOND_OPERATOR: Final = "Sam Demo"
SECOND_PASSPHRASE: Final = "second demonstration"  # noqa: S105 - as above


def unlocking_hint(operator: str, language: Language) -> str:
    """What is said where the demo was locked; empty where it is no demo of the program's own."""
    if operator != DEMO_OPERATOR:
        return ""
    return language.text("This is the demo. Its passphrase: {passphrase}", passphrase=DEMO_PASSPHRASE)


def second_person_hint(operator: str, language: Language) -> str:
    """What is said where the demo asks for a second person; empty where it is no demo of the program's own."""
    if operator != DEMO_OPERATOR:
        return ""
    return language.text(
        "In this demo that is {name}, with the passphrase: {passphrase}",
        name=SECOND_OPERATOR,
        passphrase=SECOND_PASSPHRASE,
    )
