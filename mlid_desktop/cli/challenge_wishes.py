"""What a person wishes while an active challenge goes on at the command line: by keys in a terminal, else by options
that were given before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from mlid_desktop.cli.output import Output
from mlid_desktop.domain.observations import ActionKind
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.face_challenge.events import ActionSwapped, MoreTimeAsked
from mlid_desktop.workflow.face_challenge.state import FaceChallenge

if sys.platform == "win32":
    import msvcrt
else:
    import select
    import termios
    import tty

MORE_TIME_KEY, CANNOT_KEY = "m", "c"
Keys = Callable[[], str]

MoreTimeOption = Annotated[
    bool, typer.Option("--more-time", help=_("Twice the time for each movement that is asked; in a terminal: key m."))
]
CannotOption = Annotated[
    list[ActionKind] | None,
    typer.Option("--cannot", help=_("A kind of movement that the person cannot make; in a terminal: key c.")),
]


class ChallengeWishes:
    """Tells a capture what is wished: ``more_time`` from the beginning, the kinds that the person ``cannot`` do as soon
    as one is asked, and what ``keys`` were pressed since. Called once for each frame."""

    def __init__(self, output: Output, keys: Keys | None, *, more_time: bool, cannot: Collection[ActionKind]) -> None:
        self._output = output
        self._keys = keys
        self._more_time = more_time
        self._cannot = frozenset(cannot)
        self._challenge: FaceChallenge | None = None
        self._explained = keys is None

    def follow(self, publish: Callable[[object], None]) -> Callable[[object], None]:
        """A listener that hands on what is published, and sees what is asked."""

        def published(state: object) -> None:
            capture = getattr(state, "capture", None)
            self._challenge = None
            if isinstance(capture, CaptureState) and not capture.finished:
                self._challenge = capture.challenge
            if self._challenge is not None and not self._explained:
                self._explained = True
                self._output.note(self._output.language.text("Keys: m for more time, c where the person cannot do it."))
            publish(state)

        return published

    def __call__(self) -> Iterable[events.Event]:
        """The wishes since the last frame."""
        pressed = "" if self._keys is None else self._keys().lower()
        challenge, wishes = self._challenge, list[events.Event]()
        if challenge is None:
            return wishes
        if not challenge.slow and (self._more_time or MORE_TIME_KEY in pressed):
            wishes.append(MoreTimeAsked())
        asked = challenge.asked
        if (asked is not None and asked.kind in self._cannot) or CANNOT_KEY in pressed:
            wishes.append(ActionSwapped())
        return wishes


@contextmanager
def challenge_wishes(
    output: Output, *, more_time: bool, cannot: Collection[ActionKind] | None
) -> Iterator[ChallengeWishes]:
    """The wishes of a capture during a ``with`` block, read from the keyboard too where there is one."""
    with _pressed_keys() as keys:
        yield ChallengeWishes(output, keys, more_time=more_time, cannot=cannot or ())


@contextmanager
def _pressed_keys() -> Iterator[Keys | None]:
    """What was pressed since it was last asked, without waiting and without a line's end; None without a terminal. The
    terminal is left as it was."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        yield None
    elif sys.platform == "win32":

        def on_windows() -> str:
            return "".join(iter(lambda: msvcrt.getwch() if msvcrt.kbhit() else "", ""))

        yield on_windows
    else:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)

        def elsewhere() -> str:
            ready = select.select([terminal], [], [], 0.0)[0]
            return os.read(terminal, 64).decode("ascii", "ignore") if ready else ""

        try:
            tty.setcbreak(terminal, termios.TCSANOW)
            yield elsewhere
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
