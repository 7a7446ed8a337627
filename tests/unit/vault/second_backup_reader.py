"""A second reader of backups and recovery codes, made from FORMAT.md alone (sections 3 and 12)."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from tests.unit.vault.second_bytes import bind, compact, split, unbind, unseal
from tests.unit.vault.second_reader import KINDS, Contents, Reader

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_letters(typed: str) -> str:
    """The 28 letters of a recovery code; every check of the format is an assertion."""
    letters = typed.upper().translate(str.maketrans("ILO", "110", "- "))
    assert len(letters) == 28
    assert set(letters) <= set(ALPHABET)
    digest = hashlib.sha256(b"mlid-recovery" + letters[:24].encode()).digest()
    bits = int.from_bytes(digest, "big") >> (256 - 20)
    assert letters[24:] == "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))
    return letters


def read_part(content: bytes, key: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Header and chunks of one file."""
    end = content.index(b"\n") + 1
    line, rest = split(content, end)
    header: dict[str, Any] = json.loads(line)
    assert line == compact(header) + b"\n"
    chunks: list[bytes] = []
    digest, last = hashlib.sha256(line).digest(), False
    while not last:
        length, rest = split(rest, 4)
        sealed, rest = split(rest, struct.unpack(">I", length)[0])
        last = rest == b""
        number = struct.pack(">Q", len(chunks))
        plain = unseal(key, sealed, bind(b"backup-chunk", digest, number, b"last" if last else b"more"))
        chunks.append(plain)
    assert chunks.pop() == b""
    return header, chunks


class BackupReader:
    """Opens a backup with a person's passphrase, or with the letters of the recovery code in groups."""

    def __init__(self, backup: Path, scratch: Path, name: str, passphrase: str) -> None:
        keys, bulk = (backup / "keys.mlid").read_bytes(), (backup / "bulk.mlid").read_bytes()
        header = json.loads(keys[: keys.index(b"\n")])
        (scratch / "vault.keys").write_bytes(header["vault_keys"].encode())
        self.vault = Reader(scratch, name, passphrase)
        assert self.vault.keys["subject_wrap"] == ""
        assert self.vault.keys["pending"] == {}
        number = bytes.fromhex(header["backup"])
        context = bind(b"backup-key", self.vault.header, number)
        guard = self.vault.derive(self.vault.data, b"backup")
        self.key = unseal(guard, bytes.fromhex(header["backup_key"]), context)
        header, (wrapped, ledger, *people) = read_part(keys, self.vault.derive(self.key, b"backup-keys", number))
        assert header["bulk"] == hashlib.sha256(bulk).hexdigest()
        bulk_header, self.chunks = read_part(bulk, self.vault.derive(self.key, b"backup-bulk", number))
        common = ("backup", "created", "demo", "format", "generation", "made_at", "vault")
        assert all(header[name] == bulk_header[name] for name in common)
        assert (header["part"], bulk_header["part"]) == ("keys", "bulk")
        names = unbind(wrapped)[::2]
        assert names == [b"audit-entries", b"audit-first"]
        self.erased = [row[1] for row in json.loads(ledger)["erased"]]
        joined = b"".join(people)
        entries = [joined[at : at + 48] for at in range(0, len(joined), 48)]
        portraits = entries.index(bytes(48)) if bytes(48) in entries else len(entries)
        self.people = {entry[:16].hex(): entry[16:] for entry in entries[:portraits]}
        self.portraits = {entry[:16].hex(): entry[16:] for entry in entries[portraits + 1 :]}

    def read(self) -> tuple[Contents, dict[str, list[dict[str, Any]]]]:
        """Everybody whose key is there, and the rows of every table."""
        contents, tables = Contents(), self._tables()
        for kind in KINDS:
            for row in tables.get(f"records_{kind}", []):
                if row["subject"] in self.people:
                    bound = (struct.pack(">I", row["sequence"]), row["extractor"].encode(), row["subject"].encode())
                    context = bind(b"record", self.vault.header, kind.encode(), *bound)
                    plain = unseal(self.people[row["subject"]], row["sealed"], context)
                    self.vault._record(contents, kind, row["subject"], plain)
        return contents, tables

    def _tables(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for chunk in self.chunks:
            table, columns, *cells = unbind(chunk)
            names = columns.decode().split(",")
            values = [read_cell(cell) for cell in cells]
            rows = [dict(zip(names, values[at:], strict=False)) for at in range(0, len(values), len(names))]
            found.setdefault(table.decode(), []).extend(rows)
        return found


def read_cell(cell: bytes) -> Any:
    kind, value = split(cell, 1)
    readers: dict[bytes, Any] = {b"s": bytes.decode, b"b": bytes, b"i": lambda raw: struct.unpack(">Q", raw)[0]}
    return None if kind == b"n" else readers[kind](value)
