"""Which cameras are connected, from folders laid out as Linux lays them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.devices.camera.discovery import find_linux_cameras
from mlid_desktop.devices.virtual_devices.paths import is_virtual_on_windows


def unasked(_: Path) -> None:
    """No driver answers: a camera of this machine that has the same number has no say."""


def test_cameras_are_known_by_name_and_bus_path(tmp_path: Path) -> None:
    for number, index, name in ((0, 0, "Desk camera"), (1, 1, "Desk camera"), (10, 0, "Other")):
        node = tmp_path / f"video{number}"
        node.mkdir()
        (node / "index").write_text(f"{index}\n")
        (node / "name").write_text(f"{name}\n")
        device = tmp_path / "bus" / f"usb-1-{number}"
        device.mkdir(parents=True)
        (node / "device").symlink_to(device)
    found = find_linux_cameras(tmp_path, unasked)
    assert [(camera.index, camera.name, camera.key) for camera in found] == [
        (0, "Desk camera", "usb-1-0"),
        (10, "Other", "usb-1-10"),
    ]
    assert find_linux_cameras(tmp_path / "nowhere") == ()


def usb_camera(root: Path, number: int, socket: str, *, driver: str = "uvcvideo", serial: str = "") -> Path:
    """A camera as Linux lays it out: the node points at an interface, its parent is the device with its facts."""
    interface = root / "bus" / socket / f"{socket}:1.0"
    interface.mkdir(parents=True)
    for name, value in (("idVendor", "046d"), ("idProduct", "0825"), ("serial", serial)):
        (interface.parent / name).write_text(f"{value}\n")
    (root / "drivers" / driver).mkdir(parents=True, exist_ok=True)
    (interface / "driver").symlink_to(root / "drivers" / driver)
    node = root / "class" / f"video{number}"
    node.mkdir(parents=True)
    (node / "index").write_text("0\n")
    (node / "name").write_text("Desk camera\x1b[2J\n")
    (node / "device").symlink_to(interface)
    return node


def test_a_key_tells_model_serial_number_and_socket(tmp_path: Path) -> None:
    usb_camera(tmp_path, 0, "1-4", serial="AB12")
    (camera,) = find_linux_cameras(tmp_path / "class", unasked)
    assert camera.key == "046d:0825:AB12@1-4:1.0"
    assert not camera.virtual


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    usb_camera(tmp_path, 0, "1-4")
    (camera,) = find_linux_cameras(tmp_path / "class", unasked)
    assert camera.name == "Desk camera[2J"


def test_a_driver_without_hardware_is_virtual(tmp_path: Path) -> None:
    usb_camera(tmp_path, 0, "1-4", driver="vivid")
    loopback = tmp_path / "class" / "video1"
    loopback.mkdir()
    (loopback / "name").write_text("OBS Virtual Camera\n")
    assert [camera.virtual for camera in find_linux_cameras(tmp_path / "class", unasked)] == [True, True]


def test_a_device_that_a_driver_makes_up_is_virtual_whatever_its_driver_is_called(tmp_path: Path) -> None:
    interface = tmp_path / "devices" / "virtual" / "video4linux" / "made-up"
    interface.mkdir(parents=True)
    node = tmp_path / "class" / "video0"
    node.mkdir(parents=True)
    (node / "name").write_text("HD Pro Webcam C920\n")
    (node / "device").symlink_to(interface)
    (camera,) = find_linux_cameras(tmp_path / "class", unasked)
    assert camera.virtual


def test_a_camera_on_a_bus_that_is_named_as_a_program_is_virtual(tmp_path: Path) -> None:
    node = usb_camera(tmp_path, 0, "1-4")
    (node / "name").write_text("OBS Virtual Camera\n")
    (camera,) = find_linux_cameras(tmp_path / "class", unasked)
    assert camera.virtual


@pytest.mark.parametrize(
    ("path", "virtual"),
    [
        (r"\\?\usb#vid_046d&pid_0825&mi_00#6&1#{e5323777-f976-4f5b-9b55-b94699c46e44}\global", False),
        (r"\\?\swd#vcamdevapi#8d4d#{e5323777-f976-4f5b-9b55-b94699c46e44}\global", True),
        (r"@device:sw:{860BB310-5D01-11D0-BD3B-00A0C911CE86}\{A3FCE0F5-3493-419F-958A-ABA1250EC20B}", True),
        ("", True),
    ],
)
def test_a_windows_camera_without_a_device_path_is_virtual(path: str, virtual: bool) -> None:
    assert is_virtual_on_windows(path) is virtual
