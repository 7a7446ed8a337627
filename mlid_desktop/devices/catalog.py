"""The kinds of source there are, in a plain table, and what is connected now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mlid_desktop.devices.address import SourceAddress, bounded_integer
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind

MAX_SEED = 2**31 - 1
MAX_CAMERA_INDEX = 999
MAX_MICROPHONE_INDEX = 99
MAX_DPI = 2000
MAX_STEP = 1000
MAX_FRAMES = 1_000_000
MAX_RATE = 120
DEFAULT_RATE = 25
Opener = Callable[[SourceAddress, Modality], Source]


class DeviceState(StrEnum):
    """What is known of a device without opening it; whether another program uses it is not."""

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


def open_source(address: SourceAddress, modality: Modality, untrusted_anchors: bytes = b"") -> Source:
    """The source at the address. Nothing is touched before its samples, its kind or its name are asked for.

    ``untrusted_anchors`` are the certificates (PEM) that a supervisor registered, for sources that sign what they send.
    Raises DeviceError.
    """
    if address.scheme == "sbi":
        return _sbi(address, modality, untrusted_anchors)
    return SCHEMES[address.scheme](address, modality)


def usual_modality(address: SourceAddress) -> Modality:
    """What the device at this address delivers; faces where it could be anything."""
    simulated = address.target if address.scheme == "simulated" else ""
    if address.scheme in {"reader", "sbi"} or simulated == "finger":
        return Modality.FINGERPRINT
    return Modality.VOICE if address.scheme in {"microphone", "digits"} or simulated == "voice" else Modality.FACE


def list_devices() -> tuple[DeviceListing, ...]:
    """The cameras, fingerprint readers and microphones that are connected, also those that cannot be used, and the
    simulated ones."""
    return (*_cameras(), *_readers(), *_services(), *_microphones(), *SIMULATED)


def _cameras() -> tuple[DeviceListing, ...]:
    from mlid_desktop.devices.camera.discovery import find_cameras, is_denied  # noqa: PLC0415 - drivers when asked for

    return tuple(
        DeviceListing(
            SourceAddress("camera", str(camera.index)),
            DeviceIdentity("camera", camera.key, camera.name),
            SourceKind.SIMULATED if camera.virtual else SourceKind.LIVE,
            Modality.FACE,
            DeviceState.DENIED if is_denied(camera.index) else DeviceState.READY,
        )
        for camera in find_cameras()
    )


def _readers() -> tuple[DeviceListing, ...]:
    """Nothing where libfprint is missing or broken: opening one says why."""
    from mlid_desktop.devices.fingerprint.process import find_readers  # noqa: PLC0415 - drivers when asked for

    try:
        readers = find_readers()
    except DeviceError:
        return ()
    return tuple(
        DeviceListing(
            SourceAddress("reader", str(place)),
            DeviceIdentity("reader", reader.key, reader.name),
            SourceKind.SIMULATED if reader.virtual else SourceKind.LIVE,
            Modality.FINGERPRINT,
            DeviceState.NO_IMAGE if not reader.captures else DeviceState.DENIED if reader.denied else DeviceState.READY,
        )
        for place, reader in enumerate(readers)
    )


def _services() -> tuple[DeviceListing, ...]:
    """What device services say of themselves; whose signature it is shows when one is opened."""
    from mlid_desktop.devices.sbi.discovery import find_devices  # noqa: PLC0415 - drivers when asked for

    states = {None: DeviceState.READY, Code.DEVICE_BUSY: DeviceState.BUSY}
    return tuple(
        DeviceListing(
            SourceAddress("sbi", f"{port}/{device.service_id}"),
            DeviceIdentity("sbi", device.key, device.name),
            SourceKind.LIVE,
            Modality.FINGERPRINT,
            states.get(device.state, DeviceState.NOT_READY),
        )
        for port, device in find_devices()
    )


def _microphones() -> tuple[DeviceListing, ...]:
    """Nothing where PortAudio is missing or broken: opening one says why."""
    from mlid_desktop.devices.microphone.process import find_microphones  # noqa: PLC0415 - drivers when asked for

    try:
        microphones = find_microphones()
    except DeviceError:
        return ()
    return tuple(
        DeviceListing(
            SourceAddress("microphone", str(place)),
            DeviceIdentity("microphone", microphone.key, microphone.name),
            microphone.kind,
            Modality.VOICE,
        )
        for place, microphone in enumerate(microphones)
    )


SIMULATED = (
    DeviceListing(
        SourceAddress("simulated", "face", (("seed", "7"),)),
        DeviceIdentity("simulated", "face-7", "Simulated camera"),
        SourceKind.SIMULATED,
        Modality.FACE,
    ),
    DeviceListing(
        SourceAddress("simulated", "finger", (("seed", "7"),)),
        DeviceIdentity("simulated", "finger-7", "Simulated fingerprint reader"),
        SourceKind.SIMULATED,
        Modality.FINGERPRINT,
    ),
    DeviceListing(
        SourceAddress("simulated", "voice", (("seed", "7"),)),
        DeviceIdentity("simulated", "voice-7", "Simulated microphone"),
        SourceKind.SIMULATED,
        Modality.VOICE,
    ),
)


def _camera(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.camera.local import Camera  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    address.require_options(())
    return Camera(bounded_integer(address.target, 0, MAX_CAMERA_INDEX))


def _reader(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.fingerprint.reader import reader_at  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FINGERPRINT)
    return reader_at(address)


def _microphone(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.microphone.microphone import Microphone  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.VOICE)
    address.require_options(())
    return Microphone(bounded_integer(address.target, 0, MAX_MICROPHONE_INDEX))


def _sbi(address: SourceAddress, modality: Modality, untrusted_anchors: bytes = b"") -> Source:
    from mlid_desktop.devices.sbi.reader import sbi_at  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FINGERPRINT)
    return sbi_at(address, untrusted_anchors)


def _network(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.camera.network import NetworkCamera  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    return NetworkCamera(address)


def _images(address: SourceAddress, modality: Modality) -> Source:
    if modality is Modality.VOICE and address.scheme == "dir":
        from mlid_desktop.devices.recorded.sound import SoundFolder  # noqa: PLC0415 - drivers are touched when asked for

        address.require_options(())
        return SoundFolder(Path(address.target))
    from mlid_desktop.devices.recorded.images_and_video import ImageFiles  # noqa: PLC0415 - drivers are touched when asked for

    address.require_options({"dpi"} if modality is Modality.FINGERPRINT else ())
    _require_pictures(modality)
    return ImageFiles(address.scheme, Path(address.target), modality, address.integer("dpi", None, 1, MAX_DPI))


def _recording(address: SourceAddress, modality: Modality) -> Source:
    if modality is Modality.VOICE:
        from mlid_desktop.devices.recorded.sound import SoundFile  # noqa: PLC0415 - drivers are touched when asked for

        address.require_options(())
        return SoundFile(Path(address.target))
    from mlid_desktop.devices.recorded.images_and_video import VideoFile  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    address.require_options({"step"})
    return VideoFile(Path(address.target), address.integer("step", 1, 1, MAX_STEP) or 1)


def _simulated(address: SourceAddress, modality: Modality) -> Source:
    seed = address.integer("seed", 0, 0, MAX_SEED) or 0
    if address.target == "face":
        from mlid_desktop.devices.simulated.camera import SimulatedFace  # noqa: PLC0415 - drivers are touched when asked for

        _require(modality, Modality.FACE)
        address.require_options({"seed", "frames", "fps"})
        frames = address.integer("frames", None, 1, MAX_FRAMES)
        return SimulatedFace(seed, frames=frames, fps=address.integer("fps", DEFAULT_RATE, 0, MAX_RATE) or 0)
    if address.target == "finger":
        from mlid_desktop.devices.simulated.fingerprint_reader import finger_at  # noqa: PLC0415 - drivers are touched when asked for

        _require(modality, Modality.FINGERPRINT)
        return finger_at(address)
    if address.target == "voice":
        from mlid_desktop.devices.simulated.microphone import voice_at  # noqa: PLC0415 - drivers are touched when asked for

        _require(modality, Modality.VOICE)
        return voice_at(address)
    raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="target")


def _digits(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.recorded.spoken_digits import digits_at  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.VOICE)
    return digits_at(address)


def _require(modality: Modality, wanted: Modality) -> None:
    if modality is not wanted:
        raise DeviceError(Code.DEVICE_NOT_ALLOWED, modality=modality.value)


def _require_pictures(modality: Modality) -> None:
    if modality not in {Modality.FACE, Modality.FINGERPRINT}:
        raise DeviceError(Code.DEVICE_NOT_ALLOWED, modality=modality.value)


SCHEMES: dict[str, Opener] = {
    "camera": _camera,
    "microphone": _microphone,
    "reader": _reader,
    "sbi": _sbi,
    "rtsp": _network,
    "rtsps": _network,
    "http": _network,
    "https": _network,
    "image": _images,
    "dir": _images,
    "file": _recording,
    "digits": _digits,
    "simulated": _simulated,
}
