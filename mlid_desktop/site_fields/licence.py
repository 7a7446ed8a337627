"""What the code on the back of a driving licence says (AAMVA DL/ID card design standard, annex D): of its elements,
those alone are taken that a field of the site is mapped to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from mlid_desktop.site_fields.schema import FieldKind, SiteField

MAX_CODE: Final = 4000  # characters: a PDF417 code holds fewer than 2,710 digits or 1,850 letters
_HEADER: Final = re.compile(r"(?:ANSI|AAMVA) ?\d{6}")
_ELEMENT: Final = re.compile(r"(?:^|[\n\r])(?:DL|ID)?([DZ][A-Z]{2})([^\n\r\x1c-\x1f]{0,200})")
_SUBFILE: Final = re.compile(r"(?:DL|ID)(?=D[A-Z]{2})")
_EIGHT_DIGITS: Final = re.compile(r"\d{8}")


def is_licence(untrusted: str) -> bool:
    """Whether a scanned text is the code of a driving licence."""
    return len(untrusted) <= MAX_CODE and _HEADER.search(untrusted) is not None


def read_licence(untrusted: str, fields: Iterable[SiteField]) -> Mapping[str, str]:
    """What a licence's code says for these fields, by their names, as if it were typed; everything else of it is
    dropped here. Nothing for a text that is none."""
    if not is_licence(untrusted):
        return {}
    head = _HEADER.search(untrusted)
    body = untrusted if head is None else untrusted[head.end() :]
    elements = {name: value.strip() for name, value in _ELEMENT.findall(_SUBFILE.sub("\n", body))}
    return {
        known.name: _as_typed(known, elements[known.licence])
        for known in fields
        if known.licence and elements.get(known.licence)
    }


def _as_typed(known: SiteField, value: str) -> str:
    """A value as it would be typed; dates stand as month, day, year in the United States, as year, month, day in
    Canada."""
    if known.kind is not FieldKind.DATE or not _EIGHT_DIGITS.fullmatch(value):
        return value
    for year, month, day in ((value[:4], value[4:6], value[6:]), (value[4:], value[:2], value[2:4])):
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if 1900 <= found.year <= 2100:
            return found.isoformat()
    return value
