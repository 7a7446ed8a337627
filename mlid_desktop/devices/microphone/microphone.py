"""Microphones: opened by their key, mixed down, brought to 16 kHz, reopened when they went away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np

from mlid_desktop.devices.driver_process.messages import bad_answer
from mlid_desktop.devices.driver_process.process import Command
from mlid_desktop.devices.formats.resampling import Resampler
from mlid_desktop.devices.microphone.messages import (
    FoundMicrophone,
    RawBlock,
    SoundFormat,
    SoundMessage,
    SoundMessageKind,
    read_block,
    read_format,
)
from mlid_desktop.devices.microphone.process import (
    SOUND_PROGRAM,
    MicrophoneProcess,
    find_microphones,
    read_sound_fault,
)
from mlid_desktop.devices.microphone.pulse import chosen_source
from mlid_desktop.devices.reconnecting import keep_reconnecting
from mlid_desktop.devices.sample_stamp import SampleStamp, describe_origin
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SoundSample, SourceItem

RATE = 16_000  # what speech needs and the models of voices were trained on

FindMicrophones = Callable[[], tuple[FoundMicrophone, ...]]


@dataclass(frozen=True, slots=True)
class MicrophoneTimeouts:
    """Timeouts of a microphone in seconds: for the helper and the driver to open; from then to the first sound; then
    without any, before the microphone counts as gone; between attempts to open it again (doubled up to
    ``reopen_most``)."""

    opening: float = 10.0
    first_block: float = 3.0
    silent: float = 1.5
    reopen_first: float = 0.2
    reopen_most: float = 2.0


class Microphone:
    """The microphone at ``microphone:0``: found once by its index in the list, then by its key, wherever it reappears.

    Looks nothing up before it is asked for its name, its kind or its sound.
    """

    def __init__(
        self,
        index: int,
        find: FindMicrophones = find_microphones,
        command: Command = SOUND_PROGRAM.command,
        patience: MicrophoneTimeouts | None = None,
    ) -> None:
        self._index = index
        self._find = find
        self._command = command
        self._patience = patience or MicrophoneTimeouts()
        self._found: FoundMicrophone | None = None
        self._granted: SoundFormat | None = None
        self._helper: MicrophoneProcess | None = None
        self._closed = threading.Event()
        self._was_open = False

    @property
    def identity(self) -> DeviceIdentity:
        """The microphone's identity by what the system says of it, not by its index in the list."""
        found = self._microphone()
        return DeviceIdentity("microphone", found.key, found.name)

    @property
    def kind(self) -> SourceKind:
        """The kind of source: live, virtual where a program makes the sound, or recorded where nobody can say which
        device it is."""
        return self._microphone().kind

    @property
    def granted(self) -> SoundFormat | None:
        """The format that the microphone agreed to; None before it was opened."""
        return self._granted

    def close(self) -> None:
        """Ends the samples at once; the driver closes the device in the background."""
        self._closed.set()
        helper = self._helper
        if helper is not None:
            helper.let_go()

    def samples(self) -> Iterator[SourceItem]:
        """Yields blocks of about 20 ms at 16 kHz, without a gap; where there is one, a notice, and another before the
        first block after it.

        Raises DeviceError: DEVICE_DRIVER_MISSING, DEVICE_BAD_SETTINGS, DEVICE_NOT_FOUND or DEVICE_BUSY where it cannot
        be opened at first, DEVICE_STALLED where it then gives no sound; DEVICE_OVERFLOW where sound was lost.
        """
        if self._closed.is_set():
            return
        identity, patience = self.identity, self._patience
        stamp = SampleStamp(identity, self.kind)
        yield from keep_reconnecting(
            lambda: self._one_opening(stamp), identity, self._closed, patience.reopen_first, patience.reopen_most
        )

    def _microphone(self) -> FoundMicrophone:
        """The microphone as the list of connected ones says, or a name for one it does not hold. Raises DeviceError
        where there is no list."""
        if self._found is None:
            listed = self._find()
            absent = FoundMicrophone(f"place-{self._index}", f"Microphone {self._index}", "", SourceKind.LIVE)
            self._found = listed[self._index] if self._index < len(listed) else absent
        return self._found

    def _one_opening(self, stamp: SampleStamp) -> Generator[SourceItem | None, None, None]:
        """Sound of one opening of the microphone: None with the first of it, then blocks; ends where the microphone is
        gone or silent. Raises DeviceError."""
        verb = "wait" if self._was_open else "capture"
        found = self._microphone()
        with MicrophoneProcess(self._command([verb, found.key]), chosen_source(found)) as helper:
            self._helper = helper
            if self._closed.is_set():
                return
            granted = self._opened(helper)
            if granted is None or (self._was_open and not self._is_still_there(found)):
                return
            self._granted = granted
            mixer, patience = Mixer(granted, stamp), self._patience.first_block
            while (message := self._sound(helper, patience)) is not None:
                if patience == self._patience.first_block:
                    if self._was_open:
                        stamp.begin_opening()
                    yield None
                    self._was_open, patience = True, self._patience.silent
                sample = mixer.sample(read_block(message.untrusted, granted.channels))
                if sample is not None:
                    yield sample

    def _is_still_there(self, found: FoundMicrophone) -> bool:
        """Whether what bears the microphone's key is the same still: a program can take the name of one that was
        unplugged."""
        try:
            return found in self._find()
        except DeviceError:
            return False

    def _opened(self, helper: MicrophoneProcess) -> SoundFormat | None:
        """The sound format that was granted; None where the helper ended. Raises DeviceError."""
        while (message := self._take_message(helper, self._patience.opening)) is not None:
            if message.kind is SoundMessageKind.READY:
                return read_format(message.untrusted)
            if message.kind is not SoundMessageKind.ALIVE:
                raise bad_answer("opening")
        return None

    def _sound(self, helper: MicrophoneProcess, patience_s: float) -> SoundMessage | None:
        """Waits for the helper's next message with sound; None where the helper ended, or a microphone that was heard
        fell silent.

        Raises DeviceError(DEVICE_STALLED) where it was never heard.
        """
        give_up = time.monotonic() + patience_s
        while True:
            try:
                message = self._take_message(helper, max(0.0, give_up - time.monotonic()))
            except DeviceError as fault:
                if fault.code is Code.DEVICE_STALLED and self._was_open:
                    return None
                raise
            if message is None or message.kind is SoundMessageKind.BLOCK:
                return message
            if message.kind is not SoundMessageKind.ALIVE:
                raise bad_answer("sound")

    def _take_message(self, helper: MicrophoneProcess, patience_s: float) -> SoundMessage | None:
        """Takes the helper's next message. Raises DeviceError: what the helper says, with the microphone's name."""
        try:
            message = helper.take(patience_s)
        except DeviceError as fault:
            raise DeviceError(fault.code, **{**fault.facts, "source": self._microphone().name}) from None
        if message is not None and message.kind is SoundMessageKind.FAULT:
            raise read_sound_fault(message, self._microphone().name)
        return message


class Mixer:
    """Turns what a microphone gives into samples: all channels averaged, then brought to 16 kHz."""

    def __init__(self, granted: SoundFormat, stamp: SampleStamp) -> None:
        """Prepares the resampling to 16 kHz. Raises DeviceError(DEVICE_BAD_ANSWER) for a rate that cannot be brought to
        16 kHz."""
        self._granted = granted
        self._stamp = stamp
        try:
            self._resampler = Resampler(granted.rate, RATE)
        except ValueError:
            raise bad_answer("rate") from None

    def sample(self, block: RawBlock) -> SoundSample | None:
        """The next sample made of a block; None while the filter waits for more. What is no number goes through as it
        is: the voice pipeline judges it."""
        raw = np.frombuffer(block.samples, np.float32).reshape(-1, self._granted.channels)
        made = self._resampler.feed(raw.mean(axis=1, dtype=np.float32))
        if not len(made):
            return None
        return self._stamp.sound(np.clip(made, -1.0, 1.0), RATE, describe_origin(raw, self._granted.rate), block.at)
