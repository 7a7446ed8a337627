"""A row's mark is the HMAC that the format describes, however its key is made ready."""

from __future__ import annotations

import hmac

import pytest

from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.multiset_hash import Cell, Marker

KEYS = (bytes(32), bytes(range(32)), bytes(range(224, 256)), bytes(64), b"", bytes(range(100, 164)))
ROWS: tuple[list[Cell], ...] = ([], [""], [b""], [0], ["é", b"\x00" * 2000, 2**63 - 1], [b"one", "two", 3, b"", ""])


@pytest.mark.parametrize("key", KEYS)
def test_a_mark_is_an_hmac_of_the_cells(key: bytes) -> None:
    marker = Marker(bytearray(key))
    for _ in range(2):
        for cells in ROWS:
            parts = [
                cell.encode() if isinstance(cell, str) else cell.to_bytes(8, "big") if isinstance(cell, int) else cell
                for cell in cells
            ]
            expected = hmac.digest(key, bind(b"records_face", *parts), "sha256")
            assert marker.written("records_face", cells) == expected
            assert marker.mark("records_face", cells) == int.from_bytes(expected, "big")


def test_a_key_that_is_longer_than_a_block_is_none_of_a_vault() -> None:
    with pytest.raises(ValueError, match="key"):
        Marker(bytearray(65))
