"""Lists the microphones that a Linux sound server offers (PulseAudio, PipeWire), of which PortAudio sees but one
device, "pulse".

``pactl`` names them; which of them "pulse" then is, says the variable ``PULSE_SOURCE`` of the helper process.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.devices.driver_process.messages import printable
from mlid_desktop.devices.microphone.messages import MAX_MICROPHONES, MAX_RATE, MIN_RATE, FoundMicrophone
from mlid_desktop.devices.virtual_devices.kernel import is_card_made_up, is_made_up
from mlid_desktop.devices.virtual_devices.names import is_virtual_microphone
from mlid_desktop.domain.provenance import SourceKind

SERVER = "sound server"
CHOSEN_SOURCE = "PULSE_SOURCE"  # pulseaudio(1), client variables
ASKING_S = 2.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
HARDWARE = frozenset({"alsa", "bluez", "bluez5"})  # property device.api of what has a device behind it
# What made a source cannot be set by whoever made it: the module of PulseAudio, the factory of PipeWire
HARDWARE_MODULES = ("module-alsa-", "module-bluez", "module-bluetooth-", "module-udev-detect")
HARDWARE_FACTORIES = ("api.alsa.", "api.bluez5.")
PIPEWIRE = "pipewire"
LINUX_CARDS = Path("/sys/class/sound")
SPECIFICATION = re.compile(r"\S+ (\d{1,3})ch (\d{4,6})Hz")
CARD_NUMBER = re.compile(r"[0-9]{1,2}")
SOURCE_NAME = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class ServerSource:
    """A microphone behind the sound server: the name by which it is chosen, and what it records at."""

    key: str
    name: str
    kind: SourceKind
    rate: int
    channels: int


def chosen_source(found: FoundMicrophone) -> dict[str, str]:
    """The environment variable of the helper that makes "pulse" this microphone; none where it is reached otherwise."""
    return {CHOSEN_SOURCE: found.key} if found.system == SERVER else {}


def find_sources() -> tuple[ServerSource, ...] | None:
    """The microphones of the sound server, the usual one first; None where no server can be asked."""
    program = shutil.which("pactl")
    if program is None:
        return None
    untrusted = _output_of(program, "--format=json", "list", "sources")
    if untrusted is None:
        return None
    usual = (_output_of(program, "get-default-source") or b"").decode("utf-8", "replace").strip()
    found = read_sources(untrusted)
    return tuple(sorted(found, key=lambda source: source.key != usual))


def read_sources(untrusted: bytes, cards: Path = LINUX_CARDS) -> tuple[ServerSource, ...]:
    """Reads what ``pactl --format=json list sources`` printed; what is no microphone or makes no sense is left out."""
    try:
        rows = json.loads(untrusted)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(rows, list):
        return ()
    found = [_source(row, cards) for row in rows[:MAX_MICROPHONES] if isinstance(row, dict)]
    return tuple(source for source in found if source is not None)


def _source(row: Mapping[str, object], cards: Path) -> ServerSource | None:
    """One microphone of ``pactl``'s list; None for the monitor of a loudspeaker, which hears what this machine
    plays."""
    key, monitored = row.get("name"), row.get("monitor_source")
    properties = row.get("properties")
    facts = properties if isinstance(properties, dict) else {}
    recorded = SPECIFICATION.fullmatch(str(row.get("sample_specification")))
    if not isinstance(key, str) or not SOURCE_NAME.fullmatch(key) or recorded is None:
        return None
    if monitored or facts.get("device.class") == "monitor":
        return None
    channels, rate = (int(number) for number in recorded.groups())
    if not MIN_RATE <= rate <= MAX_RATE or channels < 1:
        return None
    name = printable(str(row.get("description") or "")) or key
    named = is_virtual_microphone(name) or is_virtual_microphone(key)
    live = not named and _has_hardware(row, facts, cards)
    return ServerSource(key, name, SourceKind.LIVE if live else SourceKind.VIRTUAL, rate, channels)


def _has_hardware(row: Mapping[str, object], facts: Mapping[str, object], cards: Path) -> bool:
    """Whether a device is behind a source: by what made it in the server, and by the kernel's own word of its card.
    Properties alone can be set by anybody who makes a source."""
    system = facts.get("device.api")
    if system not in HARDWARE or not _is_made_for_hardware(row, facts):
        return False
    if system != "alsa":
        return True
    number = str(facts.get("alsa.card", facts.get("api.alsa.pcm.card", "")))
    driver = str(facts.get("alsa.driver_name", ""))
    if is_made_up(Path(), driver):
        return False
    return not CARD_NUMBER.fullmatch(number) or not is_card_made_up(number, cards)


def _is_made_for_hardware(row: Mapping[str, object], facts: Mapping[str, object]) -> bool:
    made_by = str(row.get("driver", "")).lower()
    factory = facts.get("factory.name")
    if made_by == PIPEWIRE or factory is not None:
        return str(factory or "").startswith(HARDWARE_FACTORIES)
    return made_by.startswith(HARDWARE_MODULES)


def _output_of(*command: str) -> bytes | None:
    try:
        ran = subprocess.run(  # noqa: S603 - a program of the system's path, with words of ours
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASKING_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 and len(ran.stdout) <= MAX_ANSWER_BYTES else None
