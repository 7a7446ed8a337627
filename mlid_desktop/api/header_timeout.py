"""The HTTP protocol of the server with a limit to how long the head of a request may take: who sends a byte a second
holds no connection open."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 256


def protocol_with_header_timeout(seconds: float) -> type[asyncio.Protocol]:
    """The protocol that closes a connection on which no whole head of a request came within so many seconds, and every
    connection above a number that a machine's own programs never need."""

    class HeaderTimeoutProtocol(H11Protocol):
        """One connection."""

        def connection_made(self, transport: Any) -> None:
            """Begins to wait for the head."""
            super().connection_made(transport)
            if len(self.connections) > MOST_CONNECTIONS:
                transport.abort()
            self._header_timer = self.loop.call_later(seconds, self._close_without_header)

        def connection_lost(self, exc: Exception | None) -> None:
            """Waits no more."""
            self._header_timer.cancel()
            super().connection_lost(exc)

        def _close_without_header(self) -> None:
            begun: Any = self.cycle  # None until a whole head came, whatever the library's types say
            if begun is None:
                self.transport.abort()

    return HeaderTimeoutProtocol
