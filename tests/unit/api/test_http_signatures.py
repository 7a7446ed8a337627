"""HTTP Message Signatures by the RFC's own example, and what is not one."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.api.http_signatures import (
    SignatureFormError,
    components,
    is_digest_of,
    read_signature,
)

# RFC 9421, appendix B.1.4 and B.2.6
KEY = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");'
    'created=1618884473;keyid="test-key-ed25519"'
)
SIGNATURE = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
HEADERS = {
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
}
VALUES = components("POST", "example.com", "/foo", "param=Value&Pet=dog", HEADERS)


def test_the_example_of_the_standard_verifies() -> None:
    signed = read_signature(INPUT, SIGNATURE)
    key = load_pem_public_key(KEY)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signed.signature, signed.base(VALUES))
    assert (signed.created, signed.keyid, signed.nonce) == (1618884473, "test-key-ed25519", "")


@pytest.mark.parametrize(
    "untrusted",
    [
        "",
        "sig=()",
        'sig=("@method");keyid="a"',
        'sig=("@method");created=1',
        'sig=("@method");created=1;created=2;keyid="a"',
        'sig=("@method" "@method");created=1;keyid="a"',
        'sig=("@method";sf);created=1;keyid="a"',
        'sig=("@method");created=-1;keyid="a"',
        'sig=("@method");created=1;keyid="a";alg="hmac-sha256"',
        'sig=("@method");created=1;keyid="a"\nsig2=()',
        'one=("@method");created=1;keyid="a", sig=("@method");created=1;keyid="a"',
        "x" * 3000,
    ],
)
def test_what_is_not_one_signature_is_refused(untrusted: str) -> None:
    with pytest.raises(SignatureFormError):
        read_signature(untrusted, "sig=:AAAA:")


def test_a_component_that_is_not_there_is_refused() -> None:
    signed = read_signature('sig=("@method" "x-missing");created=1;keyid="a"', "sig=:AAAA:")
    with pytest.raises(SignatureFormError):
        signed.base(VALUES)


@given(st.text(max_size=200), st.text(max_size=80))
def test_nothing_else_is_raised(untrusted_input: str, untrusted_signature: str) -> None:
    with suppress(SignatureFormError):
        read_signature(untrusted_input, untrusted_signature)


def content_digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_digest_is_of_one_body(body: bytes, other: bytes) -> None:
    assert is_digest_of(content_digest(body), body)
    assert is_digest_of(content_digest(body), other) is (body == other)
    assert not is_digest_of(b64encode(body).decode(), body)
