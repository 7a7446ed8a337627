"""The table of sources."""

from __future__ import annotations

import pytest

from mlid_desktop.devices.camera.discovery import FoundCamera
from mlid_desktop.devices.catalog import (
    KINDS,
    SCHEMES,
    address_for_finger,
    delivers_whole_takes,
    is_self_paced,
    is_signed,
    list_devices,
    parse_address,
    usual_modality,
)
from mlid_desktop.devices.fingerprint.messages import FoundReader
from mlid_desktop.devices.sbi.requests import SbiDevice
from mlid_desktop.devices.source_kind import DeviceState
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind
from tests.pictures import opened


def test_every_scheme_of_the_table_has_an_opener_that_touches_nothing() -> None:
    examples = {
        "camera": "camera:7",
        "microphone": "microphone:7",
        "reader": "reader:7",
        "sbi": "sbi:4600/1?finger=right-index",
        "rtsp": "rtsp://127.0.0.1/x",
        "rtsps": "rtsps://127.0.0.1/x",
        "http": "http://127.0.0.1/x",
        "https": "https://127.0.0.1/x",
        "image": "image:nothing.png",
        "dir": "dir:nothing",
        "file": "file:nothing.mp4",
        "digits": "digits:nothing?speaker=ann",
        "simulated": "simulated:face?seed=1",
    }
    assert set(examples) == set(SCHEMES)
    for text in examples.values():
        opened(text, usual_modality(parse_address(text)))


def test_no_scheme_belongs_to_two_kinds() -> None:
    assert len(SCHEMES) == sum(len(kind.schemes) for kind in KINDS)


def test_what_a_kind_declares_is_asked_by_scheme_and_an_unknown_one_is_a_device() -> None:
    assert [scheme for scheme in (*SCHEMES, "other") if is_self_paced(scheme)] == [
        "image",
        "dir",
        "file",
        "digits",
        "simulated",
    ]
    assert [scheme for scheme in (*SCHEMES, "other") if delivers_whole_takes(scheme)] == ["dir", "file"]
    assert [scheme for scheme in (*SCHEMES, "other") if is_signed(scheme)] == ["sbi"]


def test_a_device_service_is_asked_for_one_finger_unless_the_address_names_one() -> None:
    index = FingerPosition.RIGHT_INDEX
    asked = {
        text: str(address_for_finger(parse_address(text), index))
        for text in ("sbi:4501", "sbi:4501?finger=left-thumb", "reader:0", "dir:fingers")
    }
    assert asked == {
        "sbi:4501": "sbi:4501?finger=right-index",
        "sbi:4501?finger=left-thumb": "sbi:4501?finger=left-thumb",
        "reader:0": "reader:0",
        "dir:fingers": "dir:fingers",
    }


def test_a_camera_reads_no_fingers_and_a_reader_sees_no_faces() -> None:
    for text, modality in (
        ("camera:0", Modality.FINGERPRINT),
        ("simulated:finger?seed=1", Modality.FACE),
        ("reader:0", Modality.FACE),
        ("sbi:4501", Modality.VOICE),
        ("microphone:0", Modality.FACE),
    ):
        with pytest.raises(DeviceError) as fault:
            opened(text, modality)
        assert fault.value.code is Code.DEVICE_NOT_ALLOWED


def test_the_simulated_devices_are_always_listed() -> None:
    assert {str(device.address) for device in list_devices()} >= {"simulated:face?seed=7", "simulated:finger?seed=7"}


@pytest.mark.parametrize(
    "text",
    [
        "simulated:face?sead=7",
        "simulated:face?seed=-1",
        "simulated:toe?seed=1",
        "image:one.jpg?dpi=500",
        "file:clip.mp4?step=0",
        "camera:front",
        "camera:-1",
        "camera:0?fps=30",
        "reader:first one",
        "reader:0?dpi=500",
        "sbi:80",
        "sbi:4501?finger=nose",
    ],
)
def test_a_slip_of_the_pen_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(DeviceError) as fault:
        opened(text, Modality.FINGERPRINT if text.startswith(("reader", "sbi")) else Modality.FACE)
    assert fault.value.code is Code.DEVICE_BAD_ADDRESS
    assert "what" in fault.value.facts


def test_pictures_are_no_voice() -> None:
    with pytest.raises(DeviceError) as fault:
        opened("image:one.jpg", Modality.VOICE)
    assert fault.value.code is Code.DEVICE_NOT_ALLOWED


def test_cameras_are_listed_with_name_kind_and_state(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (FoundCamera(0, "046d:0825:1@1-1", "Desk camera"), FoundCamera(4, "video4", "Dummy", virtual=True))
    monkeypatch.setattr("mlid_desktop.devices.camera.discovery.find_cameras", lambda: found)
    monkeypatch.setattr("mlid_desktop.devices.camera.discovery.is_denied", lambda index: index == 4)
    desk, dummy, *_ = list_devices()
    assert (str(desk.address), desk.identity.name, desk.kind) == ("camera:0", "Desk camera", SourceKind.LIVE)
    assert (dummy.kind, dummy.state) == (SourceKind.VIRTUAL, DeviceState.DENIED)
    assert desk.state is DeviceState.READY


def test_readers_are_listed_with_what_stands_in_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        FoundReader("uru4000", "0", "05ba:000a:1@1-1", "Desk reader", captures=True, virtual=False),
        FoundReader("uru4000", "0", "05ba:000a:2@1-2", "Locked reader", captures=True, virtual=False, denied=True),
        FoundReader("synaptics", "0", "06cb:00bd:1@1-3", "Inside reader", captures=False, virtual=False),
        FoundReader("virtual_image", "0", "virtual_image:0", "Virtual reader", captures=True, virtual=True),
    )
    monkeypatch.setattr("mlid_desktop.devices.fingerprint.process.find_readers", lambda: found)
    listed = [device for device in list_devices() if device.identity.scheme == "reader"]
    assert [str(device.address) for device in listed] == ["reader:0", "reader:1", "reader:2", "reader:3"]
    assert [device.state for device in listed] == [
        DeviceState.READY,
        DeviceState.DENIED,
        DeviceState.NO_IMAGE,
        DeviceState.READY,
    ]
    assert [device.kind for device in listed] == [*[SourceKind.LIVE] * 3, SourceKind.SIMULATED]


def test_without_libfprint_the_list_has_no_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> tuple[FoundReader, ...]:
        raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver="libfprint")

    monkeypatch.setattr("mlid_desktop.devices.fingerprint.process.find_readers", missing)
    assert not [device for device in list_devices() if device.identity.scheme == "reader"]


def test_device_services_are_listed_with_their_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = SbiDevice("P:Maker:One:1", "Maker One 1", "7", (), slap=False, spec="0.9.5", environment="", state=None)
    busy = SbiDevice(
        "P:Maker:One:2", "Maker One 2", "8", (), slap=False, spec="", environment="", state=Code.DEVICE_BUSY
    )
    monkeypatch.setattr("mlid_desktop.devices.sbi.discovery.find_devices", lambda: ((4501, ready), (4502, busy)))
    listed = [device for device in list_devices() if device.identity.scheme == "sbi"]
    assert [(str(device.address), device.state) for device in listed] == [
        ("sbi:4501/7", DeviceState.READY),
        ("sbi:4502/8", DeviceState.BUSY),
    ]
