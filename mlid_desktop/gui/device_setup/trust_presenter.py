"""What the trust page shows: who signs for a device service's reader, its certificates in words, and what a supervisor
may decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import Language

GROUP: Final = 4
SECOND_LOOK_DIGITS: Final = 8  # of the fingerprint, typed from what the maker sent


class ChainCertificate(Protocol):
    """The facts of one certificate of a chain."""

    @property
    def subject(self) -> str:
        """Whom the certificate names."""
        ...

    @property
    def issuer(self) -> str:
        """Who issued the certificate."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        ...

    @property
    def valid_from(self) -> datetime:
        """The moment from which the certificate is valid, UTC."""
        ...

    @property
    def valid_until(self) -> datetime:
        """The moment until which the certificate is valid, UTC."""
        ...

    @property
    def authority(self) -> bool:
        """Whether the certificate may issue others."""
        ...

    @property
    def trusted(self) -> bool:
        """Whether a supervisor trusts the certificate."""
        ...

    @property
    def pem(self) -> bytes:
        """The certificate itself, as PEM."""
        ...


class DeviceWithChain(Protocol):
    """A device and the certificates that sign for it, the signer first."""

    @property
    def trusted(self) -> bool:
        """Whether a trusted certificate vouches for the device."""
        ...

    @property
    def chain(self) -> Sequence[ChainCertificate]:
        """The certificates from the signer up, each issued by the next."""
        ...


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """One certificate of the chain as it is shown: ``fingerprint`` is grouped for reading aloud, ``key`` is the same
    ungrouped."""

    title: str
    lines: tuple[str, ...]
    fingerprint: str
    key: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class TrustScreen:
    """What the trust page shows; ``may_decide`` where the person is a supervisor."""

    verdict: str
    tone: Tone
    cards: tuple[CertificateCard, ...]
    may_decide: bool
    advice: str


def trust_screen(
    chain: Sequence[ChainCertificate], language: Language, *, trusted: bool, may_decide: bool
) -> TrustScreen:
    """The trust page for a chain of certificates, from the signer up."""
    text = language.text
    verdict = (
        text("A certificate that is trusted here vouches for this device.")
        if trusted
        else text(
            "Nobody who is trusted here vouches for this device: what it sends counts as recorded and is refused."
        )
    )
    advice = (
        text("Ask the maker for the SHA-256 checksum on another way than through the device, and compare.")
        if may_decide
        else text("A supervisor decides whom to trust.")
    )
    cards = tuple(_card(certificate, index, language) for index, certificate in enumerate(chain))
    return TrustScreen(verdict, Tone.ACCEPTED if trusted else Tone.INCONCLUSIVE, cards, may_decide, advice)


def matches_fingerprint_end(typed: str, fingerprint: str) -> bool:
    """Whether what was typed are the last digits of the fingerprint, however they were grouped."""
    digits = "".join(typed.split()).replace(":", "").lower()
    return len(digits) >= SECOND_LOOK_DIGITS and fingerprint.endswith(digits)


def group_digits(fingerprint: str) -> str:
    """A fingerprint in groups of four digits, upper case."""
    return " ".join(fingerprint[start : start + GROUP] for start in range(0, len(fingerprint), GROUP)).upper()


def _card(certificate: ChainCertificate, index: int, language: Language) -> CertificateCard:
    text = language.text
    role = text("signs for the device") if index == 0 else text("issued the one above")
    until = text(
        "valid from {start} to {end}",
        start=language.date(certificate.valid_from),
        end=language.date(certificate.valid_until),
    )
    issued = text("issued by {name}", name=certificate.issuer)
    title = text("{name} ({role})", name=certificate.subject, role=role)
    return CertificateCard(
        title, (issued, until), group_digits(certificate.fingerprint), certificate.fingerprint, certificate.trusted
    )
