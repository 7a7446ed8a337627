"""Where a sample comes from: values that go with every sample to the decision and the audit line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

CHAIN_START = bytes(32)


class SourceKind(StrEnum):
    """Kinds of source, by how far each can be trusted to show the person at the desk. ``VIRTUAL`` poses as a device: a
    program makes what it delivers, or whatever is fed to it."""

    LIVE = "live"
    RECORDED = "recorded"
    SIMULATED = "simulated"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A device as the station knows it: ``scheme`` of its address, a stable ``key`` (bus path, serial, URL), its name.
    ``pin`` is the SHA-256 of the certificate that it signs with, in hexadecimal; empty where it signs nothing, and of
    what a service says of itself unsigned."""

    scheme: str
    key: str
    name: str
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a sample came from; ``chain`` is the running SHA-256 over all samples of this session, so that a swapped
    sample is noticed. ``opening`` counts how often the device was lost and opened anew before the sample."""

    kind: SourceKind
    device: DeviceIdentity
    chain: bytes = CHAIN_START
    opening: int = 0

    def continues(self, earlier: Provenance) -> bool:
        """Whether a sample may go on with an earlier one: it comes of the same device, which was not lost between."""
        return (self.kind, self.device, self.opening) == (earlier.kind, earlier.device, earlier.opening)


def chain_link(previous: bytes, payload: bytes | memoryview) -> bytes:
    """Next value of the session hash chain: SHA-256 of the previous value (32 bytes) and the sample's bytes."""
    digest = hashlib.sha256(previous)
    digest.update(payload)
    return digest.digest()
