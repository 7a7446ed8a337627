"""The table of sources."""

from __future__ import annotations

import pytest

from mlid_desktop.devices.camera_list import FoundCamera
from mlid_desktop.devices.catalog import SCHEMES, DeviceState, list_devices
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind
from tests.contracts.pictures import opened


def test_every_scheme_of_the_table_has_an_opener_that_touches_nothing() -> None:
    examples = {
        "camera": "camera:7",
        "rtsp": "rtsp://127.0.0.1/x",
        "rtsps": "rtsps://127.0.0.1/x",
        "http": "http://127.0.0.1/x",
        "https": "https://127.0.0.1/x",
        "image": "image:nothing.png",
        "dir": "dir:nothing",
        "file": "file:nothing.mp4",
        "simulated": "simulated:face?seed=1",
    }
    assert set(examples) == set(SCHEMES)
    for text in examples.values():
        opened(text)


def test_a_camera_reads_no_fingers_and_a_reader_sees_no_faces() -> None:
    for text, modality in (("camera:0", Modality.FINGERPRINT), ("simulated:finger?seed=1", Modality.FACE)):
        with pytest.raises(DeviceError) as fault:
            opened(text, modality)
        assert fault.value.code is Code.DEVICE_NOT_ALLOWED


def test_the_simulated_devices_are_always_listed() -> None:
    assert {str(one.address) for one in list_devices()} >= {"simulated:face?seed=7", "simulated:finger?seed=7"}


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
    ],
)
def test_a_slip_of_the_pen_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(DeviceError) as fault:
        opened(text)
    assert fault.value.code is Code.DEVICE_BAD_ADDRESS
    assert "what" in fault.value.facts


def test_pictures_are_no_voice() -> None:
    with pytest.raises(DeviceError) as fault:
        opened("image:one.jpg", Modality.VOICE)
    assert fault.value.code is Code.DEVICE_NOT_ALLOWED


def test_cameras_are_listed_with_name_kind_and_state(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (FoundCamera(0, "046d:0825:1@1-1", "Desk camera"), FoundCamera(4, "video4", "Dummy", virtual=True))
    monkeypatch.setattr("mlid_desktop.devices.camera_list.find_cameras", lambda: found)
    monkeypatch.setattr("mlid_desktop.devices.camera_list.is_denied", lambda index: index == 4)
    desk, dummy, *_ = list_devices()
    assert (str(desk.address), desk.identity.name, desk.kind) == ("camera:0", "Desk camera", SourceKind.LIVE)
    assert (dummy.kind, dummy.state) == (SourceKind.SIMULATED, DeviceState.DENIED)
    assert desk.state is DeviceState.READY
