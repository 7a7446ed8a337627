"""The sources that were added or put to use at this desk, kept from one start to the next among the preferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.configuration.preferences import (
    LONGEST_TEXT,
    Preferences,
    read_preferences,
    write_preferences,
)


@dataclass(frozen=True, slots=True)
class DeskSources:
    """Reads and keeps addresses of sources in the folder of the station's ``state``. An address that may hold a secret
    is never kept: preferences are not encrypted."""

    state: Path

    def added(self) -> Mapping[str, str]:
        """The addresses that were added, with the modality that each delivers."""
        return self._preferences.sources

    def add(self, address: str, modality: Modality) -> None:
        """Keeps an address for the next start."""
        self._keep(replace(self._preferences, sources={**self._without(address), **self._kept(address, modality)}))

    def forget(self, address: str) -> None:
        """Forgets an address that was added."""
        self._keep(replace(self._preferences, sources=self._without(address)))

    def in_use(self) -> dict[Modality, str]:
        """The address that was put to use last, by modality."""
        kept = self._preferences.in_use
        return {modality: kept[modality.value] for modality in Modality if modality.value in kept}

    def use(self, modality: Modality, address: str) -> None:
        """Keeps which source is in use for a modality."""
        others = {name: other for name, other in self._preferences.in_use.items() if name != modality.value}
        used = {modality.value: address} if may_be_kept(address) else {}
        self._keep(replace(self._preferences, in_use=others | used))

    @property
    def _preferences(self) -> Preferences:
        return read_preferences(self.state)

    def _keep(self, chosen: Preferences) -> None:
        write_preferences(self.state, chosen)

    def _without(self, address: str) -> dict[str, str]:
        return {other: name for other, name in self._preferences.sources.items() if other != address}

    @staticmethod
    def _kept(address: str, modality: Modality) -> dict[str, str]:
        return {address: modality.value} if may_be_kept(address) else {}


def may_be_kept(address: str) -> bool:
    """Whether the address of a source may be stored in the clear: one with a name and password, or with options that
    may be secrets, may not."""
    return len(address) <= LONGEST_TEXT and "@" not in address and "?" not in address
