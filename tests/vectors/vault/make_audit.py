"""Made ``audit_export.json``, ``checkpoint.json`` and ``ledger.json``: ``python -m tests.vectors.vault.make_audit``.

It shares no code with the product; keys and times are fixed here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.vault.second_bytes import bind
from tests.vectors.vault.make import CREATED, HEADER, HERE, VAULT

SIGNING = Ed25519PrivateKey.from_private_bytes(bytes([9] * 32))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes([10] * 32))
AT = "2026-02-01T17:00:00+00:00"
ENTRIES = [
    '{"at":"2026-01-05T08:00:00+00:00","event":"vault.unlocked","facts":{"operator":"sup","role":"supervisor"}}',
    '{"at":"2026-01-05T08:05:00+00:00","event":"enrolment.saved","facts":{"subject":"' + "aa" * 16 + '"}}',
    '{"at":"2026-02-01T17:00:00+00:00","event":"checkpoint.signed","facts":{"operator":"sup"}}',
]  # fmt: skip  # each entry is one line in the vault too


def line(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def links(entries: list[str]) -> list[bytes]:
    """Entry n's ciphertext is stood for by 32 bytes of n: nothing in an export can be deciphered."""
    found = [bytes(32)]
    for number, entry in enumerate(entries, start=1):
        digests = bytes([number] * 32), hashlib.sha256(entry.encode()).digest()
        found.append(hashlib.sha256(bind(b"audit", struct.pack(">Q", number), found[-1], *digests)).digest())
    return found


def checkpoint(sequence: int, link: bytes, key: Ed25519PrivateKey = SIGNING, **other: Any) -> dict[str, Any]:
    """As it is signed; ``other`` is put in afterwards."""
    numbers = struct.pack(">Q", sequence), struct.pack(">Q", 40)
    signed = bind(b"checkpoint", HEADER, numbers[0], link, numbers[1], AT.encode())
    content = {
        "format": 1,
        "vault": VAULT.hex(),
        "demo": True,
        "created": CREATED,
        "sequence": sequence,
        "link": link.hex(),
        "generation": 40,
        "at": AT,
        "verify_key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(signed).hex(),
    }
    return content | other


def export(entries: list[str], point: dict[str, Any] | None) -> list[str]:
    found = links(entries)
    told = [line({"format": 1, "vault": VAULT.hex()})]
    for number, entry in enumerate(entries, start=1):
        sealed = bytes([number] * 32).hex()
        told.append(line({"sequence": number, "entry": entry, "sealed": sealed, "link": found[number].hex()}))
    return told if point is None else [*told, line({"checkpoint": point})]


def exports() -> list[dict[str, Any]]:
    good = checkpoint(3, links(ENTRIES)[3])
    whole = export(ENTRIES, good)
    changed = [whole[0], whole[1].replace("supervisor", "operator"), *whole[2:]]
    rewritten = export([ENTRIES[0].replace("supervisor", "operator"), *ENTRIES[1:]], good)
    foreign = export(ENTRIES, checkpoint(3, links(ENTRIES)[3], STRANGER))

    def case(
        name: str, lines: list[str], fault: str, entry: int, against: dict[str, Any] | None = good
    ) -> dict[str, Any]:
        outside = "" if against is None else line(against)
        return {"name": name, "lines": lines, "against": outside, "expected": fault, "entry": entry}

    return [
        case("whole", whole, "whole", 3),
        case("whole, without a checkpoint from outside", whole, "whole", 3, against=None),
        case("a text changed", changed, "changed", 1),
        case("an entry removed", [whole[0], whole[1], *whole[3:]], "removed", 2),
        case("two exchanged", [whole[0], whole[2], whole[1], *whole[3:]], "removed", 1),
        case("the end cut off", whole[:3], "rolled_back", 3),
        case("written anew with links that hold", rewritten, "rewritten", 3),
        case("signed by somebody else", foreign, "forged_checkpoint", 3),
    ]


def checkpoints() -> list[dict[str, Any]]:
    good = checkpoint(3, links(ENTRIES)[3])
    reordered = dict(reversed(good.items()))

    def case(name: str, content: dict[str, Any], expected: str) -> dict[str, Any]:
        return {"name": name, "text": line(content), "expected": expected}

    refused, forged = "usage.bad_argument", "forged"
    return [
        case("good", good, "authentic"),
        case("another entry", good | {"sequence": 2}, forged),
        case("another generation", good | {"generation": 41}, forged),
        case("another time", good | {"at": "2026-02-02T17:00:00+00:00"}, forged),
        case("operational, not demo", good | {"demo": False}, forged),
        case("another key", good | {"verify_key": STRANGER.public_key().public_bytes_raw().hex()}, forged),
        case("format 2", good | {"format": 2}, refused),
        case("a field more", good | {"name": "x"}, refused),
        case("fields in another order", reordered, refused),
        case("a negative entry", good | {"sequence": -1}, refused),
        case("a short link", good | {"link": good["link"][:-2]}, refused),
        case("capital letters", good | {"link": good["link"].upper()}, refused),
        case("a flag that is a number", good | {"demo": 1}, refused),
    ]


def ledgers() -> list[dict[str, Any]]:
    first = [1, "aa" * 16, "2026-02-01T09:00:00+00:00", "requested"]
    two = [2, "bb" * 16, "2026-02-02T09:00:00+00:00", "retention"]
    damaged, unsupported = "vault.damaged", "vault.unsupported_version"

    def case(name: str, content: Any, expected: str) -> dict[str, Any]:
        return {"name": name, "text": line(content), "expected": expected}

    return [
        case("good", {"format": 1, "erased": [first, two]}, "reads"),
        case("empty", {"format": 1, "erased": []}, "reads"),
        case("out of order", {"format": 1, "erased": [two, first]}, damaged),
        case("a name in place of the identifier", {"format": 1, "erased": [[1, "Amara", *first[2:]]]}, damaged),
        case("no time", {"format": 1, "erased": [[1, "aa" * 16, "yesterday", "requested"]]}, damaged),
        case("another reason", {"format": 1, "erased": [[*first[:3], "because"]]}, damaged),
        case("a field missing", {"format": 1, "erased": [first[:3]]}, damaged),
        case("format 2", {"format": 2, "erased": []}, unsupported),
        case("no object", [1], damaged),
    ]


def main() -> None:
    for name, cases in (("audit_export", exports()), ("checkpoint", checkpoints()), ("ledger", ledgers())):
        content = {"made_by": "tests/vectors/vault/make_audit.py", "cases": cases}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
