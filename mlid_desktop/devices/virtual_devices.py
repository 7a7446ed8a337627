"""Recognises cameras and microphones that are programs, by the names that their makers give them.

A driver's position in the device tree is the better sign and is asked first, by the families themselves; where a
system tells of none (macOS, and microphones on Windows), the name is all there is. Whoever writes a driver of their
own names it as they like: registering devices, and the checks of what they show, are for that.
"""

from __future__ import annotations

import re
import unicodedata

VIRTUAL_CAMERAS = (
    "akvcam",
    "altercam",
    "animaze",
    "avatarify",
    "camo",
    "camtwist",
    "chromacam",
    "cyberlink youcam",
    "deepfacelive",
    "droidcam",
    "dummy video",
    "e2esoft",
    "epoccam",
    "facerig",
    "iriun",
    "ivcam",
    "magic camera",
    "manycam",
    "mmhmm",
    "ndi",
    "nvidia broadcast",
    "obs",
    "perfect cam",
    "prism lens",
    "screen capture",
    "snap camera",
    "sparkocam",
    "splitcam",
    "syphon",
    "unity video capture",
    "v4l2loopback",
    "vcam",
    "virtual",
    "vtubestudio",
    "vtube studio",
    "webcamoid",
    "webcammax",
    "wirecast",
    "xsplit",
    "youcam",
)
VIRTUAL_MICROPHONES = (
    "aloop",
    "blackhole",
    "cable output",
    "dummy",
    "elgato wave link",
    "hifi cable",
    "jack audio",
    "krisp",
    "loopback",
    "manycam",
    "monitor of",
    "nvidia broadcast",
    "obs",
    "rogue amoeba",
    "soundflower",
    "soundux",
    "steam streaming",
    "stereo mix",
    "vac",
    "vb audio",
    "virtual",
    "voicemeeter",
    "voicemod",
    "wave out mix",
    "what u hear",
)


def is_virtual_camera(name: str) -> bool:
    """Whether a camera of this name is known to be a program, not a lens."""
    return _names(name, VIRTUAL_CAMERAS)


def is_virtual_microphone(name: str) -> bool:
    """Whether a microphone of this name is known to be a program, or to hear what the machine plays."""
    return _names(name, VIRTUAL_MICROPHONES)


def _names(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name contains one of these as whole words, whatever their case, width or the signs between them."""
    folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", name).casefold())
    return any(f" {word} " in f" {folded} " for word in known)
