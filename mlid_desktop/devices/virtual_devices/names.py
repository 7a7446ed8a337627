"""Recognises cameras and microphones that are programs, by the names that their makers give them.

Where a device stands in the system, and which driver it has, is the better sign and is asked first, see
:mod:`~mlid_desktop.devices.virtual_devices.kernel` and :mod:`~mlid_desktop.devices.virtual_devices.paths`; where a
system tells of none (microphones on Windows and macOS), the name is all there is. Whoever writes a driver of their own
names it as they like: registering devices, and the checks of what they show, are for that.
"""

from __future__ import annotations

import re
import unicodedata

VIRTUAL_CAMERAS = (
    "akvcam", "altercam", "animaze", "avatarify", "camo", "camtwist", "chromacam", "deepfacelive", "droidcam",
    "dummy video", "e2esoft", "epoccam", "facerig", "faceswap", "fineshare", "iriun", "ivcam",
    "logi capture", "logitech capture", "magic camera", "manycam", "mmhmm", "ndi", "nvidia broadcast", "obs",
    "perfect cam", "pipewire", "prism lens", "prismlens", "quicktime", "reincubate", "remote desktop", "scrcpy",
    "screen capture", "snap camera", "snapcamera", "sparkocam", "splitcam", "streamlabs", "swapface", "syphon",
    "tiktok", "unity video capture", "uvc gadget", "v4l2loopback", "vcam", "vivid", "vtube studio", "vtubestudio",
    "warudo", "webcamoid", "webcammax", "webcamstudio", "wirecast", "xsplit", "youcam",
)  # fmt: skip  # a list to look through
CAPTURE_CARDS = (
    "capture card", "cam link", "decklink", "easycap", "ezcap", "frame grabber", "framegrabber", "game capture", "hdmi",
    "intensity pro", "live gamer", "magewell", "sdi", "ultrastudio", "usb capture", "usb3 capture",
    "video capture", "video grabber",
)  # fmt: skip  # as above: they show whatever is plugged into them
VIRTUAL_MICROPHONES = (
    "aggregate device", "aloop", "background music", "blackhole", "cable output", "dummy", "eqmac",
    "hifi cable", "ishowu", "jack audio", "jack sink", "jack source", "krisp", "loopback",
    "manycam", "mezcla estereo", "mixage stereo", "missaggio stereo", "monitor of", "moniteur de", "null output",
    "nvidia broadcast", "obs", "pipe source", "remap", "remote audio", "rogue amoeba", "snd dummy", "soundflower",
    "soundux", "steam streaming", "stereo mix", "stereomix", "streamlabs", "teams audio", "vac", "vb audio",
    "vb cable", "voicemeeter", "voicemod", "wave link", "wave out mix", "what u hear", "zoomaudio", "zoom audio",
)  # fmt: skip  # as above
VIRTUAL = ("virtual", "virtuel", "virtueel", "wirtual", "sanal")  # said of cameras and microphones alike
VIRTUAL_ELSEWHERE = ("виртуал", "віртуал", "εικονικ", "虚拟", "虛擬", "仮想", "가상", "افتراضي")
WITHIN_WORDS = 6  # letters: shorter names are parts of other words
# Letters of other scripts, and signs, that look like Latin ones
_LOOKALIKES = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικνορτυχγωϲАВЕЅІЈКМНОРСТУХҮԌԚԜаеѕіјкмнорсутхүԁԛԝһӏѵгпՕօսհոıɩɑɡɢʙᴏøØłŁđĐ",
    "ABEZHIKMNOPTYXabenikvoptuxywcABESIJKMHOPCTYXYGQWaesijkmhopctyxydqwhlvrnOouhniiaggbooOlLdD",
)
_DIGITS = str.maketrans("01345", "oleas")


def is_virtual_camera(name: str) -> bool:
    """Whether a camera of this name is known to be a program, not a lens."""
    return _names(name, (*VIRTUAL_CAMERAS, *VIRTUAL))


def is_capture_card(name: str) -> bool:
    """Whether a camera of this name is known to show what is plugged into it."""
    return _names(name, CAPTURE_CARDS)


def is_virtual_microphone(name: str) -> bool:
    """Whether a microphone of this name is known to be a program, or to hear what the machine plays."""
    return _names(name, (*VIRTUAL_MICROPHONES, *VIRTUAL))


def _names(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name contains one of these, whatever their case, width, script, accents, digits in place of letters, or
    the signs and spaces between them."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    if any(word in plain for word in VIRTUAL_ELSEWHERE):
        return True
    spelled = _latin(name)
    numbered = re.sub(r"(?<=[A-Za-z])(?=\d)", " ", spelled)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", numbered)
    readings = {_words(reading) for reading in (spelled, numbered, parted, spelled.translate(_DIGITS))}
    return any(_has(words, virtual) for words in readings for virtual in known)


def _latin(name: str) -> str:
    """A name in Latin letters without accents and without what is not seen; the case stays."""
    apart = unicodedata.normalize("NFKD", name)
    seen = "".join(character for character in apart if unicodedata.category(character) not in {"Mn", "Cf", "Cc", "Me"})
    return seen.translate(_LOOKALIKES)


def _words(spelled: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\W_]+", spelled.casefold()) if word)


def _has(words: tuple[str, ...], known: str) -> bool:
    """Whether the words contain a known name: as whole words, or one long word as a part of one, or spelled apart."""
    wanted = tuple(known.split())
    if any(words[start : start + len(wanted)] == wanted for start in range(len(words))):
        return True
    if len(wanted) > 1:
        return False
    if len(known) >= WITHIN_WORDS and any(known in word for word in words):
        return True
    return any(_is_spelled_apart(words[start:], known) for start in range(len(words)))


def _is_spelled_apart(words: tuple[str, ...], known: str) -> bool:
    """Whether the first words together are a name that was pulled apart; a short one letter by letter."""
    joined = ""
    for count, word in enumerate(words, 1):
        joined += word
        if joined == known:
            return count > 1 and (len(known) >= WITHIN_WORDS or count == len(known))
        if not known.startswith(joined):
            return False
    return False
