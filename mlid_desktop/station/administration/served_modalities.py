"""What each modality serves for with the models that are installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.templates import Grade
from mlid_desktop.modalities.registry import ROWS
from mlid_desktop.models.store import ModelState, Presence
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import MODALITIES


@dataclass(frozen=True, slots=True)
class ServedModality:
    """What a modality serves for: ``grade``, and the ``missing`` files without which it serves evaluation alone."""

    modality: Modality
    grade: Grade
    missing: tuple[str, ...] = ()


def modality_of_role(role: str) -> Modality | None:
    """The modality whose models serve in this role; None where none of this program's does."""
    return next((row.facts.modality for row in ROWS if role.startswith(row.models)), None)


def served_modalities(states: Iterable[ModelState]) -> tuple[ServedModality, ...]:
    """What the modalities serve for, as far as the models decide it: one of which a network that compares, the one that
    finds or one that looks for attacks is not installed serves evaluation alone."""
    known = tuple(states)
    there = {state.role for state in known if state.state is Presence.INSTALLED}
    files = {state.role: state.file for state in known if state.chosen}
    served = []
    for row in ROWS:
        stand_in = row.builtin
        wanted = () if stand_in is None else (*stand_in.needed_roles, *stand_in.attack_roles)
        if stand_in is not None and not there & set(stand_in.missing_roles):
            wanted = (*wanted, *stand_in.missing_roles)
        missing = tuple(files[role] for role in wanted if role not in there)
        grade = Grade.EVALUATION if missing else Grade.OPERATIONAL
        served.append(ServedModality(row.facts.modality, grade, missing))
    return tuple(served)


def served_lines(states: Iterable[ModelState], language: Language) -> Sequence[tuple[str, str]]:
    """Each modality by name, with a sentence on what it serves for."""
    return tuple(
        (language.text(MODALITIES[row.modality]), served_text(row, language)) for row in served_modalities(states)
    )


def served_text(row: ServedModality, language: Language) -> str:
    """What a modality serves for, and which files it lacks."""
    if row.missing:
        return language.text("For evaluation, in demo vaults alone. Missing: {files}", files=", ".join(row.missing))
    if facts_of(row.modality).supports_only:
        return language.text("For operation: it supports a decision and makes none.")
    return language.text("For operation")
