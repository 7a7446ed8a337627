"""PortAudio through ``sounddevice``: lists microphones, and opens one of them. Runs in the helper process.

``import sounddevice`` starts PortAudio, which asks every driver for its devices: it fails without the library, and on
settings that cannot be read. The list then stands still until PortAudio is started anew.
"""

from __future__ import annotations

import ctypes
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlid_desktop.devices.driver_process.messages import printable
from mlid_desktop.devices.microphone.messages import (
    MAX_CHANNELS,
    MAX_MICROPHONES,
    MAX_RATE,
    MIN_RATE,
    FoundMicrophone,
    SoundFormat,
)
from mlid_desktop.devices.microphone.pulse import LINUX_CARDS, SERVER, find_sources
from mlid_desktop.devices.virtual_devices.kernel import card_driver, is_made_up
from mlid_desktop.devices.virtual_devices.names import is_virtual_microphone
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind

BLOCK_S = 0.02
USUAL_RATES = (48_000, 44_100, 32_000, 96_000, 16_000, 192_000, 22_050, 11_025, 8_000)  # behind the device's own
PREFERRED = {"win32": "Windows WASAPI", "darwin": "Core Audio"}  # others list the same devices again, names cut short
SERVER_DEVICES = frozenset({"pulse", "default", "pipewire"})  # of ALSA: no device, but whatever is behind it today
ALSA_CARD = re.compile(r"\(hw:(\d{1,2}),(\d{1,2})\)")
SERVER_LATENCY_S = 0.03  # gives blocks of 20 ms at once; the server's own library keeps seconds for us
CARD_LATENCY_S, CARD_PERIODS = 0.32, 16  # what a card keeps for us, in blocks of 20 ms
UNAVAILABLE = frozenset({-9985})  # paDeviceUnavailable: another program has it
INPUT_OVERFLOW, INPUT_UNDERFLOW = 0x2, 0x1  # paInputOverflow: sound was dropped; paInputUnderflow: silence put in

OnBlock = Callable[[float, bytes, bool], None]


@dataclass(frozen=True, slots=True)
class PortAudioInput:
    """A microphone as PortAudio finds it: by ``index``, and behind a sound server by ``source``."""

    found: FoundMicrophone
    index: int
    rate: int
    channels: int
    source: str = ""


class PortAudio:
    """The PortAudio library as this process has it loaded, once."""

    def __init__(self) -> None:
        """Starts PortAudio. Raises DeviceError: DEVICE_DRIVER_MISSING, or DEVICE_BAD_SETTINGS where PortAudio does not
        start."""
        try:
            import sounddevice  # noqa: PLC0415 - starts PortAudio
        except OSError:
            raise DeviceError(Code.DEVICE_DRIVER_MISSING) from None
        except Exception:  # noqa: BLE001 - PortAudioError, of a module that then cannot be imported
            raise DeviceError(Code.DEVICE_BAD_SETTINGS) from None
        self._driver: Any = sounddevice

    def look_again(self) -> None:
        """Starts PortAudio anew for a new list of devices. Not while a stream is open. Raises DeviceError as the first
        start does."""
        try:
            self._driver._terminate()  # sounddevice offers no other way to a new list
            self._driver._initialize()
        except self._driver.PortAudioError:
            raise DeviceError(Code.DEVICE_BAD_SETTINGS) from None

    def inputs(self) -> tuple[PortAudioInput, ...]:
        """The microphones, the usual one first: those of the sound server where there is one, else the cards'."""
        devices = [dict(device) for device in self._driver.query_devices()]
        systems = [str(system["name"]) for system in self._driver.query_hostapis()]
        server = next((device["index"] for device in devices if device["name"] == "pulse"), None)
        sources = find_sources() if server is not None else None
        if server is not None and sources is not None:
            return tuple(
                PortAudioInput(
                    FoundMicrophone(source.key, source.name, SERVER, source.kind),
                    server,
                    source.rate,
                    source.channels,
                    source.key,
                )
                for source in sources
            )
        usual = int(self._driver.default.device[0])
        listed = _distinct(_card_inputs(devices, systems))
        return tuple(sorted(listed, key=lambda microphone: microphone.index != usual))[:MAX_MICROPHONES]

    def open(self, chosen: PortAudioInput, on_block: OnBlock, on_end: Callable[[], None]) -> tuple[Any, SoundFormat]:
        """Opens the microphone, and returns its running stream with the format; it ends when it is closed or no longer
        referenced. ``on_block`` gets the second at which the last sample was there, float32 of all channels, and
        whether sound before it was lost; on a thread of PortAudio. Raises DeviceError: DEVICE_BUSY, DEVICE_FAILED."""
        granted = self._negotiate(chosen)
        latency = self._latency(chosen)

        def deliver(block: Any, _frames: int, _times: Any, status: Any) -> None:
            lost = bool(int(status._flags) & (INPUT_OVERFLOW | INPUT_UNDERFLOW))
            on_block(time.monotonic(), bytes(block), lost)

        try:
            stream = self._driver.RawInputStream(
                samplerate=granted.rate,
                blocksize=round(BLOCK_S * granted.rate),
                device=chosen.index,
                channels=granted.channels,
                dtype="float32",
                latency=latency,
                callback=deliver,
                finished_callback=on_end,
            )
            stream.start()
        except self._driver.PortAudioError as fault:
            raise _refused(fault) from None
        return stream, granted

    def _negotiate(self, chosen: PortAudioInput) -> SoundFormat:
        """Negotiates the sound format, the microphone's own rate first: sound is brought to another rate by us, not by
        a driver that nobody knows. Raises DeviceError."""
        channels = min(chosen.channels, MAX_CHANNELS)
        last: DeviceError | None = None
        for rate in dict.fromkeys((chosen.rate, *USUAL_RATES)):
            try:
                self._driver.check_input_settings(chosen.index, channels, "float32", samplerate=rate)
            except self._driver.PortAudioError as fault:
                last = _refused(fault)
                if last.code is Code.DEVICE_BUSY:
                    raise last from None
            else:
                return SoundFormat(rate, channels)
        raise last or DeviceError(Code.DEVICE_FAILED)

    def _latency(self, chosen: PortAudioInput) -> float | str:
        if not sys.platform.startswith("linux"):
            return "high"
        if chosen.source or chosen.found.kind is SourceKind.RECORDED:
            return SERVER_LATENCY_S
        with suppress(OSError, AttributeError):  # without it blocks come less often, and are as many
            ctypes.CDLL(self._driver._libname).PaAlsa_SetNumPeriods(CARD_PERIODS)
        return CARD_LATENCY_S


