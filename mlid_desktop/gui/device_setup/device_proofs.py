"""Which devices in use were seen to work at this desk, for the vault that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.gui.state.source_choices import counting_here
from mlid_desktop.station.administration.readiness import SetupProofs, mark_of_device

if TYPE_CHECKING:
    from mlid_desktop.gui.state.source_choices import SourceChoice
    from mlid_desktop.gui.state.workspace import Workspace


class DeviceProofs:
    """The proofs of the devices: one for each modality, of the device that was tested last."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._proofs = SetupProofs(workspace.station.settings.state)

    def note(self, choice: SourceChoice) -> bool:
        """Notes that a device works; False where it is not the one in use, of which alone that is asked."""
        if self._workspace.source(choice.modality) != choice:
            return False
        vault_id = self._workspace.unlocked.session.vault_id
        self._proofs.note_tested(vault_id, choice.modality, choice.identity, choice.kind)
        return True

    def standing(self, choice: SourceChoice) -> tuple[str, bool]:
        """How a source stands, in words, and whether it was seen to work here; nothing is said where neither is
        known."""
        text = self._workspace.language.text
        done = self._proofs.tested(self._workspace.unlocked.session.vault_id)
        works = done.get(choice.modality) == mark_of_device(choice.identity, choice.kind)
        if self._workspace.source(choice.modality) != choice:
            return (text("tested"), True) if works and choice.kind is not SourceKind.SIMULATED else ("", False)
        return text("in use, tested") if works else text("in use, not tested yet"), works

    def untested(self) -> list[SourceChoice]:
        """The devices in use that count and were not tested yet."""
        done = self._proofs.tested(self._workspace.unlocked.session.vault_id)
        workspace = self._workspace
        wanted = counting_here([workspace.source(modality) for modality in Modality], demo=workspace.unlocked.demo)
        return [each for each in wanted if done.get(each.modality) != mark_of_device(each.identity, each.kind)]
