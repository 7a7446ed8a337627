"""Opens the pipelines of the modalities when first needed, on the inference thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError, ModelError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.station.threads import Owner, ThreadRole

Opener = Callable[[], Pipeline]


class Pipelines:
    """The pipelines of all modalities: one whose models are missing is off, with the fault that says why; the others
    work on."""

    def __init__(self, openers: Mapping[Modality, Opener]) -> None:
        self._openers = dict(openers)
        self._opened: dict[Modality, Pipeline] = {}
        self._owner = Owner(ThreadRole.INFERENCE)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities that this program knows, on or off."""
        return tuple(self._openers)

    def open(self, modality: Modality) -> Pipeline:
        """Opens the modality's pipeline and warms it. Raises the ModelError that keeps it off, with the modality among
        its facts."""
        self._owner.require()
        if modality in self._opened:
            return self._opened[modality]
        if modality not in self._openers:
            raise ModelError(Code.MODEL_MISSING, modality=modality.value)
        try:
            self._opened[modality] = self._openers[modality]()
        except ModelError as fault:
            raise ModelError(fault.code, **{**fault.facts, "modality": modality.value}) from fault
        return self._opened[modality]

    def fault(self, modality: Modality) -> MlidError | None:
        """The fault that keeps a modality off; None where it is on. Opens it to find out."""
        try:
            self.open(modality)
        except ModelError as fault:
            return fault
        return None
