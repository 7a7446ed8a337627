"""Faults of devices, files and streams in words: what happened, what to do. Used by :mod:`.errors` alone."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.errors import Code
from mlid_desktop.station.text.language import N_ as _

DEVICE_FAULTS: Final[dict[Code, tuple[str, str]]] = {
    Code.DEVICE_BAD_ADDRESS: (
        _("This is not the address of a source."),
        _("Use one like camera:0, file:clip.mp4, dir:frames/, image:one.jpg or simulated:face?seed=7."),
    ),
    Code.DEVICE_NOT_FOUND: (
        _("The source was not found: {source}."),
        _("Connect it, or choose another under Devices."),
    ),
    Code.DEVICE_BUSY: (_("Another program is using the device."), _("Close the other program and try again.")),
    Code.DEVICE_DENIED: (_("This account may not use the device."), _("Ask your administrator for access to it.")),
    Code.DEVICE_LOST: (_("The connection to the device was lost."), _("Connect it again and try again.")),
    Code.DEVICE_STALLED: (_("The device stopped delivering."), _("Unplug it, plug it in again and try again.")),
    Code.DEVICE_CLOCK_STANDS: (
        _("The clock by which this machine counts seconds stands still, so nobody can be captured."),
        _("Start the machine again. If it happens again, ask your administrator."),
    ),
    Code.DEVICE_DARK: (
        _("The camera shows nothing but black."),
        _("Open its shutter or take the cover off, switch on the light and try again."),
    ),
    Code.DEVICE_NO_SAMPLES: (_("The source holds no pictures."), _("Choose another file or folder.")),
    Code.DEVICE_BAD_MEDIA: (_("The file is damaged or not of a kind that can be read."), _("Choose another file.")),
    Code.DEVICE_KIND_NOT_READ: (
        _("Files of the kind {kind} are not read."),
        _("Save them as PNG, TIFF or JPEG with the program that made them, and try again."),
    ),
    Code.DEVICE_TOO_LARGE: (_("The file is larger than this program reads."), _("Choose a smaller file.")),
    Code.DEVICE_TOO_COSTLY: (
        _("Reading the file takes more memory or time than a picture may."),
        _("Save it again with another program as PNG, or choose another file."),
    ),
    Code.DEVICE_DRIVER_MISSING: (
        _("A driver that this device needs is missing: {driver}."),
        _("Ask your administrator to install it."),
    ),
    Code.DEVICE_NOT_ALLOWED: (
        _("This source cannot be used for this."),
        _("Choose a source of the right kind under Devices."),
    ),
    Code.DEVICE_NO_IMAGE: (
        _("This reader compares fingers inside itself and gives no picture: {source}."),
        _("Connect a reader that delivers pictures."),
    ),
    Code.DEVICE_NO_FINGER: (
        _("Nobody placed a finger on the reader."),
        _(
            "Try again when the person is ready; the captures that are there are kept. Check that this reader is the"
            " one."
        ),
    ),
    Code.DEVICE_NOT_READY: (
        _("The device is there, but not ready."),
        _("Wait a moment, then try again. If it stays so, restart the device's own service."),
    ),
    Code.DEVICE_FAILED: (_("The device reported a fault."), _("Unplug it, plug it in again and try again.")),
    Code.DEVICE_BAD_ANSWER: (
        _("The device's driver or service answered what no device answers. Nothing of it was used."),
        _("Unplug the device, plug it in again and try again. If it happens again, have its software checked."),
    ),
    Code.DEVICE_UNTRUSTED: (
        _("What the device sent is not proven to come from it, now. Nothing of it was used."),
        _("Ask a supervisor to check the device, its certificate and the clock of this machine."),
    ),
    Code.DEVICE_OVERFLOW: (
        _("Part of the sound was lost, because this machine was too busy. The capture was not used."),
        _("Close other programs and repeat the capture."),
    ),
    Code.DEVICE_BAD_SETTINGS: (
        _("The sound settings of this account cannot be read."),
        _("Correct or remove the file .asoundrc, or ask your administrator to."),
    ),
}
