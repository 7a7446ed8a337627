"""The installed models: their state, and the only way to open one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Grade
from mlid_desktop.models.files import FileDiffersError, read_pinned
from mlid_desktop.models.manifest import Manifest, ModelEntry
from mlid_desktop.models.pins import PinnedFile
from mlid_desktop.models.session import ModelSession, open_session

NONE_PREFERRED: Mapping[str, str] = MappingProxyType({})


class Presence(StrEnum):
    """State of a model file on disk: installed, missing or changed."""

    INSTALLED = "installed"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model as ``mlid models list`` shows it: ``size`` in bytes; ``chosen`` where this file serves its role;
    ``sources`` are the published files that it is made of, none for one that comes with the program."""

    role: str
    file: str
    state: Presence
    licence: str
    grade: Grade
    size: int
    alternative: bool
    chosen: bool
    sources: tuple[PinnedFile, ...]


class ModelStore:
    """Opens the models of ``folder``, each once. ``preferred`` names, by role, a file to use in place of the default
    one; where that file is not installed the role is off, because another model in its stead would not know its
    references.

    Sessions belong to the inference thread, and so does a store that has opened one.
    """

    def __init__(
        self, manifest: Manifest, folder: Path, threads: int, preferred: Mapping[str, str] = NONE_PREFERRED
    ) -> None:
        self._manifest = manifest
        self._folder = folder
        self._threads = threads
        self._preferred = dict(preferred)
        self._opened: dict[str, ModelSession] = {}

    def entry(self, role: str) -> ModelEntry:
        """The manifest entry of the model that serves a role. Raises ModelError(MODEL_MISSING) where the manifest has
        none."""
        return self._manifest.entry(role, self._preferred.get(role))

    def open(self, role: str) -> ModelSession:
        """Opens the model of a role, or what stands in for it: its bytes are read once, checked, and those very bytes
        are loaded and warmed.

        Raises ModelError: MODEL_MISSING, MODEL_CHANGED, or MODEL_UNUSABLE where the runtime refuses it.
        """
        if role not in self._opened:
            entry = self._present(role)
            self._opened[role] = open_session(entry, self._verified(entry), self._threads)
        return self._opened[role]

    def open_installed(self, role: str) -> ModelSession | None:
        """Opens the model of a role as :meth:`open` does; None where it is not installed. Raises ModelError:
        MODEL_CHANGED or MODEL_UNUSABLE."""
        try:
            return self.open(role)
        except ModelError as fault:
            if fault.code is Code.MODEL_MISSING:
                return None
            raise

    def state(self) -> tuple[ModelState, ...]:
        """The state of every model of the manifest, each file read and hashed."""
        return tuple(self._state(entry) for entry in self._manifest.models)

    def fingerprint(self, *roles: str) -> str:
        """Identity of an extractor: SHA-256, hex, over the hashes of the models that serve the roles, in the order
        given. Raises ModelError(MODEL_MISSING) for a role that the manifest does not know.
        """
        return hashlib.sha256("".join(self.entry(role).sha256 for role in roles).encode("ascii")).hexdigest()

    def _present(self, role: str) -> ModelEntry:
        """The model that serves a role; what stands in for it where it is not installed and that is."""
        entry, other = self.entry(role), self._manifest.stand_in(role)
        if other is None or role in self._preferred or (self._folder / entry.file).exists():
            return entry
        return other if (self._folder / other.file).exists() else entry

    def _verified(self, entry: ModelEntry) -> bytes:
        try:
            return read_pinned(self._folder / entry.file, entry.pin)
        except FileNotFoundError:
            raise ModelError(Code.MODEL_MISSING, role=entry.role, file=entry.file) from None
        except FileDiffersError:
            raise ModelError(Code.MODEL_CHANGED, role=entry.role, file=entry.file) from None
        except OSError as fault:
            why = fault.strerror or "unreadable"
            raise ModelError(Code.MODEL_UNUSABLE, role=entry.role, file=entry.file, why=why) from None

    def _state(self, entry: ModelEntry) -> ModelState:
        chosen = entry.file == self._preferred.get(entry.role) or (
            not entry.alternative and entry.role not in self._preferred
        )
        return ModelState(
            entry.role,
            entry.file,
            presence(self._folder, entry),
            entry.licence,
            entry.grade,
            entry.size,
            entry.alternative,
            chosen,
            entry.sources,
        )


def presence(folder: Path, entry: ModelEntry) -> Presence:
    """The state of a model's file; whatever cannot be read as it was published counts as changed."""
    try:
        read_pinned(folder / entry.file, entry.pin)
    except FileNotFoundError:
        return Presence.MISSING
    except (FileDiffersError, OSError):
        return Presence.CHANGED
    return Presence.INSTALLED
