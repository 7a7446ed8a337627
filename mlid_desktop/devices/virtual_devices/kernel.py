"""What the Linux kernel says of a camera or a sound card: its driver and its place in the tree of devices.

Names are claimed by devices; the driver and the bus are the kernel's own word. Buses that exist in memory alone
(dummy_hcd, vhci_hcd and others) carry devices that a program makes up, with the driver of a real one.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

VIRTUAL_DRIVERS = frozenset(
    {
        "akvcam", "dummy_video", "snd_aloop", "snd_dummy", "snd_pcmtest", "usb_gadget", "uvc_gadget",
        "v4l2loopback", "v4l2_loopback", "vicodec", "vidtv", "vim2m", "vimc", "virtio_media", "virtio_snd",
        "virtio_video", "virtual_camera", "visl", "vivid", "vloopback", "webcamstudio",
    }
)  # fmt: skip  # a list to look through
FED_DRIVERS = frozenset(
    {
        "adv7604", "adv7842", "au0828", "bttv", "cobalt", "cx18", "cx23885", "cx231xx", "cx88", "em28xx", "go7007",
        "hdpvr", "hws", "ivtv", "magewell", "pvrusb2", "saa7134", "saa7164", "solo6x10", "stk1160", "tc358743",
        "tm6000", "tw5864", "tw68", "tw686x", "usbtv",
    }
)  # fmt: skip  # as above: their pictures come from a plug
VIRTUAL_PLACES = re.compile(
    r"virtual|faux|(dummy_hcd|dummy_udc|vhci_hcd|usb-vhci|usb_vhci|usbip-.*|snd_aloop|snd_dummy|snd_pcmtest|"
    r"vivid|vimc|visl|vicodec|vim2m|v4l2loopback|akvcam)([.-]\d+)?"
)
FED_MODELS = frozenset({"534d", "345f", "2935", "0fd9:0066", "1b71:3002", "1bcf:2c99"})  # makers, or maker and model
QUERY_CAPABILITIES = 0x80685600  # VIDIOC_QUERYCAP of videodev2.h
CAPABILITIES = struct.Struct("=16s32s32sIII12x")
SHOWS_WHAT_IS_WRITTEN = 0x2 | 0x2000 | 0x4000 | 0x8000  # V4L2_CAP_VIDEO_OUTPUT, memory to memory, and planes of both
HAS_DEVICE_CAPABILITIES = 0x80000000


@dataclass(frozen=True, slots=True)
class CameraAnswer:
    """What the driver of a camera answers: its own name, the bus, and what the node can do."""

    driver: str
    bus: str
    capabilities: int


def is_made_up(device: Path, driver: str) -> bool:
    """Whether a program is behind a device of the kernel's tree: by its driver, or because it hangs on no bus that
    exists."""
    return _plain(driver) in VIRTUAL_DRIVERS or any(VIRTUAL_PLACES.fullmatch(part) for part in device.parts)


def is_fed(driver: str, model: str) -> bool:
    """Whether a camera shows what is plugged into it; ``model`` is the maker's number, a colon, the product's."""
    return _plain(driver) in FED_DRIVERS or model in FED_MODELS or model.partition(":")[0] in FED_MODELS


def is_answer_made_up(answer: CameraAnswer, driver: str) -> bool:
    """Whether what a driver answers shows a program: its name, its bus, a node that pictures are written to, or a bus
    that is not the one which the tree shows (``driver`` is the tree's)."""
    if _plain(answer.driver) in VIRTUAL_DRIVERS or not answer.bus:
        return True
    bus, _, name = answer.bus.partition(":")
    if bus == "platform" and VIRTUAL_PLACES.fullmatch(name):
        return True
    if answer.capabilities & SHOWS_WHAT_IS_WRITTEN:
        return True
    return _plain(driver) == "uvcvideo" and (_plain(answer.driver) != "uvcvideo" or not bus.startswith("usb"))


def ask_camera(node: Path) -> CameraAnswer | None:
    """Asks the driver behind a node of Video4Linux; None where it may not be asked."""
    if not sys.platform.startswith("linux"):
        return None
    import fcntl  # noqa: PLC0415 - Windows has none

    with suppress(OSError):
        opened = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            answer = bytearray(CAPABILITIES.size)
            fcntl.ioctl(opened, QUERY_CAPABILITIES, answer)
        finally:
            os.close(opened)
        return read_answer(bytes(answer))
    return None


def read_answer(answer: bytes) -> CameraAnswer:
    """Reads the structure that VIDIOC_QUERYCAP fills; what the node can do is in the device's own field where there is
    one."""
    driver, _, bus, _, all_nodes, this_node = CAPABILITIES.unpack(answer)
    able = this_node if all_nodes & HAS_DEVICE_CAPABILITIES else all_nodes
    return CameraAnswer(_text(driver), _text(bus), able)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "replace")


def _plain(driver: str) -> str:
    return re.sub(r"[\s.-]+", "_", driver.strip().lower())


def card_driver(number: str, folder: Path) -> tuple[Path | None, str]:
    """Where the sound card of this number stands in the tree, and its driver; None for one without a device."""
    device = folder / f"card{number}" / "device"
    if not device.exists():
        return None, ""
    driver = device / "driver"
    return device.resolve(), driver.resolve().name if driver.exists() else ""


def is_card_made_up(number: str, folder: Path) -> bool:
    """Whether a program is behind the sound card of this number, or there is none."""
    device, driver = card_driver(number, folder)
    return device is None or is_made_up(device, driver)
