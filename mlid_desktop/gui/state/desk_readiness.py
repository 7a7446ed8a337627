"""Which steps of setting this desk up are still missing, for the home page and the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.state.source_choices import SourceChoice, counting_here
from mlid_desktop.station.administration.readiness import (
    DeskFacts,
    SetupProofs,
    SetupStep,
    VaultFacts,
    mark_of_device,
    missing_steps,
)

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace


class DeskReadiness(QObject):
    """Reads what is missing, for whoever may set a desk up; ``missing`` is None for others, and before it was read."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._facts: VaultFacts | None = None
        self._proofs = SetupProofs(workspace.station.settings.state)
        workspace.closed.connect(self._forget)
        workspace.engines_changed.connect(self.changed)
        workspace.sources_changed.connect(self.changed)

    @property
    def missing(self) -> tuple[SetupStep, ...] | None:
        """The steps that are still to be done; None where nothing is known, or nobody is here to do them."""
        if self._facts is None or not self._workspace.is_open:
            return None
        return missing_steps(self._facts, self._desk_facts())

    @property
    def facts(self) -> VaultFacts:
        """What the vault showed when it was read last; nothing done where it was not read yet."""
        return VaultFacts() if self._facts is None else self._facts

    @property
    def untested(self) -> frozenset[Modality]:
        """The devices in use that count and are still to be tested; none where nothing is open."""
        return self._desk_facts().untested if self._workspace.is_open else frozenset()

    def refresh(self) -> None:
        """Reads again what the vault shows."""
        workspace = self._workspace
        if not workspace.is_open or not may(workspace.unlocked.operator, Act.GOVERN):
            return
        session, settings = workspace.unlocked.session, workspace.station.settings
        managed = "organisation" in settings.managed
        workspace.on_vault(lambda: session.administration.setup_facts(self._proofs, managed=managed), self._know)

    def _desk_facts(self) -> DeskFacts:
        """The models of everything that decides by itself, and a device for some of it; in a demo a device that plays a
        person counts."""
        workspace = self._workspace
        unlocked, faults = workspace.unlocked, workspace.engine_faults
        ready = [
            modality
            for modality in unlocked.session.policy.comparison.primary
            if modality in faults and faults[modality] is None
        ]
        counting = {choice.modality for choice in unlocked.choices if choice.registered or unlocked.demo}
        whole = set(unlocked.session.policy.comparison.primary) <= set(ready)
        untested = frozenset(choice.modality for choice in self._counting() if not self._is_tested(choice))
        has_device = any(modality in counting for modality in ready)
        return DeskFacts(has_models=whole, has_device=has_device, untested=untested)

    def _counting(self) -> list[SourceChoice]:
        """The devices in use that count."""
        workspace = self._workspace
        return counting_here([workspace.source(modality) for modality in Modality], demo=workspace.unlocked.demo)

    def _is_tested(self, choice: SourceChoice) -> bool:
        return self.facts.tested.get(choice.modality) == mark_of_device(choice.identity, choice.kind)

    def _know(self, facts: VaultFacts) -> None:
        self._facts = facts
        self.changed.emit()

    def _forget(self) -> None:
        self._facts = None
