"""Limits how often an operator may try a passphrase: tries are counted on disk before each one (FORMAT.md, section 10).

The count stands outside the database, because nobody has a key yet. It stops a person at the workstation, not one who
copies the key file; against those there is the cost of stretching alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.device_secret import OpenStore, device_secret
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.slot_operations import OpenedSlot, open_slot
from mlid_desktop.vault.keys.slots import require_latch
from mlid_desktop.vault.store.atomic_files import StagedFile, read_whole

TRIES_FILE = "tries"
MAXIMUM_FILE = 64 * 1024
FREE_TRIES = 4  # slips of the finger
FIRST_DELAY = timedelta(seconds=5)  # doubled by every further failure
LONGEST_DELAY = timedelta(minutes=15)
LOCKED_OUT_AFTER = 20  # NIST SP 800-63B-4, 3.2.2: at most 100
LOCK_OUT = timedelta(hours=24)  # or until a supervisor gives a new passphrase
CLOCK_TOLERANCE = timedelta(seconds=2)  # a network time service may step back a little
MAXIMUM_NAMES = 256
ANYBODY = ""  # the count of those who have none of their own, after the file was damaged


@dataclass(frozen=True, slots=True)
class FailedTries:
    """Failed tries in a row of one operator, and the time of the newest."""

    failed: int = 0
    at: datetime | None = None

    def wait(self, now: datetime) -> float:
        """Seconds until the next try is due, 0 where it is. A clock that was set back starts the delay anew."""
        if self.at is None or self.failed < FREE_TRIES:
            return 0.0
        since = max(now - self.at, timedelta()) if now - self.at > -CLOCK_TOLERANCE else timedelta()
        return max(0.0, (self.delay - since).total_seconds())

    @property
    def delay(self) -> timedelta:
        """Delay between the newest failure and the next try."""
        if self.failed >= LOCKED_OUT_AFTER:
            return LOCK_OUT
        return min(LONGEST_DELAY, FIRST_DELAY * int(2 ** max(0, self.failed - FREE_TRIES)))


class UnlockThrottle:
    """The counts of failed tries of all operators, by a hash of the name; read and written while the vault's lock is
    held."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / TRIES_FILE

    def begin(self, name: str, now: datetime) -> int:
        """Counts a try as failed, durably, before it is made; gives how many failed before it. Raises
        VaultError(VAULT_TRY_LATER) where it is not due yet: then nothing is counted."""
        counts = self._read(now)
        tries = counts.get(_hidden(name), counts.get(ANYBODY, FailedTries()))
        wait = tries.wait(now)
        if wait > 0:
            set_back = tries.at is not None and tries.at - now > CLOCK_TOLERANCE
            self._write({**counts, _hidden(name): FailedTries(tries.failed, now)} if set_back else counts)
            raise VaultError(Code.VAULT_TRY_LATER, seconds=int(wait) + 1)
        self._write({**counts, _hidden(name): FailedTries(tries.failed + 1, now)})
        return tries.failed

    def clear(self, name: str, now: datetime) -> None:
        """Clears an operator's failed tries."""
        self._write({**self._read(now), _hidden(name): FailedTries(0, now)})

    def _read(self, now: datetime) -> dict[str, FailedTries]:
        """Reads the counts; where the file cannot be read, everybody waits once for the longest delay, so that damage
        does not lift it."""
        if not self._path.exists():
            return {}
        try:
            return _counts(json.loads(read_whole(self._path, MAXIMUM_FILE)))
        except (VaultError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {ANYBODY: FailedTries(LOCKED_OUT_AFTER - 1, now)}

    def _write(self, counts: dict[str, FailedTries]) -> None:
        kept = sorted(counts.items(), key=lambda item: (item[1].failed == 0, item[0]))[:MAXIMUM_NAMES]
        tries = {who: [count.failed, count.at.isoformat()] for who, count in kept if count.at is not None}
        content = {"checksum": _checksum(tries), "tries": tries}
        StagedFile(self._path, json.dumps(content, sort_keys=True).encode() + b"\n").publish()


def open_slot_counted(
    folder: Path, key_file: KeyFile, name: str | None, passphrase: str, now: datetime, store: OpenStore
) -> tuple[OpenedSlot, int]:
    """Opens a slot of the key file (the only operator's where no name is given), and says how many tries failed before
    this one. Every try is counted before it is made; nothing is counted for a file that nobody could open.

    Raises VaultError: unknown operator, wrong passphrase, to be tried later, no device secret, KDF out of bounds,
    damaged.
    """
    latch = key_file.latch(key_file.grant(name).name)
    require_latch(latch)
    device = device_secret(latch.binding, key_file.identity.vault_id, store)
    throttle = UnlockThrottle(folder)
    failed_before = throttle.begin(latch.name, now)
    opened = open_slot(key_file, latch.name, passphrase, device)
    throttle.clear(latch.name, now)
    return opened, failed_before


def _counts(untrusted: Any) -> dict[str, FailedTries]:
    if untrusted["checksum"] != _checksum(untrusted["tries"]):
        raise ValueError
    return {
        who: FailedTries(int(failed), datetime.fromisoformat(at)) for who, (failed, at) in untrusted["tries"].items()
    }


def _hidden(name: str) -> str:
    return hashlib.sha256(b"mlid-tries" + name.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(tries: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(tries, sort_keys=True).encode()).hexdigest()
