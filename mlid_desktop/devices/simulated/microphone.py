"""A simulated microphone: made-up people who say the digits they are asked, one a seed."""

from __future__ import annotations

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.simulated.prompt_answers import (
    LOUDEST_ROOM_DB,
    QUIET_ROOM_DB,
    AnsweringVoice,
    PromptAnswerer,
    Wave,
)
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.synthetic.voice import speak, speaker_from_seed

MAX_SEED = 2**31 - 1
MAX_TAKE = 1_000_000


def open_simulated_microphone(address: SourceAddress) -> PromptAnswerer:
    """Opens the made-up speaker at ``simulated:voice?seed=7``; ``take`` (0) is how often each digit was said before, so
    that another take is never the same sound, ``noise=35`` a room with noise 35 dB below full scale. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    address.require_options({"seed", "take", "noise"})
    seed = address.integer("seed", 0, 0, MAX_SEED) or 0
    take = address.integer("take", 0, 0, MAX_TAKE) or 0
    room = address.integer("noise", QUIET_ROOM_DB, LOUDEST_ROOM_DB, QUIET_ROOM_DB) or QUIET_ROOM_DB
    speaker = speaker_from_seed(seed)

    def spoken(digit: int, time: int) -> Wave:
        return speak(speaker, digit, take + time)

    identity = DeviceIdentity("simulated", f"voice-{seed}", f"Simulated voice {seed}")
    return PromptAnswerer(
        identity, SourceKind.SIMULATED, lambda: AnsweringVoice(spoken), seed=seed + take, room_db=room
    )
