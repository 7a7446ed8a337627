"""Keeps an unlocked desk in step with its register for as long as it is open: word of changes is waited for on a thread
of its own, and whatever has to be sent or fetched is done on the vault thread.

Word of a change is a hint that may get lost: the desk also looks every half minute, and after each new connection. On
the thread that waits the server has just answered when the vault thread begins, so that a server that is gone holds up
nobody at the desk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mlid_desktop.domain.errors import MlidError, RegisterError
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.threads import ThreadRole
from mlid_desktop.vault.store.register.listening import Listener

LOOKED_EVERY_S: Final = 30.0
THREAD: Final = f"mlid-{ThreadRole.NETWORK.value}-register"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0  # between two tries to connect


@dataclass(frozen=True, slots=True)
class FollowedState:
    """How a desk that follows its register stands: ``fault`` says why it is not in step, ``at`` when it last was by its
    own clock (None: not since it was opened), ``has_changed`` whether that brought people, or took them away."""

    reads: bool
    at: datetime | None = None
    fault: MlidError | None = None
    has_changed: bool = False


def next_pause(seconds: float) -> float:
    """How long to wait after one more try to connect that failed."""
    return min(2 * seconds, LONGEST_PAUSE_S)


class RegisterFollower:
    """Follows the register of an unlocked vault. ``hand_in`` has the vault thread do something, ``told`` hears on it
    how the desk stands. Made, and stopped, on any thread but the one that waits."""

    def __init__(
        self,
        service: RegisterService,
        hand_in: Callable[[Callable[[], None]], object],
        told: Callable[[FollowedState], None],
        now: Callable[[], datetime],
        looked_every_s: float = LOOKED_EVERY_S,
    ) -> None:
        self._service, self._hand_in, self._told, self._now = service, hand_in, told, now
        self._looked_every_s = looked_every_s
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listener: Listener | None = None
        self._is_asked = False
        self._at: datetime | None = None

    def begin(self) -> None:
        """Begins, on the vault thread. Raises RegisterError(REGISTER_NONE) for a vault that is in no register."""
        opened = self._service.follow(self.ask)
        self._at = self._service.in_step_at
        threading.Thread(target=self._wait, args=(opened,), name=THREAD, daemon=True).start()

    def ask(self) -> None:
        """Has the vault thread bring the desk in step, soon and once for however many ask; from any thread."""
        with self._lock:
            if self._over.is_set() or self._is_asked:
                return
            self._is_asked = True
            self._hand_in(self._bring_in_step)

    def stop(self) -> None:
        """Ends it: nothing is handed in after this returns."""
        with self._lock:
            self._over.set()
            if self._listener is not None:
                self._listener.wake()

    def _wait(self, opened: Callable[[], Listener]) -> None:
        """On the thread that waits."""
        pause = FIRST_PAUSE_S
        while not self._over.is_set():
            try:
                listener = opened()
                pause = FIRST_PAUSE_S
                self._listen(listener)
            except RegisterError as fault:
                self._tell_soon(fault)
            if self._over.wait(pause):
                return
            pause = next_pause(pause)

    def _listen(self, listener: Listener) -> None:
        """Until the connection ends. Raises RegisterError."""
        with self._lock:
            self._listener = listener
        try:
            while not self._over.is_set():
                self.ask()
                listener.wait(self._looked_every_s)
        finally:
            with self._lock:
                self._listener = None
            listener.close()

    def _tell_soon(self, fault: RegisterError) -> None:
        with self._lock:
            if not self._over.is_set():
                self._hand_in(lambda: self._tell(fault))

    def _tell(self, fault: MlidError | None, *, has_changed: bool = False) -> None:
        if not self._over.is_set():
            self._told(FollowedState(bool(self._service.reads), self._at, fault, has_changed))

    def _bring_in_step(self) -> None:
        """On the vault thread."""
        with self._lock:
            self._is_asked = False
        if self._over.is_set():
            return
        try:
            moved = self._service.bring_in_step()
        except MlidError as fault:
            self._tell(fault)
            return
        self._at = self._now()
        self._tell(None, has_changed=bool(moved.come or moved.gone))
