"""Encodes the earlier images of a person's fingers as bytes (FORMAT.md, section 5)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.templates import Touch, newest_touches
from mlid_desktop.vault.store.schema import PROFILE, SEARCH_TABLES, TOUCHES
from mlid_desktop.vault.subjects.record_codec import read_profile, read_reference
from mlid_desktop.vault.subjects.records.search_table_codec import read_table

DIGEST_BYTES = 32


def touches_bytes(touches: Sequence[Touch]) -> bytes:
    """Touches as the bytes of their record."""
    rows = [[str(touch.characteristic), _text(touch.digest), _text(touch.geometry)] for touch in touches]
    return json.dumps(rows, separators=(",", ":")).encode()


def read_touches(plain: bytes) -> tuple[Touch, ...]:
    """Parses a record of touches. Raises VaultError(VAULT_DAMAGED)."""
    try:
        found = tuple(
            Touch(Characteristic.parse(written), _bytes(digest), _bytes(geometry))
            for written, digest, geometry in json.loads(plain)
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what=TOUCHES) from None
    if any(len(touch.digest) != DIGEST_BYTES for touch in found) or newest_touches(found) != found:
        raise VaultError(Code.VAULT_DAMAGED, what=TOUCHES)
    return found


def read_record(kind: str, subject_id: str, plain: bytes) -> None:
    """Parses a record of any kind, to check it. Raises VaultError(VAULT_DAMAGED)."""
    if kind == PROFILE:
        read_profile(subject_id, plain)
    elif kind == TOUCHES:
        read_touches(plain)
    elif kind in SEARCH_TABLES.values():
        read_table(plain)
    else:
        read_reference(subject_id, plain)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(written: str) -> bytes:
    return base64.b64decode(written, validate=True)
