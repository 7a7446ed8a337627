"""What to know before a server gets back what it lost, in words."""

from __future__ import annotations

from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.unlocked.register.writing.mending import MendPlan


def unheard_words(plan: MendPlan, language: Language) -> str:
    """Which desks have said nothing since the server was restored, and what that means; nothing where all have."""
    if not plan.unheard:
        return ""
    return language.text(
        "Not heard since the server was restored: {names}. Connect them first: what one of them wrote, and this desk "
        "has not seen, would be at that desk alone, which would have to join again.",
        names=", ".join(plan.unheard),
    )
