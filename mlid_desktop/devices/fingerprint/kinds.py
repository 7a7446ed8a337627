"""The kind of fingerprint reader in the catalogue that libfprint has a driver for."""

from __future__ import annotations

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.source_kind import DeviceKind, DeviceListing, DeviceState, OpenRequest, always
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind


def open_reader(request: OpenRequest) -> Source:
    """Opens the fingerprint reader of an address such as ``reader:0``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.fingerprint.reader import open_reader_at  # noqa: PLC0415 - drivers are touched when asked for

    return open_reader_at(request.address)


def list_readers() -> tuple[DeviceListing, ...]:
    """Lists the readers that are connected; none where libfprint is missing or broken: opening one says why."""
    from mlid_desktop.devices.fingerprint.process import find_readers  # noqa: PLC0415 - drivers when asked for

    try:
        readers = find_readers()
    except DeviceError:
        return ()
    return tuple(
        DeviceListing(
            SourceAddress("reader", str(position)),
            DeviceIdentity("reader", reader.key, reader.name),
            SourceKind.SIMULATED if reader.virtual else SourceKind.LIVE,
            Modality.FINGERPRINT,
            DeviceState.NO_IMAGE if not reader.captures else DeviceState.DENIED if reader.denied else DeviceState.READY,
        )
        for position, reader in enumerate(readers)
    )


KINDS = (DeviceKind(("reader",), always(Modality.FINGERPRINT), open_reader, list_readers),)
