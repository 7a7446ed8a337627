"""Programs that pose as cameras or microphones are known by name; what people really buy is not taken for one."""

from __future__ import annotations

import pytest

from mlid_desktop.devices.virtual_devices.names import is_capture_card, is_virtual_camera, is_virtual_microphone


@pytest.mark.parametrize(
    "name",
    [
        "OBS Virtual Camera",
        "OBS-Camera",
        "obs_camera2",
        "Dummy video device (0x0000)",
        "DroidCam Source 3",
        "ManyCam Virtual Webcam",
        "Snap Camera",
        "XSplit VCam",
        "mmhmm Camera",
        "Camera (NVIDIA Broadcast)",
        "e2eSoft iVCam",
        "Unity Video Capture #2",
        "NDI Webcam Video 1",
        "Iriun Webcam",
        "ＯＢＳ Virtual Camera",
        "AkVCam-VideoCapture 0: akvcam",
        "Camo",
        "OBSCamera",
        "vCam2",
        "  oBs   Virtual  CAM  ",
        "О\u200bBS Cam",  # a Cyrillic letter, and a space of no width
        "ΟBS-Virtual-Cam",  # a Greek letter
        "Mаnycаm",  # two Cyrillic letters
        "M a n y C a m",
        "0BS Webcam",
        "ṾirtualCam",
        "HD Webcam (virtuelle Kamera)",
        "виртуальная камера",
        "虚拟摄像头",
        "scrcpy",
    ],
)
def test_a_camera_that_is_a_program_is_known(name: str) -> None:
    assert is_virtual_camera(name)


@pytest.mark.parametrize(
    "name",
    [
        "HD Pro Webcam C920",
        "Integrated Camera: Integrated C",
        "FaceTime HD Camera (Built-in)",
        "Logitech BRIO",
        "UVC Camera (046d:0825)",
        "Microsoft LifeCam HD-3000",
        "Elgato Facecam",
        "OBSBOT Tiny 2",
        "Razer Kiyo Pro",
        "AUKEY PC-W1",
        "Canon EOS Webcam",
        "HP TrueVision HD",
        "USB Video Device",
        "HD Webcam Maxell",
        "Веб-камера HD",
        "Lenovo EasyCamera",
        "Chicony USB2.0 Camera",
        "",
    ],
)
def test_a_lens_is_not_taken_for_a_program(name: str) -> None:
    assert not is_virtual_camera(name)


@pytest.mark.parametrize(
    "name",
    [
        "CABLE Output (VB-Audio Virtual Cable)",
        "BlackHole 2ch",
        "Stereo Mix (Realtek(R) Audio)",
        "Monitor of Built-in Audio",
        "Loopback: PCM (hw:2,1)",
        "VoiceMeeter Output (VB-Audio VoiceMeeter VAIO)",
        "Soundflower (64ch)",
        "krisp microphone",
        "Microphone (NVIDIA Broadcast)",
        "What U Hear (Sound Blaster)",
        "Stereomix (Realtek High Definition Audio)",
        "Mixage stéréo",
        "ZoomAudioDevice",
        "B l a c k H o l e",
        "VB-Cаble",  # a Cyrillic letter
    ],
)
def test_a_microphone_that_is_a_program_is_known(name: str) -> None:
    assert is_virtual_microphone(name)


@pytest.mark.parametrize(
    "name",
    [
        "Blue Yeti",
        "USB PnP Sound Device",
        "MacBook Pro Microphone",
        "Headset (Jabra Evolve)",
        "HDA Intel PCH: ALC257 (hw:0,0)",
        "Corsair VIRTUOSO Wireless",
        "Elgato Wave:3",
        "Monitor Office Headset",
    ],
)
def test_a_real_microphone_is_not_taken_for_a_program(name: str) -> None:
    assert not is_virtual_microphone(name)


@pytest.mark.parametrize("name", ["Cam Link 4K", "USB3 HDMI Capture", "Game Capture HD60 S+", "Magewell USB Capture"])
def test_what_shows_whatever_is_plugged_into_it_is_known(name: str) -> None:
    assert is_capture_card(name)


@pytest.mark.parametrize("name", ["Elgato Facecam", "USB Video Device", "Canon EOS Webcam"])
def test_a_camera_is_not_taken_for_a_capture_card(name: str) -> None:
    assert not is_capture_card(name)
