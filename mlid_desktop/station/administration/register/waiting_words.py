"""What waits at a desk for its register, in words."""

from __future__ import annotations

from mlid_desktop.station.text.language import Language


def withdrawals_waiting(number: int, language: Language) -> str:
    """How many withdrawals of consent wait at this desk, and what that means; nothing where none does."""
    if not number:
        return ""
    return language.plural(
        "{number} withdrawal of consent waits here: it holds at this desk, and other desks hear of it first of all.",
        "{number} withdrawals of consent wait here: they hold at this desk, and other desks hear of them first of all.",
        number,
    )
