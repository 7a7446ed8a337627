"""Phone numbers, by Google's library of numbering plans (phonenumbers). Nothing is dialled and nothing looked up."""

from __future__ import annotations

import phonenumbers


def regions() -> frozenset[str]:
    """The countries whose numbering plans are known, by their two letters."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def international(text: str, region: str) -> str:
    """A phone number in the form of E.164, "" for what is none; ``region`` is the country of a number that names
    none."""
    try:
        parsed = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
