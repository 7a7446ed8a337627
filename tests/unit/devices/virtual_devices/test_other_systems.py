"""Cameras that are programs, as Windows and macOS list them, and microphones as a sound server lists them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlid_desktop.devices.camera.discovery import ListedCamera, read_listed_cameras
from mlid_desktop.devices.microphone.pulse import read_sources
from mlid_desktop.domain.provenance import SourceKind

INTERFACE = r"#6&1&0000#{e5323777-f976-4f5b-9b55-b94699c46e44}\global"
UUID = "7626645E-4425-469E-9D8B-97E0FA59AC75"


@pytest.mark.parametrize(
    ("name", "path", "virtual"),
    [
        ("HD Pro Webcam C920", r"\\?\usb#vid_046d&pid_082d&mi_00" + INTERFACE, False),
        ("Surface Camera Front", r"\\?\display#int3480#4&1&0&uid144512" + INTERFACE, False),
        ("Camera", r"\\?\qcom_avstream_8180" + INTERFACE, False),
        ("HD Pro Webcam C920", r"\\?\swd#vcamdevapi#8d4d" + INTERFACE, True),
        ("HD Pro Webcam C920", r"\\?\ROOT#IMAGE#0000" + INTERFACE, True),
        ("HD Pro Webcam C920", r"\\?\root#media#0000" + INTERFACE, True),
        ("HD Pro Webcam C920", r"\\?\{b4bdbb9e-1e3b-4e5b-a5b6-cc8ec7c0b3b2}#x" + INTERFACE, True),
        ("HD Pro Webcam C920", r"\\?\vmbus#x" + INTERFACE, True),
        ("HD Pro Webcam C920", r"\\?\rdcamera_bus#umb" + INTERFACE, True),
        ("HD Pro Webcam C920", "@device:sw:{860BB310-5D01-11D0-BD3B-00A0C911CE86}", True),
        ("OBS Virtual Camera", r"\\?\usb#vid_046d&pid_082d&mi_00" + INTERFACE, True),
        ("HD Pro Webcam C920", "", True),
    ],
)
def test_a_camera_of_windows(name: str, path: str, virtual: bool) -> None:
    (camera,) = read_listed_cameras([ListedCamera(0, name, path, 0x046D, 0x082D)], on_windows=True)
    assert camera.virtual is virtual


@pytest.mark.parametrize(
    ("name", "path", "maker", "product", "virtual"),
    [
        ("HD Pro Webcam C920", "0x14200000046d082d", 0x046D, 0x082D, False),
        ("FaceTime HD Camera (Built-in)", UUID, None, None, False),
        ("MacBook Pro Camera", "47B4B64B70674B9CAD2BAE273A71F4B5", None, None, False),
        ("HD Pro Webcam C920", UUID, 0x046D, 0x082D, True),  # names a maker, and hangs on no USB port
        ("HD Pro Webcam C920", "0x1420000005ac8514", 0x046D, 0x082D, True),
        ("HD Pro Webcam C920", UUID, None, None, True),
        ("OBS Virtual Camera", UUID, None, None, True),
    ],
)
def test_a_camera_of_macos(name: str, path: str, maker: int | None, product: int | None, virtual: bool) -> None:
    (camera,) = read_listed_cameras([ListedCamera(0, name, path, maker, product)], on_windows=False)
    assert camera.virtual is virtual


ALSA = {"device.api": "alsa", "alsa.card": "1", "alsa.driver_name": "snd_usb_audio"}
OF_PIPEWIRE = {**ALSA, "factory.name": "api.alsa.pcm.source"}


def source(made_by: str, properties: dict[str, str], name: str = "alsa_input.usb", **row: object) -> dict[str, object]:
    return {
        "name": name, "driver": made_by, "properties": properties, "description": "USB Microphone",
        "sample_specification": "s16le 2ch 48000Hz", "monitor_source": "", **row,
    }  # fmt: skip  # a row as pactl prints it


def card(root: Path, number: int, driver: str, bus: str = "pci0000:00/usb1/1-2/1-2:1.0") -> None:
    device = root / "devices" / bus
    device.mkdir(parents=True)
    (root / "drivers" / driver).mkdir(parents=True)
    (device / "driver").symlink_to(root / "drivers" / driver)
    (root / f"card{number}").mkdir()
    (root / f"card{number}" / "device").symlink_to(device)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (source("module-alsa-card.c", ALSA), SourceKind.LIVE),
        (source("PipeWire", OF_PIPEWIRE), SourceKind.LIVE),
        (source("module-bluez5-device.c", {"device.api": "bluez5"}), SourceKind.LIVE),
        (source("module-pipe-source.c", {}), SourceKind.VIRTUAL),
        (source("module-pipe-source.c", ALSA), SourceKind.VIRTUAL),  # says of itself that it is a card
        (source("module-virtual-source.c", ALSA), SourceKind.VIRTUAL),
        (source("module-remap-source.c", ALSA), SourceKind.VIRTUAL),
        (source("module-tunnel.c", ALSA), SourceKind.VIRTUAL),
        (source("PipeWire", ALSA), SourceKind.VIRTUAL),
        (source("PipeWire", {**ALSA, "factory.name": "support.null-audio-sink"}), SourceKind.VIRTUAL),
        (source("module-alsa-card.c", {**ALSA, "alsa.card": "7"}), SourceKind.VIRTUAL),  # no such card here
        (source("module-alsa-card.c", {**ALSA, "alsa.card": "2"}), SourceKind.VIRTUAL),
        (source("module-alsa-card.c", {**ALSA, "alsa.driver_name": "snd_aloop"}), SourceKind.VIRTUAL),
        (source("module-alsa-card.c", ALSA, name="alsa_input.obs"), SourceKind.VIRTUAL),
    ],
)
def test_a_microphone_of_the_sound_server_is_known_by_what_made_it(
    tmp_path: Path, row: dict[str, object], kind: SourceKind
) -> None:
    card(tmp_path, 1, "snd-usb-audio")
    card(tmp_path, 2, "snd_aloop", "platform/snd_aloop.0")
    (found,) = read_sources(json.dumps([row]).encode(), tmp_path)
    assert found.kind is kind


@pytest.mark.parametrize(
    "row",
    [
        source("module-null-sink.c", {"device.class": "monitor"}),
        source("module-alsa-card.c", ALSA, monitor_source="alsa_output.pci"),
        source("module-alsa-card.c", {**ALSA, "device.class": "monitor"}),
    ],
)
def test_what_hears_the_loudspeaker_is_not_offered(tmp_path: Path, row: dict[str, object]) -> None:
    card(tmp_path, 1, "snd-usb-audio")
    assert read_sources(json.dumps([row]).encode(), tmp_path) == ()
