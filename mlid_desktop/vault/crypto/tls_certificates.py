"""TLS certificates of a register's desks: an authority that follows from the supervisors' root key, and what it signs
(RFC 5280). They say who may connect; what counts in the register is signed by the desks' own keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import Buffer, derive, wipe

LASTS: Final = timedelta(days=3650)
EARLIER: Final = timedelta(days=400)  # the clock here may be ahead, or that of another machine behind
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2)
REQUEST: Final = "certificate request"


class CertificateAuthority:
    """The authority of one register's desks, for a vault with this identifier (16 bytes). Its key (P-256) follows from
    the control root, so that no file holds it and every supervisor's desk has it."""

    def __init__(self, control_root: Buffer, vault_id: bytes) -> None:
        seed = derive(control_root, "register-authority", vault_id)
        self._key = ec.derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, ec.SECP256R1())
        wipe(seed)
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MLID register {vault_id.hex()}")])

    def certificate(self, now: datetime) -> bytes:
        """The authority's own certificate (PEM), which the server takes as the authority of its clients."""
        builder = _lasting(x509.CertificateBuilder(), now).subject_name(self._name).public_key(self._key.public_key())
        return self._signed(
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(
                _usage(authority=True), critical=True
            )
        )

    def issue(self, untrusted_request: bytes, role: str, now: datetime) -> bytes:
        """A client's certificate (PEM) for a role of the server, of the key in a request (PEM). Raises
        VaultError(VAULT_DAMAGED) for what is no request of somebody who holds the key."""
        try:
            request = x509.load_pem_x509_csr(untrusted_request)
            public = request.public_key()
            holds = request.is_signature_valid
        except ValueError:
            raise VaultError(Code.VAULT_DAMAGED, what=REQUEST) from None
        if not holds or not isinstance(public, ec.EllipticCurvePublicKey):
            raise VaultError(Code.VAULT_DAMAGED, what=REQUEST)
        builder = _lasting(x509.CertificateBuilder(), now).subject_name(_named(role)).public_key(public)
        return self._signed(
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        made = builder.issuer_name(self._name).serial_number(x509.random_serial_number())
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def new_tls_key(role: str, password: bytes) -> tuple[bytes, bytes]:
    """A new key of a desk for TLS (PEM, encrypted under the password) and the request for its certificate (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(_named(role)).sign(key, hashes.SHA256())
    locked = serialization.BestAvailableEncryption(password)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    return private, request.public_bytes(serialization.Encoding.PEM)


def _named(role: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, role)])


def _lasting(builder: x509.CertificateBuilder, now: datetime) -> x509.CertificateBuilder:
    moment = now.astimezone(UTC)
    return builder.not_valid_before(moment - EARLIER).not_valid_after(moment + LASTS)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
