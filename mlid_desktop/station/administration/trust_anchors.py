"""Trust anchors of device services: certificates kept in the vault under the supervisors' signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlid_desktop.devices.catalog import parse_address
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.text import unicode_text
from mlid_desktop.station.services.vault_session import VaultSession

if TYPE_CHECKING:
    from mlid_desktop.devices.sbi.certificates import SignedDevice
    from mlid_desktop.devices.sbi.signatures import CertificateFacts

TRUST_ANCHORS = "trust-anchors"


def anchors_of(session: VaultSession) -> bytes:
    """The trusted certificates (PEM) of a vault. Call on the vault thread."""
    return session.vault.settings.read(TRUST_ANCHORS) or b""


class DeviceTrust:
    """Manages the certificates that device services are trusted by. Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def trust(self, untrusted_pem: bytes, second: SecondPerson | None) -> int:
        """From now on certificates (PEM) under these vouch for device services; how many there are in all.

        Raises DeviceError(DEVICE_BAD_MEDIA) for what is no certificate, VaultError where the operator is no
        supervisor or nobody else confirms it.
        """
        from mlid_desktop.devices.sbi.signatures import TrustAnchors  # noqa: PLC0415 - late: a heavy import

        together = TrustAnchors.read(anchors_of(self._session)).with_more(TrustAnchors.read(_plain(untrusted_pem)))
        self._session.vault.settings.store(TRUST_ANCHORS, together.pem, second)
        return len(together)

    def distrust(self, untrusted_fingerprint: str, second: SecondPerson | None) -> CertificateFacts:
        """From now on this certificate vouches for nothing: devices that only it vouched for count as recorded.

        Raises DeviceError(DEVICE_NOT_FOUND) where it is not one of the trusted, VaultError where the operator is no
        supervisor.
        """
        from mlid_desktop.devices.sbi.certificates import remove_certificate  # noqa: PLC0415 - late: a heavy import

        others, gone = remove_certificate(anchors_of(self._session), untrusted_fingerprint)
        self._session.vault.settings.store(TRUST_ANCHORS, others, second)
        return gone

    def certificates(self) -> tuple[CertificateFacts, ...]:
        """The trusted certificates."""
        from mlid_desktop.devices.sbi.certificates import describe_anchors  # noqa: PLC0415 - late: a heavy import

        return describe_anchors(anchors_of(self._session))

    def signers(self, untrusted_address: str) -> SignedDevice:
        """The certificates that sign for the reader at this address, as its service states now. Raises DeviceError."""
        from mlid_desktop.devices.sbi.certificates import read_signed_device  # noqa: PLC0415 - late: a heavy import

        return read_signed_device(parse_address(untrusted_address), anchors_of(self._session))


def _plain(untrusted_pem: bytes) -> bytes:
    """The file as PEM is read: an editor may have saved it with a byte order mark, or as UTF-16."""
    try:
        return unicode_text(untrusted_pem).encode()
    except UnicodeDecodeError:
        return untrusted_pem
