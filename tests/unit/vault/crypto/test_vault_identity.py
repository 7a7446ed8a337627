"""The header of a vault says whose vault it is, as it was written at its creation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations

from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ELSEWHERE = NOON.astimezone(timezone(timedelta(hours=1)))  # the same moment, written otherwise


def test_every_part_of_the_identity_is_in_the_header() -> None:
    identities = [
        VaultIdentity(vault_id, demo, created_at)
        for vault_id in ("00" * 16, "01" * 16)
        for demo in (True, False)
        for created_at in (NOON, ELSEWHERE, NOON + timedelta(microseconds=1))
    ]
    for first, second in combinations(identities, 2):
        assert first.header != second.header
    for identity in identities:
        flag = b"demo" if identity.demo else b"operational"
        created_at = identity.created_at.isoformat().encode()
        assert identity.header[5:] == bind(bytes.fromhex(identity.vault_id), flag, created_at)
