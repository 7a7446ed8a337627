"""Settings of the station: folders on this machine, and limits on its use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, ConfigDict, Field

from mlid_desktop.station.configuration.managed import Managed, read_managed
from mlid_desktop.station.configuration.preferences import read_preferences
from mlid_desktop.station.configuration.resources import PACKAGE

APPLICATION = "mlid-desktop"
MODELS_VARIABLE = "MLID_MODELS"
UNLOCK_VARIABLE = "MLID_UNLOCK_SECONDS"
LANGUAGE_VARIABLE = "MLID_LANGUAGE"
UNLOCK_SECONDS = 1.0  # what a passphrase costs at the desk; a cost has a floor of its own, whatever is set here
MOST_UNLOCK_SECONDS = 10.0
LEAST_AUTO_LOCK, MOST_AUTO_LOCK = 3, 120  # minutes; the warning alone takes two
MAX_THREADS = 4  # more do not help the small models and take the preview's cores


class Settings(BaseModel):
    """Settings of this machine, handed to ``assemble``; nothing else reads the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: Path
    state: Path
    vaults: Path
    language: str = ""
    sounds: bool = True
    policy: str = "standard"
    vault_folder: Path | None = None
    kiosk: bool = False
    auto_lock_minutes: Annotated[int, Field(ge=LEAST_AUTO_LOCK, le=MOST_AUTO_LOCK)] = 10
    proxy: str = ""
    organisation: str = ""
    contact: str = ""
    withdrawal: str = ""
    managed: frozenset[str] = frozenset()
    unlock_seconds: Annotated[float, Field(ge=0, le=MOST_UNLOCK_SECONDS)] = UNLOCK_SECONDS
    threads: Annotated[int, Field(ge=1, le=MAX_THREADS)] = 2


def read_settings(environment: dict[str, str] | None = None, managed: Managed | None = None) -> Settings:
    """Reads the settings of this machine: the platform's folders, overridden by the environment, and both by what the
    administrator manages. Raises StationError(STATION_POLICY_INVALID)."""
    values = dict(os.environ) if environment is None else environment
    above = read_managed() if managed is None else managed
    data = Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))
    checkout = PACKAGE.parent / "models"
    models = values.get(MODELS_VARIABLE)
    state = Path(platformdirs.user_state_dir(APPLICATION, appauthor=False))
    chosen = read_preferences(state)
    settings = Settings(
        models=Path(models) if models else (checkout if checkout.is_dir() else data / "models"),
        state=state,
        vaults=data / "vaults",
        unlock_seconds=_seconds(values.get(UNLOCK_VARIABLE, "")),
        language=values.get(LANGUAGE_VARIABLE, "") or chosen.language,
        sounds=chosen.sounds,
        threads=max(1, min(MAX_THREADS, os.cpu_count() or 1)),
    )
    return _managed(settings, above)


def _seconds(untrusted: str) -> float:
    """A setting in seconds; one that cannot be read counts as not given."""
    try:
        return max(0.0, min(MOST_UNLOCK_SECONDS, float(untrusted)))
    except ValueError:
        return UNLOCK_SECONDS


def _managed(settings: Settings, above: Managed) -> Settings:
    """The settings overridden by what the administrator manages."""
    said = above.model_dump(exclude_none=True)
    folders = {"vault": "vault_folder", "models": "models", "logs": "state"}
    changes = {folders.get(name, name): Path(value) if name in folders else value for name, value in said.items()}
    return settings.model_copy(update={**changes, "managed": above.names})
