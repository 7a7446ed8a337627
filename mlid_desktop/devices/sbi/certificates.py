"""The certificates that sign for a device service's reader, shown to the person who decides whom to trust."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.sbi.reader import open_sbi_at
from mlid_desktop.devices.sbi.signatures import CertificateFacts, TrustAnchors
from mlid_desktop.domain.errors import Code, DeviceError

LEAST_DIGITS = 8  # of a fingerprint, to name one of at most 64 certificates
MAX_DIGITS = 64
BETWEEN = re.compile(r"[\s:-]+")


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """A reader behind a device service: ``name`` is make, model and serial number, ``key`` has the provider as well;
    ``chain`` is the signer first, each certificate issued by the next."""

    name: str
    key: str
    trusted: bool
    chain: tuple[CertificateFacts, ...]


def read_signed_device(address: SourceAddress, untrusted_anchors: bytes) -> SignedDevice:
    """Asks a device service for its reader and the certificates that sign for it. Raises DeviceError: what opening it
    raises, DEVICE_NOT_ALLOWED for another kind of source."""
    if address.scheme != "sbi":
        raise DeviceError(Code.DEVICE_NOT_ALLOWED, scheme=address.scheme)
    device = open_sbi_at(address, untrusted_anchors).device()
    return SignedDevice(device.name, device.key, device.trusted, device.chain)


def describe_anchors(untrusted_anchors: bytes) -> tuple[CertificateFacts, ...]:
    """Facts of every certificate that is trusted. Raises DeviceError(DEVICE_BAD_MEDIA)."""
    return TrustAnchors.read(untrusted_anchors).facts


def remove_certificate(untrusted_anchors: bytes, untrusted_fingerprint: str) -> tuple[bytes, CertificateFacts]:
    """Removes a trusted certificate: returns the others (PEM), and the one that was named by the first eight or more
    digits of its fingerprint.

    Raises DeviceError(DEVICE_BAD_MEDIA), or DEVICE_NOT_FOUND where no certificate, or more than one, is meant.
    """
    digits = BETWEEN.sub("", untrusted_fingerprint[: 3 * MAX_DIGITS]).lower()
    known = describe_anchors(untrusted_anchors)
    meant = [
        certificate
        for certificate in known
        if len(digits) >= LEAST_DIGITS and certificate.fingerprint.startswith(digits)
    ]
    if len(meant) != 1:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=digits[:MAX_DIGITS])
    return b"".join(certificate.pem for certificate in known if certificate != meant[0]), meant[0]
