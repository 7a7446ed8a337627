"""The vectors of ``tests/vectors/vault``, by failure class; they were made without the product's code."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import derive, unseal
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file_codec import read_key_file, require_authentic
from mlid_desktop.vault.keys.slot_operations import open_roots
from mlid_desktop.vault.store.rollback_head import read_head
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from tests.makers import ROOT

VECTORS = ROOT / "tests" / "vectors" / "vault"
OPENS = "opens"


def vectors(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def cases(name: str) -> list[Any]:
    return [
        pytest.param(vector, id=vector.get("name", vector.get("purpose", vector.get("number"))))
        for vector in vectors(name)["cases"]
    ]


COMMON = vectors("envelope")
IDENTITY = VaultIdentity(COMMON["vault"], COMMON["demo"], datetime.fromisoformat(COMMON["created"]))
DATA_ROOT = bytes.fromhex(COMMON["data_root"])


def test_the_header_is_as_written_down() -> None:
    assert IDENTITY.header.hex() == COMMON["header"]


@pytest.mark.parametrize("case", cases("envelope"))
def test_envelopes(case: dict[str, str]) -> None:
    key, sealed, associated = (bytes.fromhex(case[name]) for name in ("key", "sealed", "associated"))
    if case["expected"] == OPENS:
        assert unseal(key, sealed, associated, "vector").hex() == case["plain"]
        return
    with pytest.raises(VaultError) as fault:
        unseal(key, sealed, associated, "vector")
    assert fault.value.code is Code(case["expected"])


@pytest.mark.parametrize("case", cases("derivation"))
def test_derived_keys(case: dict[str, str]) -> None:
    assert derive(bytes.fromhex(case["root"]), case["purpose"], IDENTITY.number).hex() == case["key"]


@pytest.mark.parametrize("case", cases("number"))
def test_blind_numbers(case: dict[str, str]) -> None:
    blind = derive(DATA_ROOT, "blind-index", IDENTITY.number)
    keys = SubjectKeys(IDENTITY.header, bytearray(32), blind, bytearray(32))
    assert keys.blind_number(case["number"]).hex() == case["blind"]


@pytest.mark.parametrize("case", cases("head"))
def test_heads(case: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "head").write_bytes(bytes.fromhex(case["bytes"]))
    key = derive(DATA_ROOT, "head", IDENTITY.number)
    if case["expected"] == OPENS:
        assert read_head(tmp_path, key, IDENTITY).generation == 42
        return
    with pytest.raises(VaultError) as fault:
        read_head(tmp_path, key, IDENTITY)
    assert fault.value.code is Code(case["expected"])


def opened(case: dict[str, str]) -> bytes:
    untrusted = case["text"].encode()
    key_file = read_key_file(untrusted)
    _, roots = open_roots(key_file, None, case["passphrase"])
    require_authentic(untrusted, key_file, roots.data)
    return bytes(roots.data)


@pytest.mark.parametrize("case", cases("key_file"))
def test_key_files(case: dict[str, str]) -> None:
    if case["expected"] == OPENS:
        assert opened(case) == DATA_ROOT
        return
    with pytest.raises(VaultError) as fault:
        opened(case)
    assert fault.value.code is Code(case["expected"])
