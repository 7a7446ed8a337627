"""People with a portrait, for tests."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Enrolment
from mlid_desktop.domain.templates import Portrait, PortraitView
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import PORTRAIT_KEYS, PORTRAITS
from tests.makers import ENROLLED
from tests.unit.vault.conftest import enrolment

CHOSEN = Consent(ConsentOutcome.ACCEPTED, "3", "en", ENROLLED, uses=tuple(ConsentUse), portrait=True)
PICTURE = b"\xff\xd8 a picture " * 40


def shown_person(number: str = "1001", picture: bytes = PICTURE) -> Enrolment:
    """Somebody who chose that a portrait is kept."""
    return replace(enrolment(number), consent=CHOSEN, portrait=Portrait(picture, ENROLLED, "live"))


def look(vault: Vault, *people: str, view: PortraitView = PortraitView.DECISION) -> dict[str, bytes]:
    return vault.portraits.show(people, view)


def rows(vault: Vault) -> tuple[int, int]:
    with vault._state.database.reading() as connection:
        counts = [len(connection.execute(table.select()).all()) for table in (PORTRAITS, PORTRAIT_KEYS)]
    return counts[0], counts[1]
