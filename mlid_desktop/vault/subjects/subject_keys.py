"""Keys to the people of a vault: wraps of their own keys, and blind index values of their numbers (FORMAT.md, 5).

What wraps is one of 256 bucket keys, chosen by the first byte of an identifier: where a key is to be destroyed, those
of one bucket are wrapped anew, and not everybody's.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.text import number_key
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, seal, unseal
from mlid_desktop.vault.crypto.multiset_hash import Marker

SHARED = "shared-number"
BUCKETS: Final = 256
EVERY_BUCKET: Final = frozenset(range(BUCKETS))
FIELD, FIELD_OWNER = "site-field", "site-field-owner"


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """The keys to the people of one vault: those that wrap theirs, one after another by bucket (a vault of format 1 or
    2 has one for all), the blind index's, and the tallies'."""

    header: bytes
    wrap: bytearray = field(repr=False)
    blind: bytearray = field(repr=False)
    tally: bytearray = field(repr=False)

    @property
    def marker(self) -> Marker:
        """Computes the marks of rows."""
        return Marker(self.tally)

    def wrap_for(self, identifier: str) -> memoryview:
        """The key that wraps what belongs to this identifier."""
        at = 0 if len(self.wrap) == KEY_BYTES else bucket_of(identifier) * KEY_BYTES
        return memoryview(self.wrap)[at : at + KEY_BYTES]

    def wrapped(self, subject_id: str, key: bytes | bytearray) -> bytes:
        """Wraps a person's key."""
        return seal(self.wrap_for(subject_id), key, _key_context(self.header) + bind(subject_id.encode()))

    def unwrapped(self, subject_id: str, untrusted: bytes) -> bytes:
        """Unwraps a person's key. Raises VaultError(VAULT_DAMAGED)."""
        bound = _key_context(self.header) + bind(subject_id.encode())
        key = unseal(self.wrap_for(subject_id), untrusted, bound, "subject key")
        if len(key) != KEY_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what="subject key")
        return key

    def blind_number(self, number: str) -> bytes:
        """The blind index value of a number: HMAC-SHA-256 of the form that all its spellings share."""
        return hmac.digest(self.blind, number_key(number).encode("utf-8", "surrogatepass"), "sha256")

    def blind_placeholder(self, subject_id: str) -> bytes:
        """What stands for the blind index value of a person who shares a number: of this person alone, and of no
        number."""
        return hmac.digest(self.blind, bind(SHARED.encode(), subject_id.encode()), "sha256")

    def blind_value(self, field: str, value: str) -> bytes:
        """The blind index value of what somebody has in a field: no two fields have one in common."""
        return hmac.digest(self.blind, bind(FIELD.encode(), field.encode(), value.encode()), "sha256")

    def blind_owner(self, subject_id: str) -> bytes:
        """What stands for a person in the index of fields: nothing there leads to anybody."""
        return hmac.digest(self.blind, bind(FIELD_OWNER.encode(), subject_id.encode()), "sha256")

    def associated(self, subject_id: str, kind: str, sequence: int, extractor: str) -> bytes:
        """The associated data of a record: vault, kind, sequence number, extractor and person."""
        return _record_context(self.header, kind, sequence, extractor) + bind(subject_id.encode())


def bucket_of(identifier: str) -> int:
    """The bucket of a person, or of whatever else has an identifier (32 hex digits): its first byte."""
    return int(identifier[:2], 16)


def in_bucket(column: sa.Column[Any], bucket: int) -> sa.ColumnElement[bool]:
    """The condition that the identifiers of a column are those of one bucket, as an index can look them up."""
    return column.between(f"{bucket:02x}", f"{bucket:02x}g")


@lru_cache(maxsize=16)
def _key_context(header: bytes) -> bytes:
    return bind(b"subject-key", header)


@lru_cache(maxsize=1024)
def _record_context(header: bytes, kind: str, sequence: int, extractor: str) -> bytes:
    """The part of the associated data that is the same for records of many people."""
    return bind(b"record", header, kind.encode(), sequence.to_bytes(4, "big"), extractor.encode())
