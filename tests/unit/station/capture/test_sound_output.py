"""Sounds beside the hints: quiet, without clicks, one at a time, and no fault where nothing can play them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlid_desktop.devices.microphone.playback import Loudspeaker, play_each_sound
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.gui.capture.chimes import cue_for_end, cue_for_hint
from mlid_desktop.station.capture.sound_output import LEVEL, RATE, CuePlayer, SoundCue, cue_wave
from mlid_desktop.station.configuration.preferences import Preferences, read_preferences, write_preferences


class Listened:
    """A loudspeaker that takes as long as it is told and remembers what it played."""

    def __init__(self, told: threading.Event | None = None) -> None:
        self.heard: list[int] = []
        self.playing, self.told, self.closed = threading.Event(), told, threading.Event()
        self.twice = threading.Event()

    def play(self, wave: NDArray[np.float32], rate: int) -> None:
        assert rate == RATE
        self.heard.append(len(wave))
        self.playing.set()
        if len(self.heard) == 2:
            self.twice.set()
        if self.told is not None:
            assert self.told.wait(60)

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("chime", SoundCue)
def test_a_sound_is_quiet_short_and_begins_and_ends_in_silence(chime: SoundCue) -> None:
    wave = cue_wave(chime)
    assert wave.dtype == np.float32
    assert len(wave) / RATE < 0.3
    assert 0.5 * LEVEL < np.abs(wave).max() <= LEVEL
    assert np.abs(wave[[0, -1]]).max() < 0.001
    assert np.abs(np.diff(wave)).max() < 0.1 * LEVEL * 3  # no step that clicks


def test_what_comes_while_others_wait_is_dropped() -> None:
    told = threading.Event()
    speaker = Listened(told)
    chimes = CuePlayer(lambda: speaker, on=True)
    chimes.play(SoundCue.LOOK)
    assert speaker.playing.wait(60)
    for _ in range(5):
        chimes.play(SoundCue.CAPTURED)  # one waits, the others are dropped
    told.set()
    assert speaker.twice.wait(60)
    chimes.close()
    assert speaker.heard == [len(cue_wave(SoundCue.LOOK)), len(cue_wave(SoundCue.CAPTURED))]
    assert speaker.closed.is_set()


def test_turned_off_nothing_is_opened() -> None:
    opened: list[Listened] = []

    def open_speaker() -> Listened:
        opened.append(Listened())
        return opened[-1]

    chimes = CuePlayer(open_speaker, on=False)
    chimes.play(SoundCue.LOOK)
    chimes.close()
    assert not opened


def test_a_station_without_a_loudspeaker_is_silent() -> None:
    def none() -> Listened:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source="loudspeaker")

    chimes = CuePlayer(none, on=True)
    for _ in range(3):
        chimes.play(SoundCue.REFUSED)
    chimes.close()


def helper(tmp_path: Path, does: str) -> Callable[[object], list[str]]:
    """A helper process that answers as it is written."""
    script = tmp_path / "helper.py"
    script.write_text(f"import struct, sys\n{does}\n", encoding="utf-8")
    return lambda _: [sys.executable, str(script)]


def test_the_helper_answers_after_each_sound(tmp_path: Path) -> None:
    obedient = """
while head := sys.stdin.buffer.read(8):
    sys.stdin.buffer.read(4 * struct.unpack("<II", head)[1])
    sys.stdout.buffer.write(b".")
    sys.stdout.buffer.flush()
"""
    speaker = Loudspeaker(helper(tmp_path, obedient))
    for chime in SoundCue:
        speaker.play(cue_wave(chime), RATE)
    speaker.close()


@pytest.mark.parametrize("does", ["sys.exit(1)", "sys.stdout.write('no'); sys.stdout.flush(); sys.stdin.read()"])
def test_a_helper_that_cannot_play_is_a_typed_error(tmp_path: Path, does: str) -> None:
    speaker = Loudspeaker(helper(tmp_path, does))
    with pytest.raises(DeviceError) as refused:
        speaker.play(cue_wave(SoundCue.LOOK), RATE)
    assert refused.value.code is Code.DEVICE_NOT_FOUND
    speaker.close()


@pytest.mark.parametrize(("sent", "outcome"), [(b"", 0), (b"\x01", 2), (b"\xff" * 8, 2), (b"\0" * 8, 2)])
def test_the_helper_ends_with_its_input_and_refuses_what_is_no_sound(sent: bytes, outcome: int) -> None:
    left = bytearray(sent)

    def read(size: int) -> bytes:
        taken = bytes(left[:size])
        del left[:size]
        return taken

    assert play_each_sound(read, lambda _: None) == outcome


def test_a_sound_goes_with_a_change_of_the_hint_and_never_with_a_voice() -> None:
    assert cue_for_hint(Modality.FACE, None, Hint.PLACE_FINGER) is SoundCue.LOOK
    assert cue_for_hint(Modality.FACE, Hint.PLACE_FINGER, Hint.PLACE_FINGER) is None
    assert cue_for_hint(Modality.FACE, Hint.PLACE_FINGER, None) is None
    assert cue_for_hint(Modality.VOICE, None, Hint.PLACE_FINGER) is None
    assert cue_for_end(Modality.FINGERPRINT, None) is SoundCue.REFUSED
    assert cue_for_end(Modality.VOICE, None) is None


@pytest.mark.parametrize(
    "chosen", [Preferences("fr", False), Preferences("", True), Preferences("ar", True, {"report": "/srv/kept"})]
)
def test_the_choice_is_kept(tmp_path: Path, chosen: Preferences) -> None:
    write_preferences(tmp_path, chosen)
    assert read_preferences(tmp_path) == chosen


@pytest.mark.parametrize(
    "hostile",
    ["[]", '{"language": 3, "sounds": "x"}', "null", "", '{"language": "en"}', '{"language": "", "folders": [3]}'],
)
def test_what_cannot_be_read_leaves_the_sounds_on(tmp_path: Path, hostile: str) -> None:
    (tmp_path / "preferences.json").write_text(hostile, encoding="utf-8")
    assert read_preferences(tmp_path).sounds
    assert read_preferences(tmp_path).folders == {}
