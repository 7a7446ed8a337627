"""What Windows and macOS say of where a camera is: the branch of the device tree, and the numbers of its maker."""

from __future__ import annotations

import re

WINDOWS_DEVICE = "\\\\?\\"  # a path of the device tree
SOFTWARE_BRANCHES = re.compile(
    r"swd|sw|root|htree|umb|vmbus|vhf|vid|usbip.*|vhci.*|ts_?usb.*|rdcamera.*|rdp.*|terminput.*|\{.*"
)  # branches whose devices are made by programs: software devices, root-enumerated drivers, other machines' cameras
APPLE_NAMES = ("facetime", "imac", "ipad", "iphone", "isight", "macbook", "studio display", "desk view")
USB_PLACE = re.compile(r"0x[0-9a-f]{8,20}")


def is_virtual_on_windows(path: str) -> bool:
    """Whether a camera's symbolic link names a program instead of a device: cameras of DirectShow filters have no
    device path, those of Windows 11 and of drivers without a bus lie in branches of their own."""
    lowered = path.lower()
    if not lowered.startswith(WINDOWS_DEVICE):
        return True
    branch, _, _ = lowered.removeprefix(WINDOWS_DEVICE).partition("#")
    return not branch or SOFTWARE_BRANCHES.fullmatch(branch) is not None


def is_virtual_on_macos(name: str, path: str, maker: int | None, product: int | None) -> bool:
    """Whether a camera of AVFoundation is a program: one on USB has its maker's numbers at the end of the identifier
    that the system gives it, and those of Apple are named as Apple names them."""
    lowered = path.strip().lower()
    if maker is None or product is None:
        return not any(known in name.lower() for known in APPLE_NAMES)
    return not (USB_PLACE.fullmatch(lowered) and lowered.endswith(f"{maker:04x}{product:04x}"))
