"""Settings that an administrator placed for every desk of a machine; they override a person's own.

One TOML file with one table, ``[settings]``. It says only what it wants to manage; whatever it names cannot be changed
by the person at the desk, and both faces show it as managed. It is the administrator's to keep unwritable for others.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.domain.text import toml_content

MAX_BYTES: Final = 64 * 1024
MAX_TEXT: Final = 1024
MAX_ORGANISATION: Final = 200
PROXY: Final = r"^(https?://[^\s]+)?$"
LANGUAGE: Final = r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$"


class Managed(BaseModel):
    """The settings that an administrator may manage; None where one is left to the desk."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: Annotated[str, Field(pattern=LANGUAGE)] | None = None
    policy: Literal["standard", "standard-all", "strict"] | None = None
    vault: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    logs: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    models: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    proxy: Annotated[str, Field(max_length=MAX_TEXT, pattern=PROXY)] | None = None
    threads: Annotated[int, Field(ge=1, le=4)] | None = None
    kiosk: bool | None = None
    auto_lock_minutes: Annotated[int, Field(ge=3, le=120)] | None = None
    organisation: Annotated[str, Field(min_length=1, max_length=MAX_ORGANISATION)] | None = None
    contact: Annotated[str, Field(min_length=1, max_length=MAX_ORGANISATION)] | None = None
    withdrawal: Annotated[str, Field(min_length=1, max_length=MAX_ORGANISATION)] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Names of the settings that are managed."""
        return frozenset(name for name, value in self if value is not None)


def managed_file() -> Path:
    """Path of the file in which administrators of this operating system place settings."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "MLID Desktop" / "policy.toml"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/MLID Desktop/policy.toml")
    return Path("/etc/mlid/policy.toml")


def read_managed(path: Path | None = None) -> Managed:
    """Reads the managed settings of this machine; none where there is no file.

    Raises StationError(STATION_POLICY_INVALID): a rule that cannot be read is never a rule that does not hold.
    """
    managed_path = path or managed_file()
    try:
        with managed_path.open("rb") as file:
            untrusted = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Managed()
    except OSError as fault:
        raise _invalid(managed_path, fault.strerror or "unreadable") from None
    try:
        content = toml_content(untrusted) if len(untrusted) <= MAX_BYTES else {}
    except ValueError:
        raise _invalid(managed_path, "TOML") from None
    if set(content) != {"settings"} or not isinstance(content["settings"], dict):
        raise _invalid(managed_path, "[settings]")
    try:
        return Managed(**content["settings"])
    except ValidationError as fault:
        raise _invalid(managed_path, ".".join(str(part) for part in fault.errors()[0]["loc"])) from None


def _invalid(path: Path, where: str) -> StationError:
    return StationError(Code.STATION_POLICY_INVALID, path=str(path), where=where)
