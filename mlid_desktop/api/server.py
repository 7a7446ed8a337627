"""Serves the interface on the loopback address, on a thread of its own that owns the sockets."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.external_requests.request_desk import RequestDesk
from mlid_desktop.station.threads import ThreadRole

LOOPBACK = "127.0.0.1"
HEAD_S = 5.0  # that the head of a request may take to arrive
BACKLOG = 128
STOP_S = 5.0


class InterfaceServer:
    """The HTTP server of a desk's interface for other programs. Its libraries are imported when it is started, so that
    a desk without the interface starts as it did."""

    def __init__(self, desk: RequestDesk) -> None:
        self._desk = desk
        self._server: Any = None
        self._application: Any = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port that is served; 0 where none is."""
        return self._port

    def start(self, port: int) -> None:
        """Serves at this port (0 takes a free one). Raises StationError(STATION_PORT_TAKEN) where another program has
        it, and nothing is served then."""
        self.stop()
        opened = _listening(port)
        import uvicorn  # noqa: PLC0415 - late: only where a supervisor turned the interface on

        from mlid_desktop.api.application import Application  # noqa: PLC0415 - as above
        from mlid_desktop.api.header_timeout import protocol_with_header_timeout  # noqa: PLC0415 - as above

        self._port = int(opened.getsockname()[1])
        self._application = Application(self._desk, self._port)
        config = uvicorn.Config(
            self._application,
            http=protocol_with_header_timeout(HEAD_S),
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=1,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16 * 1024,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([opened],), name=f"mlid-{ThreadRole.NETWORK.value}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Closes every socket and ends the thread; nothing where none is served."""
        if self._server is not None and self._thread is not None:
            self._application.close()
            self._server.should_exit = True
            self._thread.join(timeout=STOP_S)
        self._server, self._thread, self._port = None, None, 0


def _listening(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # else any user of the machine could take over a port that is served
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((LOOPBACK, port))
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise StationError(Code.STATION_PORT_TAKEN, port=port) from None
    return opened
