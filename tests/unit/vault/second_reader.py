"""A second reader of vaults, made from FORMAT.md alone: it shares no code with the product."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.unit.vault.second_bytes import (
    base64url,
    bind,
    bucket_key,
    cell,
    compact,
    read_jws,
    split,
    tally_of,
    unbind,
    unseal,
    without,
)
from tests.unit.vault.second_change_reader import read_changes
from tests.unit.vault.second_draft_reader import read_attack_test, read_drafts
from tests.unit.vault.second_number import key_of_number

KINDS = ("profile", "face", "fingerprint", "voice", "touches", "fingerprint_search")
SMALL = {
    "shared_numbers": "subject, blind_number",
    "field_index": "blind, owner, field",
    "attack_tests": "entry, sequence, wrapped_key, sealed",
    "suspicions": "sequence, attempt, subject, noted_at, journey, modality, device, device_name, operator, standing",
}


@dataclass
class Contents:
    """Everything a vault says, as plain values."""

    names: dict[str, str] = field(default_factory=dict)
    templates: dict[str, list[bytes]] = field(default_factory=dict)
    settings: list[dict[str, Any]] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    governed: dict[str, bytes] = field(default_factory=dict)
    ledger: list[tuple[int, str, str, str]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    standing: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    figures: dict[tuple[str, str], dict[str, dict[str, int]]] = field(default_factory=dict)
    portraits: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    changes: list[tuple[int, str, str]] = field(default_factory=list)
    search_tables: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    touches: dict[str, list[list[str]]] = field(default_factory=dict)
    drafts: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    attack_test: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    audit_entry_key: bytes = b""
    demo: bool = False


class Reader:
    """Opens with a person's passphrase; every check of the format is an assertion."""

    def __init__(self, folder: Path, name: str, passphrase: str) -> None:
        self.folder = folder
        text = (folder / "vault.keys").read_bytes()
        self.keys: dict[str, Any] = json.loads(text)
        assert self.keys["format"] == 3
        assert text == compact(self.keys) + b"\n"
        assert self.keys["checksum"] == hashlib.sha256(compact(without(self.keys, "checksum"))).hexdigest()
        self.control = self.keys["control"]
        self.vault = bytes.fromhex(self.control["vault"])
        purpose = b"demo" if self.control["demo"] else b"operational"
        self.header = bind(b"\x01", self.vault, purpose, self.control["created"].encode())
        self.data, self.control_root = self._roots(name, passphrase)
        expected = hmac.digest(
            self.derive(self.data, b"key-file"), compact(without(self.keys, "mac", "checksum")), "sha256"
        )
        assert self.keys["mac"] == expected.hex()

    def derive(self, secret: bytes, purpose: bytes, *context: bytes) -> bytes:
        info = bind(b"mlid-vault", b"\x01", purpose, *context)
        return HKDF(algorithm=SHA256(), length=32, salt=self.vault, info=info).derive(secret)

    def _roots(self, name: str, passphrase: str) -> tuple[bytes, bytes]:
        grant = next(grant for grant in self.control["grants"] if grant["name"] == name)
        latch = next(latch for latch in self.keys["latches"] if latch["name"] == name)
        costs = (latch["memory_kib"], latch["passes"], latch["lanes"])
        salt, public = bytes.fromhex(latch["salt"]), bytes.fromhex(grant["public"])
        kdf = Argon2id(salt=salt, length=32, memory_cost=costs[0], iterations=costs[1], lanes=costs[2])
        stretched = kdf.derive(unicodedata.normalize("NFKC", passphrase).encode())
        key = self.derive(bind(stretched, b""), b"latch", latch["binding"].encode())
        context = bind(
            b"latch", self.header, name.encode(), public, latch["binding"].encode(), salt, struct.pack(">III", *costs)
        )
        inside = unseal(key, bytes.fromhex(latch["sealed_private"]), context)
        private, trusted = inside[:32], inside[32:]
        for step in self.control["succession"]:
            if bytes.fromhex(step["by"]) == trusted:
                successor = bytes.fromhex(step["to"])
                signed = bind(b"succession", self.header, successor, struct.pack(">I", step["epoch"]))
                Ed25519PublicKey.from_public_bytes(trusted).verify(bytes.fromhex(step["signature"]), signed)
                trusted = successor
        self.verify_key = trusted
        assert trusted.hex() == self.control["verify_key"]
        self._signed(bytes.fromhex(self.keys["signature"]), bind(b"control", self.header, compact(self.control)))
        ephemeral, sealed = split(bytes.fromhex(grant["sealed_roots"]), 32)
        secret = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(ephemeral))
        bound = (
            name.encode(),
            grant["role"].encode(),
            grant["kind"].encode(),
            struct.pack(">I", self.control["epoch"]),
        )
        opened = unseal(self.derive(secret, b"grant", ephemeral, public), sealed, bind(b"grant", self.header, *bound))
        return split(opened, 32)

    def _signed(self, signature: bytes, over: bytes) -> None:
        Ed25519PublicKey.from_public_bytes(self.verify_key).verify(signature, over)

    def read(self) -> Contents:
        database = sqlcipher3.dbapi2.connect(str(self.folder / "records.db"))
        try:
            database.execute(f"PRAGMA key = \"x'{self.derive(self.data, b'database').hex()}'\"")
            database.execute("PRAGMA cipher_page_size = 16384")
            return self._contents(database)
        finally:
            database.close()

    def _contents(self, database: Any) -> Contents:
        facts = dict(database.execute("SELECT name, value FROM facts"))
        stamp = database.execute("PRAGMA user_version").fetchone()[0]
        assert stamp == int.from_bytes(facts["generation"], "big") % 2**31
        self._check_head(facts)
        contents = Contents(demo=self.control["demo"])
        guard = self.derive(self.data, b"subject-wrap")
        wrapped = bytes.fromhex(self.keys["subject_wrap"])
        assert facts["subject-wrap"] == hashlib.sha256(wrapped).digest()
        wraps = unseal(guard, wrapped, bind(b"bucket-wrap", self.header))
        assert len(wraps) == 256 * 32
        columns = "subject, blind_number, wrapped_key, records_tally, seen, retention, standing"
        people = list(database.execute(f"SELECT {columns} FROM subjects"))
        contents.standing = {row[0]: row[4:] for row in people}
        self._check_tally(facts, "subjects", people)
        read_drafts(self, contents, database, facts, wraps)
        self._check_tally(facts, "attempts", database.execute("SELECT subject, failed, last_at FROM attempts"))
        assert facts["format"] == struct.pack(">Q", 3)
        slots = list(database.execute("SELECT slot, name, at, seconds, set_by, second, how FROM slots"))
        self._check_tally(facts, "slots", slots)
        assert {row[0] for row in slots} == {grant["public"] for grant in self.control["grants"]}
        notices = list(database.execute("SELECT notice, kind, at, by, about, seen FROM notices"))
        self._check_tally(facts, "notices", notices)
        figures = list(database.execute("SELECT day, kind, content FROM day_figures"))
        self._check_tally(facts, "day_figures", figures)
        asked = list(
            database.execute("SELECT caller, request, kind, digest, outcome, at, subject FROM caller_requests")
        )
        self._check_tally(facts, "caller_requests", asked)
        contents.figures = {(day, kind): json.loads(content) for day, kind, content in figures}
        keys = {
            row[0]: unseal(bucket_key(wraps, row[0]), row[2], bind(b"subject-key", self.header, row[0].encode()))
            for row in people
        }
        tallies: dict[str, list[bytes]] = {row[0]: [] for row in people}
        for kind in KINDS:
            rows = list(database.execute(f"SELECT subject, sequence, extractor, sealed FROM records_{kind}"))
            self._check_tally(facts, f"records_{kind}", rows)
            for row in rows:
                subject, sequence, extractor, sealed = row
                tallies[subject].append(self._mark(f"records_{kind}", row))
                bound = (kind.encode(), struct.pack(">I", sequence), extractor.encode(), subject.encode())
                plain = unseal(keys[subject], sealed, bind(b"record", self.header, *bound))
                self._record(contents, kind, subject, plain)
                if kind == "profile":
                    contents.keys[subject] = key_of_number(json.loads(plain)["number"]).encode()
        assert {row[0]: row[3] for row in people} == {subject: tally_of(marks) for subject, marks in tallies.items()}
        blind = self.derive(self.data, b"blind-index")
        shared = {row[0] for row in database.execute("SELECT subject FROM shared_numbers")}
        alone = {row[0]: row[1] for row in people if row[0] not in shared}
        assert alone == {who: hmac.digest(blind, contents.keys[who], "sha256") for who in alone}
        read_attack_test(self, contents, database, wraps)
        for table, columns in SMALL.items():
            self._check_tally(facts, table, database.execute(f"SELECT {columns} FROM {table}"))
        self._portraits(contents, database, facts, wraps)
        self._governed(contents, database, facts)
        self._audit(contents, database, facts)
        read_changes(self, contents, database, facts)
        self._answers(contents)
        return contents

    def _portraits(self, contents: Contents, database: Any, facts: dict[str, bytes], wraps: bytes) -> None:
        pictures = list(database.execute("SELECT portrait, subject, sealed FROM portraits"))
        keys = list(database.execute("SELECT subject, portrait, wrapped_key FROM portrait_keys"))
        self._check_tally(facts, "portraits", pictures)
        self._check_tally(facts, "portrait_keys", keys)
        for subject, portrait, wrapped in keys:
            names = (portrait.encode(), subject.encode())
            key = unseal(bucket_key(wraps, subject), wrapped, bind(b"portrait-key", self.header, *names))
            ((sealed,),) = [row[2:] for row in pictures if row[:2] == (portrait, subject)]
            _taken_at, source, picture = unbind(unseal(key, sealed, bind(b"portrait", self.header, *names)))
            contents.portraits[subject] = (source.decode(), picture)

    def _record(self, contents: Contents, kind: str, subject: str, plain: bytes) -> None:
        if kind == "profile":
            profile = json.loads(plain)
            contents.names[profile["number"]] = profile["name"]
            return
        if kind == "touches":
            contents.touches[subject] = json.loads(plain)
            return
        parts = unbind(plain)
        if kind == "fingerprint_search":
            contents.search_tables[parts[0].decode()] = (struct.unpack(">I", parts[1])[0], parts[2])
            return
        contents.settings.append(json.loads(parts[4]))
        contents.templates.setdefault(subject, []).append(parts[5])

    def _check_head(self, facts: dict[str, bytes]) -> None:
        body, mac = split((self.folder / "head").read_bytes(), 41)
        assert mac == hmac.digest(self.derive(self.data, b"head"), bind(b"head", self.header, body), "sha256")
        digest = hashlib.sha256(
            bind(*(part for name in sorted(facts) for part in (name.encode(), facts[name])))
        ).digest()
        assert body == b"\x01" + facts["generation"] + digest

    def _check_tally(self, facts: dict[str, bytes], table: str, rows: Any) -> None:
        tally = tally_of([self._mark(table, row) for row in rows])
        assert facts.get(f"tally/{table}", bytes(40)) == tally

    def _mark(self, table: str, row: Any) -> bytes:
        covered = bind(table.encode(), *(cell(value) for value in row))
        return hmac.digest(self.derive(self.data, b"tally"), covered, "sha256")

    def _answers(self, contents: Contents) -> None:
        """The chain that leads callers to the key of the answers, where the interface was ever turned on."""
        links = json.loads(contents.governed.get("answer-chain", b"[]"))
        for link in links[-1:]:
            claims = read_jws(link, bytes.fromhex(self.control["verify_key"]))
            seed = self.derive(self.data, b"answers")
            public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
            assert claims == {"iss": self.control["vault"], "use": "answers", "key": base64url(public)}

    def _governed(self, contents: Contents, database: Any, facts: dict[str, bytes]) -> None:
        rows = list(database.execute("SELECT name, value, signature FROM governed"))
        self._check_tally(facts, "governed", rows)
        for name, value, signature in rows:
            self._signed(signature, bind(b"governed", self.header, name.encode(), value))
            contents.governed[name] = value

    def _audit(self, contents: Contents, database: Any, facts: dict[str, bytes]) -> None:
        contents.ledger = list(database.execute("SELECT sequence, subject, erased_at, reason FROM ledger"))
        self._check_tally(facts, "ledger", contents.ledger)
        key, link = self._wrapped(facts, self.control_root, b"audit-first"), bytes(32)
        sealing, links = self._wrapped(facts, self.data, b"audit-entries"), [link]
        contents.audit_entry_key = sealing
        entries = list(database.execute("SELECT sequence, sealed, link, mac FROM audit ORDER BY sequence"))
        for number, (sequence, sealed, stored_link, mac) in enumerate(entries, start=1):
            position = struct.pack(">Q", number)
            entry = unseal(sealing, sealed, bind(b"audit", self.header, position))
            covered = bind(b"audit", position, link, hashlib.sha256(sealed).digest(), hashlib.sha256(entry).digest())
            link = hashlib.sha256(covered).digest()
            assert (sequence, stored_link) == (number, link)
            assert mac == hmac.digest(key, covered, "sha256")
            key = hmac.digest(key, b"evolve", "sha256")
            contents.audit.append(json.loads(entry))
            links.append(link)
        assert (facts["audit-key"], facts["audit-link"]) == (key, link)
        assert facts["audit-count"] == struct.pack(">Q", len(entries))
        self._checkpoints(contents, list(database.execute("SELECT sequence, content FROM checkpoints")), facts, links)

    def _checkpoints(self, contents: Contents, rows: list[Any], facts: dict[str, bytes], links: list[bytes]) -> None:
        self._check_tally(facts, "checkpoints", rows)
        for sequence, content in rows:
            told = json.loads(content)
            assert told["sequence"] == sequence
            assert bytes.fromhex(told["link"]) == links[sequence]
            assert told["generation"] <= int.from_bytes(facts["generation"], "big")
            numbers = struct.pack(">Q", sequence), struct.pack(">Q", told["generation"])
            changes = [bytes.fromhex(told["change_link"])] if told["format"] == 2 else []
            over = (numbers[0], links[sequence], numbers[1], told["at"].encode(), *changes)
            signed = bind(b"checkpoint", self.header, *over)
            known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["verify_key"]))
            known.verify(bytes.fromhex(told["signature"]), signed)
            contents.checkpoints.append(told)

    def _wrapped(self, facts: dict[str, bytes], root: bytes, name: bytes) -> bytes:
        return unseal(self.derive(root, name), facts[name.decode()], bind(name, self.header))
