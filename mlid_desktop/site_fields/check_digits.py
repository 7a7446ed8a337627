"""Check digits of document numbers: Luhn (ISO/IEC 7812-1, annex B), ICAO Doc 9303-3 (4.9), and ISO/IEC 7064."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlid_desktop.site_fields.schema import CheckScheme

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHANUMERIC: Final = DIGITS + LETTERS
ICAO_WEIGHTS: Final = (7, 3, 1)


@dataclass(frozen=True, slots=True)
class Pure:
    """A pure system of ISO/IEC 7064: the number with its check characters is 1 modulo ``modulus``. ``more`` is the
    check character beyond the alphabet, "" where there is none; ``count`` is how many check characters stand last."""

    modulus: int
    radix: int
    alphabet: str
    count: int
    more: str = ""


@dataclass(frozen=True, slots=True)
class Hybrid:
    """A hybrid system of ISO/IEC 7064, of moduli M + 1 and M for an alphabet of M characters."""

    alphabet: str


SYSTEMS: Final[Mapping[CheckScheme, Pure | Hybrid]] = {
    CheckScheme.MOD_11_2: Pure(11, 2, DIGITS, 1, "X"),
    CheckScheme.MOD_37_2: Pure(37, 2, ALPHANUMERIC, 1, "*"),
    CheckScheme.MOD_97_10: Pure(97, 10, DIGITS, 2),
    CheckScheme.MOD_661_26: Pure(661, 26, LETTERS, 2),
    CheckScheme.MOD_1271_36: Pure(1271, 36, ALPHANUMERIC, 2),
    CheckScheme.MOD_11_10: Hybrid(DIGITS),
    CheckScheme.MOD_27_26: Hybrid(LETTERS),
    CheckScheme.MOD_37_36: Hybrid(ALPHANUMERIC),
}


def is_checked(scheme: CheckScheme, number: str) -> bool:
    """Whether a number without spaces, in capitals, ends with the check digit of its scheme."""
    match scheme:
        case CheckScheme.NONE:
            return True
        case CheckScheme.LUHN:
            return _is_luhn(number)
        case CheckScheme.ICAO_9303:
            return _is_icao(number)
    system = SYSTEMS[scheme]
    return _is_pure(system, number) if isinstance(system, Pure) else _is_hybrid(system, number)


def _is_luhn(number: str) -> bool:
    if len(number) < 2 or not _is_of(number, DIGITS):
        return False
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_icao(number: str) -> bool:
    """The last character is the check digit of those before; the filler ``<`` counts as 0."""
    body, last = number[:-1], number[-1:]
    if not body or not _is_of(body, ALPHANUMERIC + "<") or not _is_of(last, DIGITS):
        return False
    values = (0 if character == "<" else ALPHANUMERIC.index(character) for character in body)
    return sum(value * ICAO_WEIGHTS[index % 3] for index, value in enumerate(values)) % 10 == int(last)


def _is_pure(system: Pure, number: str) -> bool:
    body, checks = number[: -system.count], number[-system.count :]
    if not body or not _is_of(body, system.alphabet) or not _is_of(checks, system.alphabet + system.more):
        return False
    total, alphabet = 0, system.alphabet + system.more
    for character in number:
        total = (total * system.radix + alphabet.index(character)) % system.modulus
    last = 0
    for character in checks:
        last = last * system.radix + alphabet.index(character)
    computed = system.count == 1 or 2 <= last <= system.modulus + 1  # two characters could say the same in two ways
    return total == 1 and computed


def _is_hybrid(system: Hybrid, number: str) -> bool:
    size = len(system.alphabet)
    if len(number) < 2 or not _is_of(number, system.alphabet):
        return False
    product = size
    for character in number[:-1]:
        rest = (product + system.alphabet.index(character)) % size or size
        product = rest * 2 % (size + 1)
    return (product + system.alphabet.index(number[-1])) % size == 1


def _is_of(text: str, alphabet: str) -> bool:
    return bool(text) and all(character in alphabet for character in text)
