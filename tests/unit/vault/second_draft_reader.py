"""The second reader's part for drafts and tests of attack detection, made from FORMAT.md alone (sections 11 and 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.vault.second_bytes import bind, bucket_key, unseal

if TYPE_CHECKING:
    from tests.unit.vault.second_reader import Contents, Reader


def read_drafts(reader: Reader, contents: Contents, database: Any, facts: dict[str, bytes], wraps: bytes) -> None:
    """What every draft says, with its kind."""
    rows = list(database.execute("SELECT draft, subject, expires_at, wrapped_key, sealed, kind FROM drafts"))
    reader._check_tally(facts, "drafts", rows)
    for draft, subject, expires, wrapped, sealed, kind in rows:
        bound = bind(draft.encode(), subject.encode(), expires.encode())
        key = unseal(bucket_key(wraps, subject or draft), wrapped, bind(b"draft-key", reader.header) + bound)
        contents.drafts[draft] = kind, unseal(key, sealed, bind(b"draft", reader.header) + bound)


def read_attack_test(reader: Reader, contents: Contents, database: Any, wraps: bytes) -> None:
    """What the entries of a test say, in their order."""
    rows = database.execute("SELECT entry, sequence, wrapped_key, sealed FROM attack_tests ORDER BY sequence")
    for number, (entry, sequence, wrapped, sealed) in enumerate(rows):
        assert sequence == number
        names = bind(reader.header, entry.encode(), str(sequence).encode())
        key = unseal(wraps[:32], wrapped, bind(b"attack-test-key") + names)
        contents.attack_test.append(unseal(key, sealed, bind(b"attack test") + names))
