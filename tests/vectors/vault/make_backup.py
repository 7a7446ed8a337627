"""Made ``backup_stream.json``, ``recovery.json`` and ``draft.json``: ``python -m tests.vectors.vault.make_backup``.

It shares no code with the product; keys and nonces are fixed here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from tests.unit.vault.second_backup_reader import ALPHABET
from tests.unit.vault.second_bytes import bind, compact
from tests.vectors.vault.make import CREATED, HEADER, HERE, KEY, OTHER_KEY, SUBJECT, VAULT, seal

DAMAGED = "vault.damaged"
BACKUP = bytes(range(16, 32))
CHUNKS = [bind(b"facts", b"name,value", b"sx", b"b\x01"), bind(b"ledger", b"sequence", b"i" + bytes(7) + b"\x01"), b""]


def header(**changes: Any) -> bytes:
    content = {
        "format": 1,
        "part": "bulk",
        "backup": BACKUP.hex(),
        "vault": VAULT.hex(),
        "demo": True,
        "created": CREATED,
        "made_at": "2026-02-01T17:00:00+00:00",
        "generation": 42,
    }
    return compact({**content, **changes}) + b"\n"


def sealed(line: bytes, index: int, plain: bytes, end: bytes, key: bytes = KEY) -> bytes:
    context = bind(b"backup-chunk", hashlib.sha256(line).digest(), struct.pack(">Q", index), end)
    inside = seal(key, plain, context, index + 1)
    return struct.pack(">I", len(inside)) + inside


def streams() -> list[dict[str, Any]]:
    line = header()
    first, second, last = (
        sealed(line, index, plain, b"more" if plain else b"last") for index, plain in enumerate(CHUNKS)
    )
    good = line + first + second + last
    flipped = bytearray(good)
    flipped[-1] ^= 1
    cases = [
        ("good", good, "opens"),
        ("only an end", line + sealed(line, 0, b"", b"last"), "opens"),
        ("without its end", line + first + second, DAMAGED),
        ("without a chunk", line + first + last, DAMAGED),
        ("exchanged", line + second + first + last, DAMAGED),
        ("repeated", line + first + first + second + last, DAMAGED),
        ("one byte more", good + b"\x00", DAMAGED),
        ("more after the end", good + last, DAMAGED),
        ("cut", good[:-1], DAMAGED),
        ("flipped", bytes(flipped), DAMAGED),
        ("another header", header(generation=43) + first + second + last, DAMAGED),
        (
            "another key",
            line + b"".join(sealed(line, n, plain, b"last", OTHER_KEY) for n, plain in enumerate([b""])),
            DAMAGED,
        ),
        ("an end that is not empty", line + sealed(line, 0, b"x", b"last"), DAMAGED),
        ("a length of 4 GiB", line + b"\xff\xff\xff\xff", DAMAGED),
        ("a space in the header", line.replace(b'"demo":', b'"demo": ') + first + second + last, DAMAGED),
        ("no header", b"", DAMAGED),
        ("no object", b"[]\n" + first, DAMAGED),
    ]
    chunks = {"good": [chunk.hex() for chunk in CHUNKS[:2]]}
    return [
        {"name": name, "bytes": content.hex(), "expected": expected, "chunks": chunks.get(name, [])}
        for name, content, expected in cases
    ]


def codes() -> list[dict[str, str]]:
    secret = "0123456789ABCDEFGHJKMNPQ"
    digest = hashlib.sha256(b"mlid-recovery" + secret.encode()).digest()
    bits = int.from_bytes(digest, "big") >> 236
    whole = secret + "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))
    shown = "-".join(whole[at : at + 4] for at in range(0, 28, 4))
    bad = "vault.bad_recovery_code"
    cases = [
        ("as shown", shown, "opens"),
        ("small letters and spaces", shown.lower().replace("-", " "), "opens"),
        ("look-alikes", "O" + shown[1:].replace("1", "l"), "opens"),
        ("exchanged letters", shown[1] + shown[0] + shown[2:], bad),
        ("one letter less", shown[:-1], bad),
        ("one letter more", shown + "0", bad),
        ("a letter that is none", "U" + shown[1:], bad),
        ("empty", "", bad),
    ]
    return [{"name": name, "typed": typed, "code": shown, "expected": expected} for name, typed, expected in cases]


def drafts() -> list[dict[str, str]]:
    draft, expires, plain = "cc" * 16, "2026-01-06T08:00:00+00:00", b"half way through"

    def row(name: str, expected: str, expires_then: str = expires, subject: str = SUBJECT) -> dict[str, str]:
        bound = bind(draft.encode(), SUBJECT.encode(), expires.encode())
        return {
            "name": name,
            "draft": draft,
            "subject": subject,
            "expires_at": expires_then,
            "wrapped_key": seal(OTHER_KEY, KEY, bind(b"draft-key", HEADER) + bound, 7).hex(),
            "sealed": seal(KEY, plain, bind(b"draft", HEADER) + bound, 8).hex(),
            "plain": plain.hex(),
            "expected": expected,
        }

    return [
        row("good", "opens"),
        row("another day", DAMAGED, expires_then="2026-01-07T08:00:00+00:00"),
        row("another person", DAMAGED, subject="bb" * 16),
    ]


def main() -> None:
    """Writes the three files."""
    for name, cases in (("backup_stream", streams()), ("recovery", codes()), ("draft", drafts())):
        common = {"key": KEY.hex(), "wrap": OTHER_KEY.hex(), "header": HEADER.hex()}
        (HERE / f"{name}.json").write_text(json.dumps({**common, "cases": cases}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
