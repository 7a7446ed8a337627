"""The form to create or unlock a vault, what is wrong with it before the vault is asked, and how long a code holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.station.administration.passphrase_strength import MINIMUM_PASSPHRASE, too_short
from mlid_desktop.station.text.language import Language


@dataclass(frozen=True, slots=True)
class VaultForm:
    """The fields of the form as a person typed them."""

    name: str = field(repr=False)
    passphrase: str = field(repr=False)
    again: str = field(repr=False)
    creating: bool = False
    demo: bool = False


def form_fault(form: VaultForm, language: Language) -> str:
    """The first thing to correct in a form; empty where nothing is."""
    if form.creating and not form.name.strip():
        return language.text("Type your name: it is written down with what you do.")
    if not form.passphrase:
        return language.text("Type the passphrase.")
    if form.creating and len(form.passphrase) < MINIMUM_PASSPHRASE:
        return too_short(language)
    if form.creating and not form.again:
        return language.text("Type the passphrase again.")
    if form.creating and form.passphrase != form.again:
        return language.text("The two passphrases differ. Type them again.")
    return ""


def second_fault(first: VaultForm, second: VaultForm, language: Language) -> str:
    """The first thing to correct in what the second founder typed; empty where nothing is."""
    if second.name.strip() == first.name.strip():
        return language.text("That is the first person's name: somebody else types here.")
    if second.passphrase and second.passphrase == first.passphrase:
        return language.text("Both passphrases are the same. Each of you types one of your own.")
    return form_fault(second, language)


def time_left(seconds: float, language: Language) -> str:
    """How long the code of a desk that joins still holds, in minutes and seconds."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return language.text("The code holds for {minutes}:{seconds} more.", minutes=minutes, seconds=f"{rest:02}")
