"""Keeps an unlocked desk in step with its register for as long as it is open: word of changes is waited for on a thread
of its own, and whatever has to be sent or fetched is done on the vault thread.

Word of a change is a hint that may get lost: the desk also looks every half minute, and after each new connection. The
thread that waits touches no key: it asks whether the server answers at all, and only then has the vault thread open the
connection that it waits on, so that a server that is gone holds up nobody at the desk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from mlid_desktop.domain.errors import MlidError, RegisterError
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.administration.register.waiting import ChangeWatch
from mlid_desktop.vault.unlocked.register.contact import WayToListen

LOOKED_EVERY_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class FollowedState:
    """How a desk that follows its register stands: ``fault`` says why it is not in step, ``at`` when it last was by its
    own clock (None: not since it was opened), ``has_changed`` whether that brought people, or took them away,
    ``waiting`` how many withdrawals of consent wait here for the register, ``silent`` which desks said nothing for
    long."""

    at: datetime | None = None
    fault: MlidError | None = None
    has_changed: bool = False
    waiting: int = 0
    silent: tuple[str, ...] = ()


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
        self._watch: ChangeWatch | None = None
        self._is_asked = False
        self._at: datetime | None = None

    def begin(self) -> None:
        """Begins, on the vault thread. Raises RegisterError(REGISTER_NONE) for a vault that is in no register."""
        way = self._service.follow(self.ask)
        self._at = self._service.in_step_at
        self._watch = ChangeWatch(
            way.addresses, partial(self._want_listener, way), self.ask, self._tell_soon, self._looked_every_s
        )
        self._watch.begin()

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
        if self._watch is not None:
            self._watch.stop()

    def _want_listener(self, way: WayToListen) -> None:
        with self._lock:
            if not self._over.is_set():
                self._hand_in(lambda: self._open(way))

    def _open(self, way: WayToListen) -> None:
        """On the vault thread, which alone has the keys of a connection."""
        if self._over.is_set() or self._watch is None:
            return
        try:
            self._watch.take(way.open())
        except RegisterError as fault:
            self._watch.take(fault)

    def _tell_soon(self, fault: RegisterError) -> None:
        with self._lock:
            if not self._over.is_set():
                self._hand_in(lambda: self._tell(fault))
                self._is_asked = False  # a look that was asked before it says nothing of what comes after it

    def _tell(self, fault: MlidError | None, *, has_changed: bool = False) -> None:
        """On the vault thread."""
        if not self._over.is_set():
            self._told(FollowedState(self._at, fault, has_changed, self._service.waiting, self._service.silent))

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
        self._tell(None, has_changed=moved.has_changed)
