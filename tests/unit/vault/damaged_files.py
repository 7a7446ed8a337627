"""Every byte flipped and every prefix cut, in each kind of file: found, or without any consequence.

What a place comes to is a value: ``Ending.NAMED`` is a fault with a code; ``Ending.WHOLE`` means that everything that
was committed is there and verified all the same (an old journal, say). Anything else raises.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.vault.backup.parts import KEYS_FILE, read_keys_header
from mlid_desktop.vault.backup.stream import StreamReader
from mlid_desktop.vault.crypto.envelope import derive
from mlid_desktop.vault.keyring import database_key
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file, require_authentic
from mlid_desktop.vault.keys.slot_operations import open_slot
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.opening import open_state
from mlid_desktop.vault.store.atomic_files import FolderLock
from mlid_desktop.vault.store.rollback_head import read_head
from mlid_desktop.vault.store.sqlcipher import PAGE_BYTES, SqlCipherDatabase
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, reopened

Check = Callable[[Path], None]


class Ending(Enum):
    """How a damaged file was met."""

    NAMED = "named"
    WHOLE = "whole"


class Damage:
    """Checks of one vault and its backup that do not stretch the passphrase every time."""

    def __init__(self, folder: Path, backup: Path) -> None:
        self.key_file = read_key_file((folder / KEY_FILE).read_bytes())
        self.identity = self.key_file.identity
        self._slot = open_slot(self.key_file, "sup", PASSPHRASE)
        roots = self._slot.roots
        self._roots = Roots(bytearray(roots.data), bytearray(roots.control or b""))
        self._head_key = derive(self._roots.data, "head", self.identity.number)
        reader = StreamReader((backup / KEYS_FILE).open("rb"))
        header = read_keys_header(reader.header)
        reader.close()
        self._backup_key = header.head.open_key(header.backup_key, self._roots)
        self._backup = header.head

    def key_file_check(self, path: Path) -> None:
        """As at unlock, but for the stretching: what is wrong is found before it."""
        untrusted = path.read_bytes()
        require_authentic(untrusted, read_key_file(untrusted), self._roots.data)

    def head_check(self, path: Path) -> None:
        """As at unlock."""
        read_head(path.parent, self._head_key, self.identity)

    def bulk_check(self, path: Path) -> None:
        """Every chunk, and the digest that the key part names."""
        self._part(path, "bulk")

    def keys_check(self, path: Path) -> None:
        """Every chunk, and the key file inside."""
        reader = self._part(path, "keys")
        header = read_keys_header(reader)
        require_authentic(header.vault_keys, header.key_file, self._roots.data)

    def database_check(self, path: Path) -> None:
        """Opens and reads every page."""
        database = SqlCipherDatabase(path.parent, database_key(self._roots, self.identity), create=False)
        try:
            database.check_pages()
        finally:
            database.close()

    def vault_check(self, folder: Path, people: set[str]) -> None:
        """Unlocks and verifies a whole vault; nobody may be missing."""
        lock = FolderLock(folder)
        lock.acquire()
        roots = Roots(bytearray(self._roots.data), bytearray(self._roots.control or b""))
        slot = type(self._slot)(self._slot.operator, roots, bytearray(32), self._slot.pinned, self._slot.device)
        try:
            vault = Vault(open_state(folder, lock, self.key_file, slot, FixedClock()))
        except BaseException:
            lock.release()
            raise
        try:
            vault.verify()
            assert people <= {person.number for person in vault.directory()}
        finally:
            vault.lock()

    def _part(self, path: Path, part: str) -> dict[str, object]:
        reader = StreamReader(path.open("rb"))
        try:
            for _ in reader.chunks(self._backup.key(self._backup_key, part)):
                pass
            return reader.header
        finally:
            reader.close()


def flipped(path: Path, offsets: Iterable[int], check: Check) -> dict[Ending, int]:
    """One byte after the other turned over; the file is whole again at the end."""
    content = path.read_bytes()
    endings = dict.fromkeys(Ending, 0)
    for at in offsets:
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        endings[_ending(check, path)] += 1
    path.write_bytes(content)
    check(path)
    return endings


def cut(path: Path, lengths: Iterable[int], check: Check) -> dict[Ending, int]:
    """The file cut to each length; it is whole again at the end."""
    content = path.read_bytes()
    endings = dict.fromkeys(Ending, 0)
    for length in lengths:
        path.write_bytes(content[:length])
        endings[_ending(check, path)] += 1
    path.write_bytes(content)
    check(path)
    return endings


def pages_flipped(damage: Damage, path: Path, offsets: Iterable[int]) -> int:
    """The byte at each offset turned over in **every** page but the first at once: each page must be named. Returns how
    many single bytes that were."""
    content, seen = path.read_bytes(), 0
    pages = len(content) // PAGE_BYTES
    for offset in offsets:
        changed = bytearray(content)
        for page in range(1, pages):
            changed[page * PAGE_BYTES + offset] ^= 0xFF
        path.write_bytes(changed)
        assert pages_named(damage, path) == pages - 1, offset
        seen += pages - 1
    path.write_bytes(content)
    damage.database_check(path)
    return seen


def pages_named(damage: Damage, path: Path) -> int:
    """How many pages SQLCipher says are not authentic; a page that is read at opening already counts for all."""
    import sqlcipher3.dbapi2

    connection = sqlcipher3.dbapi2.connect(str(path))
    try:
        key = database_key(damage._roots, damage.identity)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}")
        return len(connection.execute("PRAGMA cipher_integrity_check").fetchall())
    finally:
        connection.close()


def journal_damaged(
    damage: Damage, hot: Path, scratch: Path, offsets: Iterable[int], people: set[str]
) -> dict[Ending, int]:
    """A vault that was killed in the middle of a change, with its journal damaged (an offset below 0: cut to that
    length): nobody who was committed may be missing without a fault."""
    endings = dict.fromkeys(Ending, 0)
    content = (hot / "records.db-journal").read_bytes()
    for at in offsets:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(hot, scratch)
        changed = content[:-at] if at < 0 else content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        (scratch / "records.db-journal").write_bytes(changed)
        endings[_ending(lambda folder: damage.vault_check(folder, people), scratch)] += 1
    return endings


def _ending(check: Check, path: Path) -> Ending:
    with contextlib.suppress(VaultError):
        check(path)
        return Ending.WHOLE
    return Ending.NAMED


def killed_in_a_change(folder: Path, hot: Path) -> set[str]:
    """Copies a vault as a kill in the middle of a large change leaves it: pages written, the journal not yet gone.
    Returns who is committed."""
    vault = reopened(folder, FixedClock(), "sup")
    people = {person.number for person in vault.directory()}
    with vault._state.database.changing() as connection:
        connection.exec_driver_sql("PRAGMA cache_size = 4")  # pages are written long before the commit
        connection.exec_driver_sql("UPDATE records_face SET extractor = extractor || 'x'")
        connection.exec_driver_sql("UPDATE subjects SET standing = 'nobody'")
        connection.exec_driver_sql("UPDATE audit SET link = zeroblob(40)")
        shutil.copytree(folder, hot)
        connection.rollback()
    vault.lock()
    assert (hot / "records.db-journal").stat().st_size > PAGE_BYTES
    assert (hot / "records.db").read_bytes() != (folder / "records.db").read_bytes()
    return people
