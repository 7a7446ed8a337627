"""Callers that listen to what becomes of a request: told at once when something changed, on whichever thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

LOOK_S = 0.25  # between looks at a request of which nothing was heard: it may have expired
COMMENT_S = 10.0  # between signs of life to who listens
EVENTS_S = 1200.0


class Listeners:
    """Who listens to one desk. Made and used on the network thread, but for :meth:`wake` and :meth:`close`."""

    def __init__(self) -> None:
        self._closing = False
        self._lock = threading.Lock()
        self._stirred: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def wake(self) -> None:
        """Tells every waiting caller that a request may have changed."""
        with self._lock:
            listening = tuple(self._stirred.items())
        for stirred, loop in listening:
            with contextlib.suppress(RuntimeError):  # the server ended meanwhile
                loop.call_soon_threadsafe(stirred.set)

    def close(self) -> None:
        """Lets go of everybody who listens."""
        self._closing = True
        self.wake()

    async def changes(self, look: Callable[[], tuple[dict[str, Any], bool]]) -> AsyncGenerator[bytes, None]:
        """Each state as it comes, as server-sent events. ``look`` says how the request stands, and whether anything can
        still happen to it: after that the stream ends."""
        before, said = "", time.monotonic()
        until = said + EVENTS_S
        stirred = asyncio.Event()
        with self._lock:
            self._stirred[stirred] = asyncio.get_running_loop()
        try:
            while time.monotonic() < until and not self._closing:
                stirred.clear()
                standing, is_open = look()
                told = json.dumps(standing, separators=(",", ":"))
                if told != before:
                    yield f"event: state\ndata: {told}\n\n".encode()
                    before = told
                if not is_open:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stirred.wait(), LOOK_S)
                if time.monotonic() - said >= COMMENT_S:
                    said = time.monotonic()
                    yield b": still here\n\n"
        finally:
            with self._lock:
                del self._stirred[stirred]
