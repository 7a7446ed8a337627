"""The two people and the organisation of the demo that the program makes, and what is said where it asks who."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.administration.vault_admin import SecondFounder
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from mlid_desktop.station.assemble import Station
    from mlid_desktop.station.session import StationSession

DEMO_OPERATOR: Final = "Alex Demo"
DEMO_PASSPHRASE: Final = "demonstration only"  # noqa: S105 - guards nothing: a demo vault holds no real person
SECOND_OPERATOR: Final = "Sam Demo"
SECOND_PASSPHRASE: Final = "second demonstration"  # noqa: S105 - as above


def make_demo(station: Station, folder: Path, language: Language) -> StationSession:
    """Creates the vault of the demo, of its two people, who say who asks for consent there. Call on the vault thread.
    Raises VaultError, UsageError."""
    second = SecondFounder(SECOND_OPERATOR, Role.SUPERVISOR, SECOND_PASSPHRASE)
    session = station.create_vault(folder, DEMO_OPERATOR, DEMO_PASSPHRASE, demo=True, second=second)
    text = language.text
    asking = Organisation(
        text("Demo clinic (simulated)"), text("1 Example Street (simulated)"), text("at this desk, at any time")
    )
    try:
        confirmed = session.confirm_second(SECOND_OPERATOR, SECOND_PASSPHRASE)
        session.administration.set_organisation(asking, confirmed)
    except MlidError:
        session.lock()
        raise
    return session


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
