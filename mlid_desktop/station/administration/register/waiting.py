"""The thread on which a desk waits for word of changes. It knows no key and no row: it asks whether the server answers
at all, and waits on a connection that the vault thread opened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final

from mlid_desktop.domain.errors import RegisterError
from mlid_desktop.station.threads import ThreadRole
from mlid_desktop.vault.store.register.listening import Listener
from mlid_desktop.vault.store.register.reaching import ServerAddress, require_answer

THREAD: Final = f"mlid-{ThreadRole.NETWORK.value}-register"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0  # between two tries to connect


def next_pause(seconds: float) -> float:
    """How long to wait after one more try to connect that failed."""
    return min(2 * seconds, LONGEST_PAUSE_S)


class ChangeWatch:
    """Waits for word of changes until it is stopped, on a thread of its own. ``want_listener`` has the vault thread
    open a connection and hand it to :meth:`take`; ``ask`` is called at each word, after so many seconds without one and
    after each new connection; ``tell`` hears why there is no connection."""

    def __init__(
        self,
        addresses: Sequence[ServerAddress],
        want_listener: Callable[[], None],
        ask: Callable[[], None],
        tell: Callable[[RegisterError], None],
        looked_every_s: float,
    ) -> None:
        self._addresses, self._want_listener, self._ask, self._tell = addresses, want_listener, ask, tell
        self._looked_every_s = looked_every_s
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._opened: SimpleQueue[Listener | RegisterError | None] = SimpleQueue()
        self._listener: Listener | None = None

    def begin(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self._wait, name=THREAD, daemon=True).start()

    def take(self, opened: Listener | RegisterError) -> None:
        """Takes the connection that was wanted, or why there is none; from the vault thread. Once it was stopped, the
        connection is closed."""
        with self._lock:
            if not self._over.is_set():
                self._opened.put(opened)
                return
        if isinstance(opened, Listener):
            opened.close()

    def stop(self) -> None:
        """Ends it; from any thread."""
        with self._lock:
            self._over.set()
            self._opened.put(None)
            if self._listener is not None:
                self._listener.wake()

    def _wait(self) -> None:
        """On the thread that waits."""
        pause = FIRST_PAUSE_S
        while not self._over.is_set():
            try:
                listener = self._connected()
                if listener is None:
                    return
                pause = FIRST_PAUSE_S
                self._listen(listener)
            except RegisterError as fault:
                self._tell(fault)
            if self._over.wait(pause):
                return
            pause = next_pause(pause)

    def _connected(self) -> Listener | None:
        """A connection that the vault thread opened; None once it was stopped. Raises RegisterError."""
        require_answer(self._addresses)
        self._want_listener()
        opened = self._opened.get()
        if isinstance(opened, RegisterError):
            raise opened
        return opened

    def _listen(self, listener: Listener) -> None:
        """Until the connection ends. Raises RegisterError."""
        with self._lock:
            self._listener = listener
        try:
            while not self._over.is_set():
                self._ask()
                listener.wait(self._looked_every_s)
        finally:
            with self._lock:
                self._listener = None
            listener.close()
