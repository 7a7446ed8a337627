"""The kind of fingerprint reader in the catalogue that stands behind a MOSIP SBI device service of this machine."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.source_kind import DeviceKind, DeviceListing, DeviceState, OpenRequest, always
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind


def open_service(request: OpenRequest) -> Source:
    """Opens the reader of an address such as ``sbi:4501``. Raises DeviceError: DEVICE_BAD_ADDRESS, or DEVICE_BAD_MEDIA
    where the anchors are no certificates."""
    from mlid_desktop.devices.sbi.reader import open_sbi_at  # noqa: PLC0415 - drivers are touched when asked for

    return open_sbi_at(request.address, request.untrusted_anchors)


def list_services() -> tuple[DeviceListing, ...]:
    """Lists the readers of device services, as they describe themselves; whose signature it is shows when one is
    opened."""
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


def for_finger(address: SourceAddress, position: FingerPosition) -> SourceAddress:
    """The address that asks a device service for this finger; one that already names a finger stays."""
    if "finger" in dict(address.options):
        return address
    return replace(address, options=(*address.options, ("finger", position.value)))


KINDS = (
    DeviceKind(("sbi",), always(Modality.FINGERPRINT), open_service, list_services, signed=True, for_finger=for_finger),
)
