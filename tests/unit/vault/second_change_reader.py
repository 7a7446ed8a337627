"""The second reader's part for desks and the log of changes, made from FORMAT.md alone (section 21)."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.unit.vault.second_bytes import bind, is_signed

if TYPE_CHECKING:
    from tests.unit.vault.second_reader import Contents, Reader


def read_changes(reader: Reader, contents: Contents, database: Any, facts: dict[str, bytes]) -> None:
    """Desks and the log of changes, from the cut to the newest."""
    rows = list(database.execute("SELECT desk, sign_pk, box_pk, since, epoch, certificate FROM desks"))
    reader._check_tally(facts, "desks", rows)
    desks = {row[0]: Ed25519PublicKey.from_public_bytes(row[1]) for row in rows}
    keys = [reader.control["verify_key"], *(step["by"] for step in reader.control["succession"])]
    for desk, sign_pk, box_pk, _since, epoch, certificate in rows:
        signed = bind(b"desk", reader.header, desk.encode(), sign_pk, box_pk, struct.pack(">I", epoch))
        assert epoch == 0 or any(is_signed(bytes.fromhex(key), certificate, signed) for key in keys)
    number, link = int.from_bytes(facts["change-cut"][:8], "big"), facts["change-cut"][8:]
    covered = [told for told in contents.checkpoints if "change_link" in told]
    if covered:
        assert (number + 1, link.hex()) == (covered[-1]["generation"], covered[-1]["change_link"])
    else:
        assert link == bytes(32)
    newest: tuple[bytes, bytes] | None = None
    columns = "n, desk, act, subject, digest, tallies, audit_link, link, signature"
    for row in database.execute(f"SELECT {columns} FROM changes ORDER BY n"):
        number += 1
        n, desk, act, subject, digest, tallies, audit_link, stored_link, signature = row
        texts = desk.encode(), act.encode(), subject.encode()
        over = bind(b"change", reader.header, struct.pack(">Q", n), link, *texts, digest, tallies, audit_link)
        link = hashlib.sha256(over).digest()
        assert (n, stored_link) == (number, link)
        desks[desk].verify(signature, over)
        newest = tallies, audit_link
        contents.changes.append((n, act, subject))
    assert (facts["generation"], facts["change-link"]) == (struct.pack(">Q", number), link)
    kept = {name.removeprefix("tally/"): facts[name] for name in sorted(facts) if name.startswith("tally/")}
    parts = [part for name, tally in kept.items() if tally != bytes(40) for part in (name.encode(), tally)]
    assert newest in {None, (hashlib.sha256(bind(*parts)).digest(), facts["audit-link"])}
