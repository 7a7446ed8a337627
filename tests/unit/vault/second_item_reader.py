"""The second reader's part for a register of many desks, made from FORMAT.md alone (section 22)."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.unit.vault.second_bytes import bind, bucket_key, cell, split, unbind, unseal

if TYPE_CHECKING:
    from tests.unit.vault.second_reader import Reader

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COLUMNS = {
    "governed": ("name", "value", "signature"),
    "ledger": ("sequence", "subject", "erased_at", "reason"),
    "shared_numbers": ("subject", "blind_number"),
    "field_index": ("blind", "owner", "field"),
}
PRIMARY = {"governed": 1, "ledger": 1, "shared_numbers": 1, "field_index": 2}
OF_PERSON = ("blind_number", "wrapped_key", "records_tally", "seen", "retention", "standing")


def read_item(reader: Reader, wraps: bytes, kind: str, key: bytes, extractor: str, body: bytes) -> list[Any]:
    """The row of the vault that an item is, in the order of section 4."""
    if kind.startswith("records_"):
        subject, sequence = split(key, 16)
        return [subject.hex(), struct.unpack(">I", sequence)[0], extractor, body]
    if kind in {"portraits", "portrait_keys"}:
        other, sealed = unbind(body)
        return [key.hex(), other.hex(), sealed]
    bound = bind(b"register-row", reader.header, kind.encode(), key)
    if kind == "subjects":
        wrapped, sealed = unbind(body)
        subject_context = bind(b"subject-key", reader.header, key.hex().encode())
        own = unseal(bucket_key(wraps, key.hex()), wrapped, subject_context)
        told = {name: _value(value) for name, value in json.loads(unseal(own, sealed, bound)).items()}
        return [key.hex(), *({"wrapped_key": wrapped, **told}[name] for name in OF_PERSON)]
    row = list(map(_value, json.loads(unseal(reader.derive(reader.data, b"register-rows"), body, bound))))
    assert len(row) == len(COLUMNS[kind])
    names = [value if isinstance(value, bytes) else str(value).encode() for value in row[: PRIMARY[kind]]]
    naming = reader.derive(reader.data, b"register-names")
    assert key == hmac.digest(naming, bind(kind.encode(), *names), "sha256")
    return row


def mark_of(reader: Reader, kind: str, row: list[Any]) -> bytes:
    """The mark that the item of a row has."""
    return hmac.digest(reader.derive(reader.data, b"tally"), bind(kind.encode(), *map(cell, row)), "sha256")


def read_mail(private: bytes, sealed: bytes, associated: bytes, purpose: bytes = b"mail") -> bytes:
    """What is sealed to a one-time key."""
    own = X25519PrivateKey.from_private_bytes(private)
    ephemeral, envelope = split(sealed, 32)
    secret = own.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    info = bind(b"mlid-vault", b"\x01", purpose, ephemeral, own.public_key().public_bytes_raw())
    return unseal(HKDF(algorithm=SHA256(), length=32, salt=b"", info=info).derive(secret), envelope, associated)


def prekey_bytes(header: bytes, desk: str, identifier: bytes, public: bytes) -> bytes:
    """What a desk signs of a one-time key."""
    return bind(b"prekey", header, desk.encode(), identifier, public)


def name_in_attempts(reader: Reader, subject: str) -> bytes:
    """What a person is called in the rows of failed attempts."""
    return hmac.digest(reader.derive(reader.data, b"register-attempt-names"), subject.encode(), "sha256")


def read_attempts(
    reader: Reader, desk: str, verify_key: bytes, person: bytes, number: int, sealed: bytes, signature: bytes
) -> Any:
    """What a desk says of a person's failed attempts."""
    signed = bind(b"attempt", reader.header, desk.encode(), person, struct.pack(">q", number), sealed)
    Ed25519PublicKey.from_public_bytes(verify_key).verify(signature, signed)
    key = reader.derive(reader.data, b"register-attempts")
    return json.loads(unseal(key, sealed, bind(b"register-attempt", reader.header, desk.encode(), person)))


def read_word(reader: Reader, desk: str, verify_key: bytes, point: bytes, sealed: bytes, signature: bytes) -> Any:
    """What a desk says of itself; ``point`` is number and link of the change that it saw."""
    number, link = split(point, 8)
    signed = bind(b"seen", reader.header, desk.encode(), number, link, sealed)
    Ed25519PublicKey.from_public_bytes(verify_key).verify(signature, signed)
    key = reader.derive(reader.data, b"register-word")
    return json.loads(unseal(key, sealed, bind(b"register-word", reader.header, desk.encode())))


def join_code(desk: str, sign_pk: bytes, box_pk: bytes, once_pk: bytes, tls_request: bytes) -> str:
    """The code of a desk that asks to join, without separators."""
    digest = hashlib.sha256(bind(b"join", desk.encode(), sign_pk, box_pk, once_pk, tls_request)).digest()
    bits = int.from_bytes(digest, "big") >> 156
    return "".join(LETTERS[bits >> shift & 31] for shift in range(95, -1, -5))


def read_answer(once: bytes, code: str, sealed: bytes) -> dict[str, bytes]:
    """What a desk is answered that asked to join."""
    told = json.loads(read_mail(once, sealed, bind(b"join", code.encode()), b"answer"))
    return {name: bytes.fromhex(value) for name, value in told.items()}


def _value(told: Any) -> Any:
    return bytes.fromhex(told["b"]) if isinstance(told, dict) else told
