"""An authority, a device provider and a device, with keys made for this run of the tests alone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key and a certificate, and the certificates above it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        """The certificate as a supervisor would get it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        name: str,
        *,
        authority: bool = False,
        starts: timedelta = -YEAR,
        ends: timedelta = YEAR,
        key: rsa.RSAPrivateKey | None = None,
    ) -> Holder:
        """A certificate for somebody below."""
        mine = key or make_key(name)
        made = certificate(name, mine, self.certificate.subject, self.key, authority, starts, ends)
        return Holder(mine, made, (self.certificate, *self.above))

    def sign(self, payload: dict[str, Any] | bytes, *, chain: bool = True, **header: Any) -> str:
        """A compact JWS; ``header`` replaces what it would say."""
        certificates = [self.certificate, *(self.above if chain else ())]
        x5c = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode() for certificate in certificates]
        head = {"alg": "RS256", "typ": "JWT", "x5c": x5c, **header}
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signed = f"{encode(json.dumps(head).encode())}.{encode(body)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encode(signature)}"


def encode(content: bytes) -> str:
    """Base64 as JWS has it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@cache
def make_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same key for the same name throughout the run."""
    del name
    return rsa.generate_private_key(65537, bits)


def certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    authority: bool,
    starts: timedelta = -YEAR,
    ends: timedelta = YEAR,
) -> x509.Certificate:
    """A certificate as device providers issue them."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


@cache
def make_authority(name: str = "Authority") -> Holder:
    """The top of a chain."""
    key = make_key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return Holder(key, certificate(name, key, subject, key, authority=True))


@cache
def make_device(authority: str = "Authority") -> Holder:
    """A device of a provider that this authority approved."""
    return make_authority(authority).issue("Provider", authority=True).issue("Device 1")
