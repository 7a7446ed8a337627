"""The catalogue of source kinds, as a plain table, and the devices that are connected now."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.camera import kinds as camera
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from mlid_desktop.devices.fingerprint import kinds as fingerprint
from mlid_desktop.devices.microphone import kinds as microphone
from mlid_desktop.devices.recorded import kinds as recorded
from mlid_desktop.devices.sbi import kinds as sbi
from mlid_desktop.devices.simulated import kinds as simulated
from mlid_desktop.devices.source_kind import DeviceKind, DeviceListing, OpenRequest
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source

KINDS: tuple[DeviceKind, ...] = (
    *camera.KINDS,
    *fingerprint.KINDS,
    *sbi.KINDS,
    *microphone.KINDS,
    *recorded.KINDS,
    *simulated.KINDS,
)
SCHEMES = {scheme: kind for kind in KINDS for scheme in kind.schemes}
FORMS = {scheme: kind.form for scheme, kind in SCHEMES.items()}


def parse_address(untrusted_text: str) -> SourceAddress:
    """Parses the text of an address of any kind in the catalogue. Raises DeviceError(DEVICE_BAD_ADDRESS) with the part
    (``what``) that is wrong."""
    return SourceAddress.parse(untrusted_text, FORMS)


def open_source(
    address: SourceAddress,
    modality: Modality,
    untrusted_anchors: bytes = b"",
    decoder: PictureDecoder | None = None,
    ready_streams: ReadyStreams | None = None,
) -> Source:
    """Opens the source at an address. Nothing is touched before its samples, its kind or its name are asked for.

    ``untrusted_anchors`` are the certificates (PEM) that a supervisor registered, for sources that sign what they send;
    ``decoder`` reads pictures in files, for those who open many; a stream takes the helper that ``ready_streams``
    holds. Raises DeviceError.
    """
    kind = SCHEMES[address.scheme]
    if modality not in kind.delivers(address):
        raise DeviceError(Code.DEVICE_NOT_ALLOWED, modality=modality.value)
    return kind.open(OpenRequest(address, modality, untrusted_anchors, decoder, ready_streams))


def prepare_source(untrusted_text: str) -> None:
    """Does ahead what the source at an address would have to do before its first sample, as far as that touches no
    device. What cannot be prepared says so when it is opened."""
    with suppress(DeviceError):
        address = parse_address(untrusted_text)
        SCHEMES[address.scheme].prepare(address)


def prepare_sources(untrusted_addresses: Sequence[str], ready_streams: ReadyStreams) -> None:
    """Does so for all sources in use, and lets go of what was made ready for others. Returns at once: it is done on a
    thread of its own, and nobody waits for it."""
    schemes = {untrusted.partition(":")[0] for untrusted in untrusted_addresses}
    ready_streams.keep(wanted=any(SCHEMES[scheme].decodes_streams for scheme in schemes if scheme in SCHEMES))

    def prepare() -> None:
        for address in untrusted_addresses:
            prepare_source(address)

    threading.Thread(None, prepare, "mlid-prepare", daemon=True).start()


def usual_modality(address: SourceAddress) -> Modality:
    """The modality that the device at this address delivers; faces where it could be anything. Raises
    DeviceError(DEVICE_BAD_ADDRESS) where the address names nothing."""
    return SCHEMES[address.scheme].delivers(address)[0]


def address_for_finger(address: SourceAddress, position: FingerPosition) -> SourceAddress:
    """The address at which a device is asked for this finger; unchanged for devices that cannot be told which one."""
    return SCHEMES[address.scheme].for_finger(address, position)


def list_devices() -> tuple[DeviceListing, ...]:
    """Lists the cameras, fingerprint readers and microphones that are connected, also those that cannot be used, and
    the simulated ones."""
    return tuple(listing for kind in KINDS for listing in kind.list_devices())


def is_self_paced(scheme: str) -> bool:
    """Whether a source of this scheme delivers items as fast as they are taken; False for an unknown scheme."""
    return scheme in SCHEMES and SCHEMES[scheme].self_paced


def is_signed(scheme: str) -> bool:
    """Whether a source of this scheme signs what it sends, so that certificates vouch for it."""
    return scheme in SCHEMES and SCHEMES[scheme].signed


def delivers_whole_takes(scheme: str) -> bool:
    """Whether a sample of sound from a source of this scheme is a whole take, which answers no prompt."""
    return scheme in SCHEMES and SCHEMES[scheme].whole_takes
