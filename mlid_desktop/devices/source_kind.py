"""How a family of devices declares its kinds of source: schemes, what they deliver, what opens and lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from mlid_desktop.devices.address import AddressForm, SourceAddress
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind


class DeviceState(StrEnum):
    """States of a device as far as they are known without opening it; whether another program uses it is not."""

    READY = "ready"
    DENIED = "denied"
    BUSY = "busy"
    NOT_READY = "not_ready"
    NO_IMAGE = "no_image"


@dataclass(frozen=True, slots=True)
class DeviceListing:
    """A source that is connected now."""

    address: SourceAddress
    identity: DeviceIdentity
    kind: SourceKind
    modality: Modality
    state: DeviceState = DeviceState.READY


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a source is opened with: its address and the modality asked for. ``untrusted_anchors`` are the certificates
    (PEM) that a supervisor registered; ``decoder`` is one for pictures in files, None where the source starts its
    own; ``ready_streams`` holds a helper that is ready for a stream."""

    address: SourceAddress
    modality: Modality
    untrusted_anchors: bytes = field(default=b"", repr=False)
    decoder: PictureDecoder | None = None
    ready_streams: ReadyStreams | None = None


Opener = Callable[[OpenRequest], Source]
Delivers = Callable[[SourceAddress], tuple[Modality, ...]]
ListDevices = Callable[[], tuple[DeviceListing, ...]]
ForFinger = Callable[[SourceAddress, FingerPosition], SourceAddress]
Prepare = Callable[[SourceAddress], None]


def list_nothing() -> tuple[DeviceListing, ...]:
    """Lists no device, for kinds whose sources are known only by the address that somebody types."""
    return ()


def prepare_nothing(_address: SourceAddress) -> None:
    """Does nothing, for kinds whose sources take no longer to open than their devices do."""


def same_for_every_finger(address: SourceAddress, _position: FingerPosition) -> SourceAddress:
    """The address unchanged, for kinds that cannot be told which finger is wanted."""
    return address


def always(*modalities: Modality) -> Delivers:
    """A ``delivers`` for kinds whose sources all deliver the same modalities, the usual one first."""
    return lambda _address: modalities


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """One kind of source in the catalogue.

    ``delivers`` says which modalities the source at an address can deliver, the usual one first, and raises
    DeviceError(DEVICE_BAD_ADDRESS) where the address names nothing. ``open`` is asked for those alone, and touches
    nothing before the source's samples, kind or name are asked for; raises DeviceError.

    ``self_paced``: its items are there as fast as they are taken, so that a run repeats exactly. ``whole_takes``: a
    sample of sound is a whole take, which answers no prompt. ``signed``: it signs what it sends, so that certificates
    vouch for it. ``for_finger`` is the address that asks for one finger. ``prepare`` does ahead what a source at an
    address would have to do before its first sample, as far as that touches no device. ``decodes_streams``: its samples
    are taken apart in a media helper, of which one is kept ready meanwhile.
    """

    schemes: tuple[str, ...]
    delivers: Delivers
    open: Opener
    list_devices: ListDevices = list_nothing
    form: AddressForm = AddressForm.LOCAL
    self_paced: bool = False
    whole_takes: bool = False
    signed: bool = False
    for_finger: ForFinger = same_for_every_finger
    prepare: Prepare = prepare_nothing
    decodes_streams: bool = False
