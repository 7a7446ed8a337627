"""The kinds of source there are, in a plain table, and what is connected now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind

MAX_SEED = 2**31 - 1
MAX_CAMERA_INDEX = 99
MAX_DPI = 2000
Opener = Callable[[SourceAddress, Modality], Source]


@dataclass(frozen=True, slots=True)
class DeviceListing:
    """A source that can be opened now."""

    address: SourceAddress
    identity: DeviceIdentity
    kind: SourceKind
    modality: Modality


def open_source(address: SourceAddress, modality: Modality) -> Source:
    """The source at the address. Nothing is touched before its samples are asked for. Raises DeviceError."""
    return SCHEMES[address.scheme](address, modality)


def list_devices() -> tuple[DeviceListing, ...]:
    """The cameras that are connected, and the simulated ones."""
    from mlid_desktop.devices.camera import find_cameras  # noqa: PLC0415 - drivers are touched when asked for

    cameras = tuple(
        DeviceListing(
            SourceAddress("camera", str(camera.index)),
            DeviceIdentity("camera", camera.key, camera.name),
            SourceKind.LIVE,
            Modality.FACE,
        )
        for camera in find_cameras()
    )
    return cameras + SIMULATED


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
)


def _camera(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.camera import Camera  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    digits = address.target
    if not digits.isascii() or not digits.isdigit() or len(digits) > 2 or int(digits) > MAX_CAMERA_INDEX:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS)
    return Camera(int(digits))


def _network(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.network import NetworkCamera  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    return NetworkCamera(address)


def _images(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.files import DEFAULT_DPI, ImageFiles  # noqa: PLC0415 - drivers are touched when asked for

    dpi = address.integer("dpi", DEFAULT_DPI, 1, MAX_DPI)
    return ImageFiles(address.scheme, Path(address.target), modality, dpi or DEFAULT_DPI)


def _video(address: SourceAddress, modality: Modality) -> Source:
    from mlid_desktop.devices.files import VideoFile  # noqa: PLC0415 - drivers are touched when asked for

    _require(modality, Modality.FACE)
    return VideoFile(Path(address.target), address.integer("step", 1, 1, 1000) or 1)


def _simulated(address: SourceAddress, modality: Modality) -> Source:
    seed = address.integer("seed", 0, 0, MAX_SEED) or 0
    if address.target == "face":
        from mlid_desktop.devices.simulated_face import SimulatedFace  # noqa: PLC0415 - drivers are touched when asked for

        _require(modality, Modality.FACE)
        return SimulatedFace(
            seed, frames=address.integer("frames", None, 1, 1_000_000), fps=address.integer("fps", 25, 0, 120) or 0
        )
    if address.target == "finger":
        from mlid_desktop.devices.simulated_finger import SimulatedFinger  # noqa: PLC0415 - drivers are touched when asked for

        _require(modality, Modality.FINGERPRINT)
        return SimulatedFinger(seed, address.integer("impression", None, 0, 1_000_000))
    raise DeviceError(Code.DEVICE_BAD_ADDRESS)


def _require(modality: Modality, wanted: Modality) -> None:
    if modality is not wanted:
        raise DeviceError(Code.DEVICE_NOT_ALLOWED, modality=modality.value)


SCHEMES: dict[str, Opener] = {
    "camera": _camera,
    "rtsp": _network,
    "rtsps": _network,
    "http": _network,
    "https": _network,
    "image": _images,
    "dir": _images,
    "file": _video,
    "simulated": _simulated,
}
