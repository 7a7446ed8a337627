"""Verifies JSON Web Signatures of device services, and the chain of certificates that they bring along.

JWS: RFC 7515, compact form, RS256 alone, ``x5c`` of section 4.1.6 (the SBI specification's "Digital Id" and
"Cryptography"). Chains: RFC 5280, as far as a device's chain goes: names, signatures, dates, basic constraints, key
usage.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from mlid_desktop.devices.sbi.fields import bad_answer, decode, read_json
from mlid_desktop.domain.errors import Code, DeviceError

ALGORITHM = "RS256"
MAX_JWS_CHARACTERS = 16 * 1024 * 1024
MAX_HEADER_CHARACTERS = 64 * 1024
MAX_CHAIN = 5
MAX_ANCHORS = 64
MAX_ANCHOR_BYTES = 256 * 1024
MAX_NAME = 200  # characters of a certificate's name that are shown: it is the signer's own text
KEY_BITS = range(2048, 8193)  # the specification asks for 2,048 and more; checking a longer key takes a hostile while
SIGNATURE_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
NO_CERTIFICATE = (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The facts of one certificate that are shown: ``fingerprint`` is the SHA-256 of its DER form, 64 hexadecimal
    digits."""

    subject: str
    issuer: str
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    authority: bool
    trusted: bool
    pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Certificates that a supervisor registered: of device providers, of their authority, or of single devices."""

    certificates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def read(cls, untrusted_pem: bytes) -> TrustAnchors:
        """Reads PEM certificates, one after the other. Raises DeviceError(DEVICE_BAD_MEDIA)."""
        if not untrusted_pem.strip():
            return cls()
        if len(untrusted_pem) > MAX_ANCHOR_BYTES:
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        try:
            found = x509.load_pem_x509_certificates(untrusted_pem)
            for certificate in found:
                _require_strong(certificate)
        except (*NO_CERTIFICATE, DeviceError):
            raise DeviceError(Code.DEVICE_BAD_MEDIA) from None
        if len(found) > MAX_ANCHORS:
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return cls(tuple(found))

    def with_more(self, others: TrustAnchors) -> TrustAnchors:
        """These anchors and others, each once. Raises DeviceError(DEVICE_BAD_MEDIA) where these are too many."""
        together = tuple(dict.fromkeys((*self.certificates, *others.certificates)))
        if len(together) > MAX_ANCHORS:
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return TrustAnchors(together)

    @property
    def pem(self) -> bytes:
        """The trust anchors as PEM; the inverse of :meth:`read`."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.certificates)

    @property
    def facts(self) -> tuple[CertificateFacts, ...]:
        """The facts of the anchors that a person is shown."""
        return facts_of(self.certificates, self)

    def __len__(self) -> int:
        return len(self.certificates)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers: ``payload`` as it was signed; ``trusted`` where its ``chain`` (the signer first) leads
    to an anchor."""

    payload: bytes = field(repr=False)
    trusted: bool
    chain: tuple[CertificateFacts, ...] = ()


def verify(untrusted_jws: object, anchors: TrustAnchors, now: datetime) -> Signed:
    """Verifies a JSON Web Signature and its chain of certificates. Raises DeviceError: DEVICE_BAD_ANSWER for what is no
    JWS, DEVICE_UNTRUSTED for a signature that its own certificate does not bear out, for a certificate out of its dates
    and for a chain that does not hold; ``why`` says which. A chain that holds and leads to no anchor is no fault: it
    proves that the answer is whole, and nothing about who made it."""
    header, payload, signature, signed = _parts(untrusted_jws)
    chain = _chain(header)
    _check_signature(chain[0], signature, signed)
    for certificate in chain:
        _require_dates(certificate, now)
    return Signed(payload, _leads_to(chain, anchors, now), facts_of(chain, anchors))


def facts_of(certificates: Iterable[x509.Certificate], anchors: TrustAnchors) -> tuple[CertificateFacts, ...]:
    """The facts of certificates that a person is shown; ``trusted`` are those among the anchors."""
    return tuple(
        CertificateFacts(
            subject=_name(certificate.subject),
            issuer=_name(certificate.issuer),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            valid_from=certificate.not_valid_before_utc,
            valid_until=certificate.not_valid_after_utc,
            authority=_is_authority(certificate),
            trusted=certificate in anchors.certificates,
            pem=certificate.public_bytes(Encoding.PEM),
        )
        for certificate in certificates
    )


def _name(untrusted: x509.Name) -> str:
    """A certificate's name in the form of RFC 4514, without what cannot be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in untrusted.rfc4514_string()[:MAX_NAME])


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and bool(constraints.ca)


