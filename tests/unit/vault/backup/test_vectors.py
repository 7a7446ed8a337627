"""Vectors of backups, recovery codes and drafts, by failure class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.vault.backup.stream import StreamReader
from mlid_desktop.vault.crypto.envelope import bind, unseal
from mlid_desktop.vault.keys.recovery_code import checked_code
from mlid_desktop.vault.subjects.drafts import rewrap_draft
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from tests.makers import ROOT

HERE = ROOT / "tests" / "vectors" / "vault"
OPENS = "opens"


def vectors(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return content


def cases(name: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors(name)["cases"]]


@pytest.mark.parametrize("case", cases("backup_stream"))
def test_streams(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(bytes.fromhex(case["bytes"]))
    key = bytearray.fromhex(vectors("backup_stream")["key"])

    def read() -> list[bytes]:
        reader = StreamReader((tmp_path / "part").open("rb"))
        try:
            return list(reader.chunks(key))
        finally:
            reader.close()

    if case["expected"] == OPENS:
        assert [chunk.hex() for chunk in read()] == case["chunks"]
        return
    with pytest.raises(MlidError) as fault:
        read()
    assert fault.value.code is Code(case["expected"])


@pytest.mark.parametrize("case", cases("recovery"))
def test_recovery_codes(case: dict[str, str]) -> None:
    if case["expected"] == OPENS:
        assert checked_code(case["typed"]) == case["code"]
        return
    with pytest.raises(MlidError) as fault:
        checked_code(case["typed"])
    assert fault.value.code is Code(case["expected"])


@pytest.mark.parametrize("case", cases("draft"))
def test_drafts(case: dict[str, str]) -> None:
    common = vectors("draft")
    header, wrap = bytes.fromhex(common["header"]), bytearray.fromhex(common["wrap"])
    keys = SubjectKeys(header, wrap, bytearray(32), bytearray(32))
    row: dict[str, Any] = {name: case[name] for name in ("draft", "subject", "expires_at")}
    row["wrapped_key"] = bytes.fromhex(case["wrapped_key"])
    bound = bind(*(row[name].encode() for name in ("draft", "subject", "expires_at")))
    sealed, key = bytes.fromhex(case["sealed"]), bytes.fromhex(common["key"])
    if case["expected"] == OPENS:
        rewrap_draft(row, keys, keys)
        assert unseal(key, sealed, bind(b"draft", header) + bound, "draft").hex() == case["plain"]
        return
    with pytest.raises(MlidError) as fault:
        rewrap_draft(row, keys, keys)
    assert fault.value.code is Code(case["expected"])
    with pytest.raises(MlidError):
        unseal(key, sealed, bind(b"draft", header) + bound, "draft")
