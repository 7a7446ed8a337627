"""Marks for the catalogue: sentences that are named in one place and shown, translated, in another."""

from __future__ import annotations


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Marks a string for the catalogue where it is named but not yet shown."""
    return msgid
