"""The kind of microphone in the catalogue, reached through PortAudio."""

from __future__ import annotations

from mlid_desktop.devices.address import SourceAddress, bounded_integer
from mlid_desktop.devices.source_kind import DeviceKind, DeviceListing, OpenRequest, always
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import DeviceIdentity

MAX_MICROPHONE_INDEX = 99


def open_microphone(request: OpenRequest) -> Source:
    """Opens the microphone of an address such as ``microphone:0``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.microphone.microphone import Microphone  # noqa: PLC0415 - drivers are touched when asked for

    request.address.require_options(())
    return Microphone(bounded_integer(request.address.target, 0, MAX_MICROPHONE_INDEX))


def list_microphones() -> tuple[DeviceListing, ...]:
    """Lists the microphones that are connected; none where PortAudio is missing or broken: opening one says why."""
    from mlid_desktop.devices.microphone.process import find_microphones  # noqa: PLC0415 - drivers when asked for

    try:
        microphones = find_microphones()
    except DeviceError:
        return ()
    return tuple(
        DeviceListing(
            SourceAddress("microphone", str(position)),
            DeviceIdentity("microphone", microphone.key, microphone.name),
            microphone.kind,
            Modality.VOICE,
        )
        for position, microphone in enumerate(microphones)
    )


KINDS = (DeviceKind(("microphone",), always(Modality.VOICE), open_microphone, list_microphones),)
