"""Devices that a program makes up are known by what the kernel says of them, whatever they call themselves."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mlid_desktop.devices.camera.discovery import FoundCamera, find_linux_cameras
from mlid_desktop.devices.microphone.portaudio import ALSA_CARD, card_key
from mlid_desktop.devices.virtual_devices.kernel import CameraAnswer, is_answer_made_up, read_answer
from mlid_desktop.domain.provenance import SourceKind

HONEST = CameraAnswer("uvcvideo", "usb-0000:00:14.0-4", 0x04200001)
NAME = "HD Pro Webcam C920"


def found(
    root: Path,
    bus: str = "pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0",
    *,
    driver: str = "uvcvideo",
    model: str = "046d:082d",
    name: str = NAME,
    answer: CameraAnswer | None = HONEST,
) -> FoundCamera:
    """The one camera of a tree that is laid out as Linux lays it out."""
    interface = root / "devices" / bus
    interface.mkdir(parents=True)
    maker, product = model.split(":")
    for field, value in (("idVendor", maker), ("idProduct", product), ("serial", "AB12")):
        (interface.parent / field).write_text(f"{value}\n")
    (root / "drivers" / driver).mkdir(parents=True)
    (interface / "driver").symlink_to(root / "drivers" / driver)
    node = root / "class" / "video0"
    node.mkdir(parents=True)
    (node / "name").write_text(f"{name}\n")
    (node / "device").symlink_to(interface)
    (camera,) = find_linux_cameras(root / "class", lambda _: answer)
    return camera


def test_a_lens_on_a_bus_is_a_camera(tmp_path: Path) -> None:
    camera = found(tmp_path)
    assert (camera.virtual, camera.driver) == (False, "uvcvideo")
    assert not found(tmp_path / "unasked", answer=None).virtual


@pytest.mark.parametrize(
    "bus",
    [
        "platform/dummy_hcd.0/usb3/3-1/3-1:1.0",  # a gadget of this machine, on a bus in memory
        "platform/vhci_hcd.0/usb5/5-1/5-1:1.0",  # USB over the network
        "virtual/video4linux/video0/x",
        "faux/vivid.0/x",
        "platform/vivid.0/x",
    ],
)
def test_a_bus_that_does_not_exist_carries_no_camera(tmp_path: Path, bus: str) -> None:
    assert found(tmp_path, bus).virtual


@pytest.mark.parametrize("driver", ["v4l2loopback", "v4l2 loopback", "V4L2-Loopback", "akvcam", "vimc", "virtio_video"])
def test_a_driver_that_makes_pictures_up_is_known(tmp_path: Path, driver: str) -> None:
    assert found(tmp_path, driver=driver).virtual


@pytest.mark.parametrize(
    ("driver", "model"),
    [("stk1160", "05e1:0408"), ("em28xx", "eb1a:2861"), ("uvcvideo", "534d:2109"), ("uvcvideo", "0fd9:0066")],
)
def test_what_shows_whatever_is_plugged_in_is_no_camera(tmp_path: Path, driver: str, model: str) -> None:
    assert found(tmp_path, driver=driver, model=model).virtual


@pytest.mark.parametrize(
    "answer",
    [
        CameraAnswer("v4l2 loopback", "platform:v4l2loopback-000", 0x05200001),
        CameraAnswer("uvcvideo", "", 0x04200001),
        CameraAnswer("uvcvideo", "platform:vivid-000", 0x04200001),
        CameraAnswer("uvcvideo", "platform:somewhere", 0x04200001),  # the tree says USB
        CameraAnswer("mine", "usb-0000:00:14.0-4", 0x04200001),  # the tree says uvcvideo
        CameraAnswer("uvcvideo", "usb-0000:00:14.0-4", 0x04200003),  # pictures can be written to it
    ],
)
def test_a_driver_that_answers_otherwise_than_the_tree_is_no_camera(tmp_path: Path, answer: CameraAnswer) -> None:
    assert found(tmp_path, answer=answer).virtual


def test_of_a_driver_that_is_no_usb_the_names_may_differ() -> None:
    assert not is_answer_made_up(CameraAnswer("bcm2835 mmal", "platform:bcm2835_v4l2", 0x05200005 & ~0x2), "bcm2835")


def test_an_answer_is_read_as_the_kernel_lays_it_out() -> None:
    packed = struct.pack("=16s32s32sIII12x", b"uvcvideo", b"HD Pro Webcam", b"usb-1", 0x060000, 0x84A00003, 0x04200001)
    assert read_answer(packed) == CameraAnswer("uvcvideo", "usb-1", 0x04200001)


@pytest.mark.parametrize(
    ("bus", "driver", "kind"),
    [
        ("pci0000:00/0000:00:1f.3", "snd_hda_intel", SourceKind.LIVE),
        ("platform/snd_aloop.0", "snd_aloop", SourceKind.VIRTUAL),
        ("platform/snd_aloop.0", "snd_hda_intel", SourceKind.VIRTUAL),
        ("platform/snd_dummy.0", "snd_dummy", SourceKind.VIRTUAL),
        ("platform/dummy_hcd.0/usb3/3-1/3-1:1.0", "snd-usb-audio", SourceKind.VIRTUAL),
        ("platform/snd_pcmtest.0", "snd-pcmtest", SourceKind.VIRTUAL),
    ],
)
def test_sound_cards_are_told_by_driver_and_bus(tmp_path: Path, bus: str, driver: str, kind: SourceKind) -> None:
    device = tmp_path / "devices" / bus
    device.mkdir(parents=True)
    (tmp_path / "drivers" / driver).mkdir(parents=True)
    (device / "driver").symlink_to(tmp_path / "drivers" / driver)
    card = tmp_path / "class" / "card2"
    card.mkdir(parents=True)
    (card / "device").symlink_to(device)
    name = "USB Microphone: Audio (hw:2,0)"
    match = ALSA_CARD.search(name)
    assert match is not None
    assert card_key(name, match, tmp_path / "class")[1] is kind
