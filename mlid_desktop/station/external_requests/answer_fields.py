"""The site's own fields in an answer to another program: those that the schema lets answers hold, of these the ones
that the caller was admitted for, each masked unless the schema says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlid_desktop.site_fields.schema import Shown, SiteField, Values


def answer_fields(offered: Sequence[SiteField], values: Values, granted: Sequence[str]) -> list[dict[str, Any]]:
    """What an answer says of a person's values: name and kind of the field, and the value as it is kept (of a choice
    its code), or masked. ``granted`` are keys of fields."""
    given = dict(values)
    told = []
    for known in offered:
        value = given.get(known.key, "")
        if not value or known.key not in granted:
            continue
        masked = Shown.INTERFACE not in known.plain
        shown = known.masked(value, "en", Shown.INTERFACE) if masked else value
        told.append({"name": known.name, "kind": known.kind.value, "value": shown, "masked": masked})
    return told
