"""The kinds of camera in the catalogue: those of this machine, and streams of the network."""

from __future__ import annotations

from mlid_desktop.devices.address import AddressForm, SourceAddress, bounded_integer
from mlid_desktop.devices.source_kind import DeviceKind, DeviceListing, DeviceState, OpenRequest, always
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind

MAX_CAMERA_INDEX = 999


def open_camera(request: OpenRequest) -> Source:
    """Opens the camera of an address such as ``camera:0``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.camera.local import Camera  # noqa: PLC0415 - drivers are touched when asked for

    request.address.require_options(())
    return Camera(bounded_integer(request.address.target, 0, MAX_CAMERA_INDEX))


def open_stream(request: OpenRequest) -> Source:
    """Opens the network camera of an address such as ``rtsp://…`` or ``http://…``."""
    from mlid_desktop.devices.camera.network import NetworkCamera  # noqa: PLC0415 - drivers are touched when asked for

    return NetworkCamera(request.address, ready=request.ready_streams)


def list_cameras() -> tuple[DeviceListing, ...]:
    """Lists the cameras of this machine, also those that this account may not open."""
    from mlid_desktop.devices.camera.discovery import find_cameras, is_denied  # noqa: PLC0415 - drivers when asked for

    return tuple(
        DeviceListing(
            SourceAddress("camera", str(camera.index)),
            DeviceIdentity("camera", camera.key, camera.name),
            SourceKind.VIRTUAL if camera.virtual else SourceKind.LIVE,
            Modality.FACE,
            DeviceState.DENIED if is_denied(camera.index) else DeviceState.READY,
        )
        for camera in find_cameras()
    )


KINDS = (
    DeviceKind(("camera",), always(Modality.FACE), open_camera, list_cameras),
    DeviceKind(("rtsp", "http"), always(Modality.FACE), open_stream, form=AddressForm.URL, decodes_streams=True),
    DeviceKind(("rtsps", "https"), always(Modality.FACE), open_stream, form=AddressForm.URL),
)
