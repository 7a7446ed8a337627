"""The organisation that asks for consent: who it is, how it is reached, and how consent is taken back there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.text import is_shown, tidy
from mlid_desktop.station.configuration.managed import MAX_ORGANISATION
from mlid_desktop.station.configuration.settings import Settings
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.lifecycle import Vault

STORED: Final = "organisation"
LONGEST: Final = MAX_ORGANISATION  # characters of each


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who asks for consent: its ``name``, its ``contact`` (an address, a telephone number), and the way in which a
    person takes consent back (``withdrawal``). Each is tidied, and empty where it was not said. Raises ValueError for
    what cannot be shown or is too long."""

    name: str = ""
    contact: str = ""
    withdrawal: str = ""

    def __post_init__(self) -> None:
        for attribute in ("name", "contact", "withdrawal"):
            said = tidy(getattr(self, attribute))
            if len(said) > LONGEST or not is_shown(said):
                raise ValueError(f"{attribute} needs at most {LONGEST} characters that can be shown")
            object.__setattr__(self, attribute, said)

    def paragraph(self, language: Language) -> tuple[str, str]:
        """Head and body of what stands before the consent text and on receipts; both empty where nothing is said."""
        text = language.text
        sentences = (
            text("You are asked by {organisation}.", organisation=self.name) if self.name else "",
            text("Contact: {contact}.", contact=self.contact.rstrip(".")) if self.contact else "",
            text("To withdraw: {way}.", way=self.withdrawal.rstrip(".")) if self.withdrawal else "",
        )
        body = " ".join(sentence for sentence in sentences if sentence)
        return (text("Who asks you"), body) if body else ("", "")


def read_organisation(vault: Vault, settings: Settings) -> Organisation:
    """The organisation of this desk: what the administrator manages, else what supervisors stored in the vault. Call on
    the vault thread. Raises VaultError where that is forged."""
    stored = _read(vault.settings.read(STORED))
    return Organisation(
        settings.organisation or stored.name,
        settings.contact or stored.contact,
        settings.withdrawal or stored.withdrawal,
    )


def store_organisation(vault: Vault, organisation: Organisation, second: SecondPerson | None) -> None:
    """Stores the organisation under the supervisors' signature; it takes two. Raises VaultError."""
    vault.settings.store(STORED, json.dumps(asdict(organisation), ensure_ascii=False).encode(), second)


def organisation_as_typed(name: str, contact: str, withdrawal: str) -> Organisation:
    """The organisation as somebody typed it. Raises UsageError(USAGE_BAD_ARGUMENT)."""
    try:
        return Organisation(name, contact, withdrawal)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=STORED) from None


def _read(untrusted: bytes | None) -> Organisation:
    """What was stored; what this version cannot read counts as nothing said."""
    if untrusted is None:
        return Organisation()
    try:
        said = json.loads(untrusted)
        return Organisation(str(said["name"]), str(said["contact"]), str(said["withdrawal"]))
    except (ValueError, TypeError, KeyError):
        return Organisation()
