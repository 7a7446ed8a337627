"""What there is to know of a register of an older version than the program, and before it is upgraded, in words."""

from __future__ import annotations

from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.store.register.schema import SCHEMA_VERSION
from mlid_desktop.vault.unlocked.register.writing.upgrading import UpgradePlan


def older_words(schema: int, language: Language) -> str:
    """What is not done with a register of an older version; nothing where it has the newest."""
    if schema >= SCHEMA_VERSION:
        return ""
    return language.text(
        "The register is of version {found}, this program knows {known}. What needs the newer one is not done until "
        "the register is updated at the desk that leads.",
        found=schema,
        known=SCHEMA_VERSION,
    )


def plan_words(plan: UpgradePlan, language: Language) -> str:
    """What an upgrade does, from which version to which."""
    return language.text(
        "The register goes from version {found} to {known}, in one step, in which no desk writes.",
        found=plan.version,
        known=plan.newest,
    )


def done_words(plan: UpgradePlan, language: Language) -> str:
    """What an upgrade has done."""
    if not plan.is_older:
        return language.text("The register is of version {found} already: nothing was done.", found=plan.version)
    return language.text("The register is updated: it is of version {known} now.", known=plan.newest)