def _refused(fault: Exception) -> DeviceError:
    number = fault.args[1] if len(fault.args) > 1 else None
    return DeviceError(Code.DEVICE_BUSY if number in UNAVAILABLE else Code.DEVICE_FAILED)


def _card_inputs(devices: list[dict[str, Any]], systems: list[str]) -> Iterator[PortAudioInput]:
    preferred = PREFERRED.get(sys.platform)
    preferred = preferred if preferred in systems else None
    for device in devices:
        system, name = systems[device["hostapi"]], printable(str(device["name"]))
        channels, rate = int(device["max_input_channels"]), round(device["default_samplerate"])
        if channels < 1 or (preferred is not None and system != preferred):
            continue
        own_rate = min(max(rate, MIN_RATE), MAX_RATE)
        card = ALSA_CARD.search(name)
        if system == "ALSA" and card is None and name not in SERVER_DEVICES:
            continue  # a plug-in of ALSA, not a device
        key, kind = f"{system}/{name}", SourceKind.LIVE
        if system == "ALSA":
            key, kind = (f"ALSA/{name}", SourceKind.RECORDED) if card is None else card_key(name, card)
        if kind is SourceKind.LIVE and is_virtual_microphone(name):
            kind = SourceKind.VIRTUAL
        yield PortAudioInput(FoundMicrophone(key, name, system, kind), int(device["index"]), own_rate, channels)


def card_key(name: str, card: re.Match[str], folder: Path = LINUX_CARDS) -> tuple[str, SourceKind]:
    """The key and kind of a sound card, by model, serial number and socket where the system tells, not by the number it
    has today; a card without a device is virtual."""
    number, part = card.groups()
    socket, driver = card_driver(number, folder)
    if socket is None:
        return f"ALSA/{ALSA_CARD.sub('', name).strip()}/{part}", SourceKind.VIRTUAL
    virtual = is_made_up(socket, driver)
    model = [_line(socket.parent / field) for field in ("idVendor", "idProduct", "serial")]
    known = f"{':'.join(model)}@{socket.name}" if model[0] else socket.name
    return f"ALSA/{known}/{part}", SourceKind.VIRTUAL if virtual else SourceKind.LIVE


def _distinct(inputs: Iterator[PortAudioInput]) -> list[PortAudioInput]:
    """The microphones with distinct keys: two devices of one key are told apart by their order."""
    seen: Counter[str] = Counter()
    listed = []
    for microphone in inputs:
        seen[microphone.found.key] += 1
        number = seen[microphone.found.key]
        key = microphone.found.key if number == 1 else f"{microphone.found.key}#{number}"
        found = FoundMicrophone(key, microphone.found.name, microphone.found.system, microphone.found.kind)
        listed.append(PortAudioInput(found, microphone.index, microphone.rate, microphone.channels, microphone.source))
    return listed


def _line(path: Path) -> str:
    try:
        return printable(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
