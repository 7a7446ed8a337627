"""Backup targets: the interface that every kind of place for backups implements (FORMAT.md, section 12).

A target knows names and bytes alone. What the parts say, and that nobody can read or change them there unnoticed, is
the business of :mod:`~mlid_desktop.vault.backup.parts` and :mod:`~mlid_desktop.vault.backup.stream`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import IO


class BackupTarget(ABC):
    """Keeps the parts of one backup, each under its name (``bulk.mlid``, ``keys.mlid``)."""

    @property
    @abstractmethod
    def location(self) -> str:
        """The target's name in the vault's list of backups; ``kinds.target_at`` makes the same target of it again."""

    @abstractmethod
    def prepare(self, last_part: str) -> None:
        """Prepares the target for a new backup, or for one that was never finished. Raises
        UsageError(USAGE_OUTPUT_UNWRITABLE) where ``last_part`` of a finished one, or something else, is there;
        VaultError where it cannot be written."""

    @abstractmethod
    def holds(self, part: str) -> bool:
        """Whether the target holds this part; False where the target cannot be reached."""

    @abstractmethod
    def writing(self, part: str) -> AbstractContextManager[IO[bytes]]:
        """A file for the part's bytes. What is written replaces an earlier part once the context ends: whole and
        durable, the old bytes overwritten as far as the target allows. After an exception, or a kill, the part of
        before is there as it was. Raises VaultError(VAULT_DISK_FULL, VAULT_UNWRITABLE)."""

    @abstractmethod
    def open(self, part: str) -> IO[bytes]:
        """Opens the part's bytes from the beginning; the caller closes the file. Raises VaultError(VAULT_DAMAGED) where
        the part is not there, VaultError(VAULT_UNWRITABLE) where it cannot be read."""
