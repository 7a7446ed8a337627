"""An estimate of how hard a new passphrase is to guess, for whoever chooses one; nothing is refused by it.

The library for it, zxcvbn, has English lists alone: a sentence in Arabic counts there as random signs, 80 bits. It
takes a quarter of a second to load and 60 ms for a key in a long sentence, and a window must answer within 50.
"""

from __future__ import annotations

import re
from enum import IntEnum
from itertools import pairwise
from math import log2
from typing import Final

from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

MINIMUM_PASSPHRASE: Final = 8  # as the vault asks (NIST SP 800-63B-4, 3.1.1.2); the vault checks it again
# Beginnings of what is chosen most, in several languages: whoever guesses tries these first.
COMMON: Final = (
    "password", "pass", "mot de passe", "motdepasse", "secret", "azerty", "qwert", "qwertz", "admin", "welcome",
    "bonjour", "letmein", "iloveyou", "monkey", "dragon", "football", "abc", "123", "111", "000", "مرحبا", "كلمة",
)  # fmt: skip
DISGUISES: Final = str.maketrans("@40135$", "aaoless")  # signs that are typed for letters, as every guesser knows
WORD_BITS: Final = 11.0  # a word of the two thousand that people use most (Diceware lists are larger: 12.9)
SIGN_BITS: Final = 4.0  # a sign of what people make up themselves: far less than a random one (NIST SP 800-63-2, A.1)
FAIR_BITS, STRONG_BITS = 36.0, 55.0  # guesses of a day and of an age at the cost that each guess has here


class Strength(IntEnum):
    """How hard a passphrase is to guess, weakest first."""

    WEAK = 0
    FAIR = 1
    STRONG = 2


STRENGTHS: Final = {
    Strength.WEAK: _("Easy to guess. Several words that do not belong together are better."),
    Strength.FAIR: _("Hard to guess. One more word makes it very hard."),
    Strength.STRONG: _("Very hard to guess."),
}


def strength_of(passphrase: str) -> Strength:
    """The strength of a passphrase, by the words and signs that differ from those before; repetitions, runs such as
    ``12345`` and what most people choose count for nothing."""
    bits = estimate_bits(passphrase)
    if bits >= STRONG_BITS:
        return Strength.STRONG
    return Strength.FAIR if bits >= FAIR_BITS else Strength.WEAK


def estimate_bits(passphrase: str) -> float:
    """Bits of guessing that a passphrase takes, at the most: the smaller of what its words and what its signs give."""
    plain = _without_common(_without_common(passphrase.casefold()).translate(DISGUISES))
    words = dict.fromkeys(word for word in re.split(r"[\W_]+", plain) if len(word) > 1)
    signs = _signs(plain)
    if len(words) > 1 and all(word.isalpha() for word in words):
        return min(WORD_BITS * len(words), SIGN_BITS * signs)
    return min(SIGN_BITS * signs, log2(max(2, len(set(plain)))) * signs)


def _without_common(plain: str) -> str:
    for common in COMMON:
        plain = plain.replace(common, " ")
    return plain


def _signs(plain: str) -> int:
    """How many signs neither repeat nor continue the one before."""
    shown = [ord(sign) for sign in plain if not sign.isspace()]
    return bool(shown) + sum(abs(after - before) > 1 for before, after in pairwise(shown))


def too_short(language: Language) -> str:
    """What is said of a passphrase with fewer characters than the vault takes."""
    return language.text("The passphrase needs at least {number} characters.", number=MINIMUM_PASSPHRASE)