def _parts(untrusted_jws: object) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    if not isinstance(untrusted_jws, str) or len(untrusted_jws) > MAX_JWS_CHARACTERS:
        raise bad_answer("jws")
    parts = untrusted_jws.split(".")
    if len(parts) != 3 or not untrusted_jws.isascii() or len(parts[0]) > MAX_HEADER_CHARACTERS:
        raise bad_answer("jws")
    header = read_json(decode(parts[0]))
    if not isinstance(header, dict):
        raise bad_answer("jws")
    if header.get("alg") != ALGORITHM or "crit" in header:
        raise _untrusted("algorithm")
    return header, decode(parts[1]), decode(parts[2]), f"{parts[0]}.{parts[1]}".encode()


def _chain(header: dict[str, Any]) -> list[x509.Certificate]:
    """The certificates of a header's ``x5c``: the signer first, each certificate issued by the next. Some services send
    the one as text, not a list."""
    untrusted = header.get("x5c")
    texts = [untrusted] if isinstance(untrusted, str) else untrusted
    if (
        not isinstance(texts, list)
        or not 0 < len(texts) <= MAX_CHAIN
        or not all(isinstance(text, str) for text in texts)
    ):
        raise bad_answer("x5c")
    try:
        chain = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]
    except (binascii.Error, *NO_CERTIFICATE):
        raise bad_answer("x5c") from None
    for certificate in chain:
        _require_strong(certificate)
    return chain


def _check_signature(signer: x509.Certificate, signature: bytes, signed: bytes) -> None:
    key = signer.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        raise _untrusted("signature") from None
    usage = _extension(signer, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise _untrusted("usage")


def _leads_to(chain: list[x509.Certificate], anchors: TrustAnchors, now: datetime) -> bool:
    """Whether a chain of certificates ends at an anchor; all of it up to there must hold."""
    for index, certificate in enumerate(chain):
        if index:
            _require_issued(chain[index - 1], certificate, below=index - 1)
        if certificate in anchors.certificates:
            return True
        if any(
            _is_issued(certificate, anchor, below=index) and _is_valid(anchor, now) for anchor in anchors.certificates
        ):
            return True
    return False


def _require_issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> None:
    if not _is_issued(certificate, issuer, below):
        raise _untrusted("chain")


def _is_issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
    """Whether an issuer may sign this certificate; ``below`` counts the authorities between the issuer and the signer
    (RFC 5280, 4.2.1.9)."""
    constraints, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca:
        return False
    if constraints.path_length is not None and below > constraints.path_length:
        return False
    if usage is not None and not usage.key_cert_sign:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*NO_CERTIFICATE, InvalidSignature):
        return False
    return True


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _require_dates(certificate: x509.Certificate, now: datetime) -> None:
    if not _is_valid(certificate, now):
        raise _untrusted("dates")


def _require_strong(certificate: x509.Certificate) -> None:
    try:
        key, hashed = certificate.public_key(), certificate.signature_hash_algorithm
    except NO_CERTIFICATE:
        raise _untrusted("key") from None
    if (
        not isinstance(key, rsa.RSAPublicKey)
        or key.key_size not in KEY_BITS
        or not isinstance(hashed, SIGNATURE_HASHES)
    ):
        raise _untrusted("key")


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except NO_CERTIFICATE:
        raise _untrusted("extension") from None


def _untrusted(why: str) -> DeviceError:
    return DeviceError(Code.DEVICE_UNTRUSTED, why=why)
