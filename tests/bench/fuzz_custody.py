"""Checkpoints, exported audits, ledgers, consent texts and lists to import, bent in every way: only typed faults may
come of them.

``python -m tests.bench.fuzz_custody [COUNT [SEED]]`` (a million unless told) prints what came of them; the tests run a
few thousand.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.services.importing.bulk_import import read_list
from mlid_desktop.station.text.consent_texts import consent_text, read_text
from mlid_desktop.station.text.language import open_language
from mlid_desktop.vault.audit.checkpoints import read_checkpoint
from mlid_desktop.vault.audit.export import check_export
from mlid_desktop.vault.subjects.erasure_ledger import read_ledger
from tests.makers import ROOT

COUNT = 1_000_000
SEED = 20261123
VECTORS = ROOT / "tests" / "vectors" / "vault"
SLOW_EVERY = 20  # lists go through a file, and texts through a slow parser
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 70, 1e308, "", "\x00", "\ud800", "é" * 300, [], {}, [[[]]], "0" * 5000, "2026-01-01",
    "aa" * 16,
)  # fmt: skip  # one value a line says no more


@cache
def cases(name: str) -> list[Any]:
    content: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return list(content["cases"])


@cache
def consent_file() -> bytes:
    return (resource_folder() / "consent" / "recognition.en.1.toml").read_bytes()


@cache
def import_list() -> bytes:
    version = consent_text(open_language(Path("nowhere"), "en")).version
    heads = "number,name,consent_text,consent_language,consent_given_at,right-index,face"
    return (
        f"{heads}\n1,Ada,{version},en,2026-01-05T08:00:00+00:00,a.png,\n2,Ben,{version},en,2026-01-05,,../b\n".encode()
    )


def bent_bytes(plain: bytes, chance: random.Random) -> bytes:
    """A byte flipped, cut, doubled or put in."""
    offset = chance.randrange(len(plain) + 1)
    match chance.randrange(4):
        case 0:
            return plain[:offset]
        case 1:
            return plain[:offset] + bytes([chance.randrange(256)]) + plain[offset + 1 :]
        case 2:
            return plain[:offset] + plain[: chance.randrange(40)] + plain[offset:]
        case _:
            return plain[:offset] + plain[offset + chance.randrange(1, 9) :]


def bent_value(content: Any, chance: random.Random) -> Any:
    """One value somewhere inside, replaced, taken out or doubled."""
    if isinstance(content, dict) and content and chance.random() < 0.8:
        name = chance.choice(list(content))
        if chance.random() < 0.1:
            return {other: value for other, value in content.items() if other != name}
        return content | {name: bent_value(content[name], chance)}
    if isinstance(content, list) and content and chance.random() < 0.8:
        index = chance.randrange(len(content))
        bent = [] if chance.random() < 0.1 else [bent_value(content[index], chance)]
        return [*content[:index], *bent, *content[index + 1 :]]
    return chance.choice(ODD)


def bent_json(text: str, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return bent_bytes(text.encode(), chance)
    return json.dumps(bent_value(json.loads(text), chance)).encode()


def checkpoint(chance: random.Random, _: Path) -> None:
    read_checkpoint(bent_json(chance.choice(cases("checkpoint"))["text"], chance))


def ledger(chance: random.Random, _: Path) -> None:
    read_ledger(bent_json(chance.choice(cases("ledger"))["text"], chance))


def export(chance: random.Random, _: Path) -> None:
    case = chance.choice(cases("audit_export"))
    lines, index = list(case["lines"]), chance.randrange(len(case["lines"]))
    lines[index] = bent_json(lines[index], chance).decode("utf-8", "surrogateescape")
    check_export(lines, case["against"].encode() or None)


def text(chance: random.Random, _: Path) -> None:
    read_text(bent_bytes(consent_file(), chance))


def rows(chance: random.Random, folder: Path) -> None:
    (folder / "list.csv").write_bytes(bent_bytes(import_list(), chance))
    read_list(folder, folder / "list.csv", datetime(2026, 11, 1, tzinfo=UTC))


FAST: tuple[Callable[[random.Random, Path], None], ...] = (checkpoint, ledger, export)
SLOW: tuple[Callable[[random.Random, Path], None], ...] = (text, rows)


def fuzz(count: int, seed: int, folder: Path) -> Counter[str]:
    """What came of each kind of input: how many were read, and how many ended in which fault."""
    chance, came = random.Random(seed), Counter[str]()
    for number in range(count):
        parse = chance.choice(SLOW if number % SLOW_EVERY == 0 else FAST)
        try:
            parse(chance, folder)
        except MlidError as fault:
            came[f"{parse.__name__}: {fault.code.value}"] += 1
        else:
            came[f"{parse.__name__}: read"] += 1
    return came


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        came = fuzz(count, seed, Path(folder))
    for what, number in sorted(came.items()):
        print(f"{what:<40}{number:>10,}")
    print(f"{count:,} inputs, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
