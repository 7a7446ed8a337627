"""The consent text: what is collected, why, for how long and who sees it. Its version names the exact words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mlid_desktop.station.language import N_ as _
from mlid_desktop.station.language import Language

PARAGRAPHS = (
    (
        _("What is collected"),
        _(
            "A picture of your face, images of your fingers where you agree to them, and from these a code that lets "
            "this station recognise you. The pictures themselves are not kept: only the codes, your number and your "
            "name."
        ),
    ),
    (_("Why"), _("To check at later visits that you are the person who was enrolled. It is used for nothing else.")),
    (
        _("How long"),
        _(
            "Until the purpose is met or you withdraw, and at most three years after your last visit. Then it is "
            "erased."
        ),
    ),
    (
        _("Who sees it"),
        _("Only this station. Everything is encrypted on this machine and nothing is sent anywhere."),
    ),
    (
        _("Your choice"),
        _(
            "You may say no: there is always a way without biometrics, at no disadvantage. You may withdraw at any "
            "time, as easily as you agreed, and what is kept about you is then erased."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """Headed paragraphs in one language; ``version`` changes when a word changes."""

    version: str
    language: str
    paragraphs: tuple[tuple[str, str], ...]


def consent_text(language: Language) -> ConsentText:
    """The text to show, with the version that the consent record names."""
    paragraphs = tuple((language.text(head), language.text(body)) for head, body in PARAGRAPHS)
    digest = hashlib.sha256("\n".join(part for pair in PARAGRAPHS for part in pair).encode()).hexdigest()
    return ConsentText(f"1-{digest[:12]}", language.code, paragraphs)
