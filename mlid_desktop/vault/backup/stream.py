"""Reads and writes one part of a backup as a stream: a header in clear and sealed chunks, whole from first to last
(FORMAT.md, 12).

Each chunk is sealed with its number, the digest of the header, and whether it is the last one: a chunk that is missing,
exchanged, repeated, of another backup, or a file that was cut is found where it is read (after Hoang, Reyhanitabar,
Rogaway, Vizar, "Online authenticated-encryption and its nonce-reuse misuse-resistance", CRYPTO 2015: STREAM; the nonces
here are random).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import MAX_SEALED_BYTES, bind, seal, unseal
from mlid_desktop.vault.keys.key_file_codec import canonical
from mlid_desktop.vault.store.atomic_files import disk_fault

BACKUP = "backup"
MAXIMUM_HEADER = 4 * 1024 * 1024  # a key file of 1 MiB as text in text, and room
LENGTH_BYTES = 4


def write_stream(file: IO[bytes], header: Mapping[str, Any], key: bytearray, chunks: Iterable[bytes]) -> bytes:
    """Writes a part of a backup from its beginning; gives the SHA-256 of all its bytes."""
    whole = hashlib.sha256()

    def put(piece: bytes) -> None:
        file.write(piece)
        whole.update(piece)

    first_line = canonical(header) + b"\n"
    digest = hashlib.sha256(first_line).digest()
    put(first_line)
    for number, (chunk, last) in enumerate(_with_end(chunks)):
        sealed = seal(key, chunk, _context(digest, number, last=last))
        put(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
    return whole.digest()


class StreamReader:
    """Reads a stream as :func:`write_stream` wrote it: the header first, which is unauthenticated until a chunk was
    opened."""

    def __init__(self, file: IO[bytes]) -> None:
        """Takes over the open file, and closes it later. Raises VaultError(VAULT_DAMAGED, VAULT_UNWRITABLE)."""
        self._file = file
        self._whole = hashlib.sha256()
        try:
            untrusted = file.readline(MAXIMUM_HEADER + 1)
            self._whole.update(untrusted)
            self.header = _read_header(untrusted)
            self._digest = hashlib.sha256(untrusted).digest()
        except OSError as fault:
            file.close()
            raise disk_fault(fault) from None
        except BaseException:
            file.close()
            raise

    def chunks(self, key: bytearray) -> Iterator[bytes]:
        """Yields the chunks in turn; the stream is complete only once the iterator has ended. Raises
        VaultError(VAULT_DAMAGED)."""
        number = 0
        try:
            chunk, last = _opened(key, self._sealed(), self._digest, number)
            while not last:
                yield chunk
                number += 1
                chunk, last = _opened(key, self._sealed(), self._digest, number)
            if chunk or self._file.read(1):
                raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        except OSError as fault:
            raise disk_fault(fault) from None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes read so far; of the whole file at its end."""
        return self._whole.digest()

    def close(self) -> None:
        """Closes the stream."""
        self._file.close()

    def _sealed(self) -> bytes:
        head = self._file.read(LENGTH_BYTES)
        length = int.from_bytes(head, "big")
        if len(head) != LENGTH_BYTES or length > MAX_SEALED_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        sealed = self._file.read(length)
        if len(sealed) != length:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        self._whole.update(head + sealed)
        return sealed


def _opened(key: bytearray, sealed: bytes, digest: bytes, number: int) -> tuple[bytes, bool]:
    """The plaintext of a chunk, and whether it is marked as the last."""
    try:
        return unseal(key, sealed, _context(digest, number, last=False), BACKUP), False
    except VaultError as fault:
        if fault.code is not Code.VAULT_DAMAGED:
            raise
        return unseal(key, sealed, _context(digest, number, last=True), BACKUP), True


def _with_end(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The chunks, with an empty one where there is none, so that an empty stream has a last chunk too."""
    for chunk in chunks:
        yield chunk, False
    yield b"", True


def _context(digest: bytes, number: int, *, last: bool) -> bytes:
    return bind(b"backup-chunk", digest, number.to_bytes(8, "big"), b"last" if last else b"more")


def _read_header(untrusted: bytes) -> dict[str, Any]:
    header: Any = None
    try:
        header = json.loads(untrusted)
        whole = isinstance(header, dict) and untrusted == canonical(header) + b"\n"
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
    found: dict[str, Any] = header
    return found
