"""The kinds of recording in the catalogue: pictures, folders, videos and sound in files, and digits that somebody
spoke."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.devices.source_kind import DeviceKind, OpenRequest, always
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Source

MAX_DPI = 2000
MAX_STEP = 1000


def open_images(request: OpenRequest) -> Source:
    """Opens the pictures of an address such as ``image:one.png`` or ``dir:pictures``; ``dpi`` for fingers. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.recorded.images_and_video import ImageFiles  # noqa: PLC0415 - drivers are touched when asked for

    address, modality = request.address, request.modality
    address.require_options({"dpi"} if modality is Modality.FINGERPRINT else ())
    dpi = address.integer("dpi", None, 1, MAX_DPI)
    return ImageFiles(address.scheme, Path(address.target), modality, dpi, request.decoder)


def open_folder(request: OpenRequest) -> Source:
    """Opens the folder of ``dir:folder``: its sound files for voices, else its pictures. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    if request.modality is not Modality.VOICE:
        return open_images(request)
    from mlid_desktop.devices.recorded.sound import SoundFolder  # noqa: PLC0415 - drivers are touched when asked for

    request.address.require_options(())
    return SoundFolder(Path(request.address.target))


def open_recording(request: OpenRequest) -> Source:
    """Opens the recording of ``file:clip.mp4``, every ``step``-th frame, or of ``file:speech.wav``. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    address = request.address
    if request.modality is Modality.VOICE:
        from mlid_desktop.devices.recorded.sound import SoundFile  # noqa: PLC0415 - drivers are touched when asked for

        address.require_options(())
        return SoundFile(Path(address.target))
    from mlid_desktop.devices.recorded.images_and_video import VideoFile  # noqa: PLC0415 - drivers are touched when asked for

    address.require_options({"step"})
    return VideoFile(Path(address.target), address.integer("step", 1, 1, MAX_STEP) or 1)


def open_digits(request: OpenRequest) -> Source:
    """Opens the recorded digits of ``digits:folder?speaker=NAME``. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.recorded.spoken_digits import open_spoken_digits  # noqa: PLC0415 - drivers are touched when asked for

    return open_spoken_digits(request.address)


PICTURES = (Modality.FACE, Modality.FINGERPRINT)
KINDS = (
    DeviceKind(("image",), always(*PICTURES), open_images, self_paced=True),
    DeviceKind(("dir",), always(*PICTURES, Modality.VOICE), open_folder, self_paced=True, whole_takes=True),
    DeviceKind(("file",), always(Modality.FACE, Modality.VOICE), open_recording, self_paced=True, whole_takes=True),
    DeviceKind(("digits",), always(Modality.VOICE), open_digits, self_paced=True),
)
