"""Made the vectors beside it: ``python -m tests.vectors.vault.make``. Keys and nonces are fixed here and nowhere else.

It shares no code with the product: the primitives come from the second reader, which was written from FORMAT.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.unit.vault.second_bytes import bind, compact

HERE = Path(__file__).resolve().parent
VAULT = bytes(range(16))
CREATED = "2026-01-05T08:00:00+00:00"
HEADER = bind(b"\x01", VAULT, b"demo", CREATED.encode())
DATA_ROOT, CONTROL_ROOT = bytes(range(32)), bytes(range(32, 64))
PASSPHRASE = "correct horse battery"
COST = (19_456, 2, 1)
KEY, OTHER_KEY = bytes([7] * 32), bytes([8] * 32)
SUBJECT, OTHER_SUBJECT = "aa" * 16, "bb" * 16


def derive(secret: bytes, purpose: str, *context: bytes) -> bytes:
    info = bind(b"mlid-vault", b"\x01", purpose.encode(), *context)
    return HKDF(algorithm=SHA256(), length=32, salt=VAULT, info=info).derive(secret)


def seal(key: bytes, plain: bytes, associated: bytes, nonce: int) -> bytes:
    fixed = bytes([nonce] * 12)
    return b"\x01" + fixed + AESGCM(key).encrypt(fixed, plain, associated)


def record_context(subject: str, kind: str = "face", sequence: int = 1, extractor: str = "face/1/") -> bytes:
    return bind(b"record", HEADER, kind.encode(), struct.pack(">I", sequence), extractor.encode(), subject.encode())


def envelopes() -> list[dict[str, Any]]:
    plain, context = b"what a record holds", record_context(SUBJECT)
    good = seal(KEY, plain, context, 1)
    damaged, unsupported = "vault.damaged", "vault.unsupported_version"

    def case(name: str, sealed: bytes, expected: str, key: bytes = KEY, associated: bytes = context) -> dict[str, Any]:
        opened = plain.hex() if expected == "opens" else ""
        return {
            "name": name,
            "key": key.hex(),
            "associated": associated.hex(),
            "sealed": sealed.hex(),
            "expected": expected,
            "plain": opened,
        }

    return [
        case("good", good, "opens"),
        case("wrong key", good, damaged, key=OTHER_KEY),
        case("another subject", good, damaged, associated=record_context(OTHER_SUBJECT)),
        case("another kind", good, damaged, associated=record_context(SUBJECT, kind="voice")),
        case("another place", good, damaged, associated=record_context(SUBJECT, sequence=2)),
        case("another extractor", good, damaged, associated=record_context(SUBJECT, extractor="face/2/")),
        case("another vault", good, damaged, associated=context.replace(VAULT, bytes(16))),
        case("operational, not demo", good, damaged, associated=context.replace(bind(b"demo"), bind(b"operational"))),
        case("flipped tag", good[:-1] + bytes([good[-1] ^ 1]), damaged),
        case("flipped ciphertext", good[:13] + bytes([good[13] ^ 128]) + good[14:], damaged),
        case("flipped nonce", good[:1] + bytes([good[1] ^ 1]) + good[2:], damaged),
        case("version 2", b"\x02" + good[1:], unsupported),
        case("version 0", b"\x00" + good[1:], unsupported),
        case("cut by one", good[:-1], damaged),
        case("only a tag", good[:29], damaged),
        case("one short of the least", good[:28], damaged),
        case("empty", b"", damaged),
        case("one byte more", good + b"\x00", damaged),
    ]


def derivations() -> list[dict[str, str]]:
    purposes = ("database", "key-file", "head", "tally", "blind-index", "audit-entries", "subject-wrap")
    rows = [
        {"root": DATA_ROOT.hex(), "purpose": purpose, "key": derive(DATA_ROOT, purpose).hex()} for purpose in purposes
    ]
    return rows + [
        {"root": CONTROL_ROOT.hex(), "purpose": purpose, "key": derive(CONTROL_ROOT, purpose).hex()}
        for purpose in ("signing", "audit-first")
    ]


def numbers() -> list[dict[str, str]]:
    key = derive(DATA_ROOT, "blind-index")
    spelled = {
        b"a-1001": (
            "A-1001",
            " a-1001 ",
            "\uff21-1001",
            "\u200eA-\u0661\u0660\u0660\u0661",
            "a-\u06f1\u06f0\u06f0\u06f1",
        ),
        b"a-1002": ("A-1002",),
        b"01002": ("01002", "\u0966\u0967\u0966\u0966\u0968"),
        b"a 7": ("A\u00a0 7", "a\t7"),
    }
    return [
        {"number": spelling, "blind": hmac.digest(key, kept, "sha256").hex()}
        for kept, spellings in spelled.items()
        for spelling in spellings
    ]


def head() -> list[dict[str, str]]:
    body = b"\x01" + struct.pack(">Q", 42) + bytes([9] * 32)
    good = body + hmac.digest(derive(DATA_ROOT, "head"), bind(b"head", HEADER, body), "sha256")
    changed = bytearray(good)
    changed[8] ^= 1
    return [
        {"name": "good", "bytes": good.hex(), "expected": "opens"},
        {"name": "another generation", "bytes": changed.hex(), "expected": "vault.damaged"},
        {"name": "flipped code", "bytes": (good[:-1] + bytes([good[-1] ^ 1])).hex(), "expected": "vault.damaged"},
        {"name": "cut", "bytes": good[:-1].hex(), "expected": "vault.damaged"},
        {"name": "empty", "bytes": "", "expected": "vault.damaged"},
        {"name": "one byte more", "bytes": (good + b"\x00").hex(), "expected": "vault.damaged"},
        {"name": "version 2", "bytes": (b"\x02" + good[1:]).hex(), "expected": "vault.unsupported_version"},
    ]


def key_files() -> list[dict[str, str]]:
    good = _key_file()
    text = compact(good)
    altered = [
        ("another version", _mended({**good, "format": 4}), PASSPHRASE, "vault.unsupported_version"),
        ("more work than allowed", _mended(_with_latch(good, passes=65)), PASSPHRASE, "vault.kdf_out_of_bounds"),
        (
            "less work than allowed",
            _mended(_with_latch(good, memory_kib=19_455)),
            PASSPHRASE,
            "vault.kdf_out_of_bounds",
        ),
        ("unknown binding", _mended(_with_latch(good, binding="tpm")), PASSPHRASE, "vault.unsupported_version"),
        ("forged signature", _mended({**good, "signature": "00" * 64}), PASSPHRASE, "vault.damaged"),
        ("forged code", _mended({**good, "mac": "00" * 32}), PASSPHRASE, "vault.damaged"),
        ("a field too many", _mended({**good, "note": ""}), PASSPHRASE, "vault.damaged"),
    ]
    cases = [
        ("good", text, PASSPHRASE, "opens"),
        ("good, format 2", compact(_key_file(2)), PASSPHRASE, "opens"),
        ("format 2 by the code of format 1", compact(_mended({**good, "format": 2})), PASSPHRASE, "vault.damaged"),
        ("wrong passphrase", text, "wrong horse battery", "vault.wrong_passphrase"),
    ]
    cases += [(name, compact(content), passphrase, expected) for name, content, passphrase, expected in altered]
    cases += [
        ("flipped bit", text.replace(b'"passes":2', b'"passes":3'), PASSPHRASE, "vault.damaged"),
        ("cut", text[:-20], PASSPHRASE, "vault.damaged"),
        ("a space", text.replace(b'"epoch":1', b'"epoch": 1'), PASSPHRASE, "vault.damaged"),
        ("no object", b"[]", PASSPHRASE, "vault.damaged"),
    ]
    return [
        {"name": name, "text": (text + b"\n").decode(), "passphrase": passphrase, "expected": expected}
        for name, text, passphrase, expected in cases
    ]


def _key_file(number: int = 1) -> dict[str, Any]:
    signing = Ed25519PrivateKey.from_private_bytes(derive(CONTROL_ROOT, "signing"))
    verify_key = signing.public_key().public_bytes_raw()
    private, once = (X25519PrivateKey.from_private_bytes(bytes([seed] * 32)) for seed in (3, 4))
    public, ephemeral = (private_key.public_key().public_bytes_raw() for private_key in (private, once))
    salt = bytes([5] * 16)
    kdf = Argon2id(salt=salt, length=32, memory_cost=COST[0], iterations=COST[1], lanes=COST[2])
    latch_key = derive(bind(kdf.derive(PASSPHRASE.encode()), b""), "latch", b"none")
    latch_context = bind(b"latch", HEADER, b"sup", public, b"none", salt, struct.pack(">III", *COST))
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    grant_context = bind(b"grant", HEADER, b"sup", b"supervisor", b"passphrase", struct.pack(">I", 1))
    sealed_roots = seal(derive(shared, "grant", ephemeral, public), DATA_ROOT + CONTROL_ROOT, grant_context, 2)
    grant = {
        "name": "sup",
        "role": "supervisor",
        "kind": "passphrase",
        "public": public.hex(),
        "sealed_roots": (ephemeral + sealed_roots).hex(),
    }
    control = {
        "vault": VAULT.hex(),
        "demo": True,
        "created": CREATED,
        "epoch": 1,
        "verify_key": verify_key.hex(),
        "grants": [grant],
        "succession": [],
    }
    latch = {
        "name": "sup",
        "binding": "none",
        "salt": salt.hex(),
        "memory_kib": COST[0],
        "passes": COST[1],
        "lanes": COST[2],
        "sealed_private": seal(latch_key, private.private_bytes_raw() + verify_key, latch_context, 3).hex(),
    }
    wrapped = seal(derive(DATA_ROOT, "subject-wrap"), bytes([6] * 32), bind(b"subject-wrap", HEADER), 4)
    content = {
        "format": number,
        "control": control,
        "signature": signing.sign(bind(b"control", HEADER, compact(control))).hex(),
        "generation": 1,
        "latches": [latch],
        "subject_wrap": wrapped.hex(),
        "pending": {},
    }
    content["mac"] = hmac.digest(derive(DATA_ROOT, "key-file"), compact(content), "sha256").hex()
    return _mended(content)


def _with_latch(content: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {**content, "latches": [{**content["latches"][0], **changes}]}


def _mended(content: dict[str, Any]) -> dict[str, Any]:
    covered = {name: value for name, value in content.items() if name != "checksum"}
    return {**covered, "checksum": hashlib.sha256(compact(covered)).hexdigest()}


def main() -> None:
    """Writes the four files."""
    common = {"vault": VAULT.hex(), "demo": True, "created": CREATED, "header": HEADER.hex()}
    for name, cases in (
        ("envelope", envelopes()),
        ("derivation", derivations()),
        ("number", numbers()),
        ("head", head()),
        ("key_file", key_files()),
    ):
        text = json.dumps({**common, "data_root": DATA_ROOT.hex(), "cases": cases}, indent=1) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
