"""Locks the vault after a while with nobody at the desk, with a warning before; at once where the session is locked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import SLOT, QCoreApplication, QEvent, QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication

WARNING_S = 120.0
LOOK_EVERY_MS = 1000
ASLEEP_S = 60.0  # a look that comes so late was held up by a machine that slept
INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)
SCREEN_SAVERS = (
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.kde.screensaver", "/ScreenSaver"),
)
LOGIND, LOGIND_PATH = "org.freedesktop.login1", "/org/freedesktop/login1"


class Lockable(Protocol):
    """Something that can be locked."""

    @property
    def is_open(self) -> bool:
        """Whether there is anything to lock."""
        ...


class IdleWatch(QObject):
    """Counts the time since the last input anywhere in the application. ``warn`` is given the seconds left, or None
    when somebody is there again; ``lock`` is called once."""

    def __init__(
        self,
        parent: QObject,
        desk: Lockable,
        limit_s: float,
        warn: Callable[[float | None], None],
        lock: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._desk, self._limit, self._warn, self._lock, self._clock = desk, limit_s, warn, lock, clock
        self._last_input = self._last_look = clock()
        self._slept_from = time.time()
        self._warning = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        application = QCoreApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._listen)
        if sys.platform == "linux":
            self._follow_session()

    def start(self) -> None:
        """Begins to count: there is something to lock."""
        self._last_input = self._last_look = self._clock()
        self._slept_from = time.time()
        self._listen()
        self._timer.start(LOOK_EVERY_MS)

    def stop(self) -> None:
        """Stops counting: there is nothing to lock any more."""
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notices input from the person at the desk, and lets every event pass."""
        if event.type() in INPUT and event.spontaneous():
            self.note_input()
        return super().eventFilter(watched, event)

    def note_input(self) -> None:
        """Counts the time anew from now on."""
        self._last_input = self._clock()
        if self._warning:
            self._warning = False
            self._warn(None)

    @Slot()
    def look(self) -> None:
        """Looks once a second at the clock: warns, locks, and notices that the machine slept (the wall clock went on
        without us)."""
        now, wall = self._clock(), time.time()
        asleep = wall - self._slept_from - (now - self._last_look) > ASLEEP_S
        self._last_look, self._slept_from = now, wall
        self._listen()
        if not self._desk.is_open:
            self._last_input = now
            return
        left = self._limit - (now - self._last_input)
        if left <= 0 or asleep:
            self.lock_now()
        elif left <= WARNING_S:
            self._warning = True
            self._warn(left)

    def lock_now(self) -> None:
        """Locks the vault: the time is over, or the session was locked."""
        self._warning = False
        self._warn(None)
        self._last_input = self._clock()
        if self._desk.is_open:
            self._lock()

    @Slot(bool)
    def screen_locked(self, locked: bool) -> None:
        """Called for the desktop's own screen lock, or another person's session in front of this one."""
        if locked:
            self.lock_now()

    @Slot()
    def session_locked(self) -> None:
        """Called when logind was asked to lock the session."""
        self.lock_now()

    @Slot(bool)
    def going_to_sleep(self, begins: bool) -> None:
        """Called when the machine is about to sleep."""
        if begins:
            self.lock_now()

    def _listen(self) -> None:
        """Listens for input at every window, where it comes first. (A filter at the application is called for each of
        the thousands of events that making a page takes.) Menus and lists that open meanwhile are found at the next
        look."""
        for window in QGuiApplication.allWindows():
            window.installEventFilter(self)

    def _follow_session(self) -> None:
        """Follows the session over the message bus; where there is none, idleness alone is watched."""
        from PySide6.QtDBus import QDBusConnection  # noqa: PLC0415 - late: start-up

        session, system = QDBusConnection.sessionBus(), QDBusConnection.systemBus()
        for name, path in SCREEN_SAVERS:
            session.connect(name, path, name, "ActiveChanged", self, _slot("screen_locked(bool)"))
        system.connect(LOGIND, "", f"{LOGIND}.Session", "Lock", self, _slot("session_locked()"))
        manager = f"{LOGIND}.Manager"
        system.connect(LOGIND, LOGIND_PATH, manager, "PrepareForSleep", self, _slot("going_to_sleep(bool)"))


def _slot(signature: str) -> Any:
    """A slot as Qt names it (its SLOT macro): a text, where PySide's own types ask for bytes that it then refuses."""
    return SLOT(signature)
