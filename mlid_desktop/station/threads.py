"""The five thread roles, each the sole owner of one resource that is not thread-safe; the entry points assert it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class ThreadRole(StrEnum):
    """The roles of threads: owner of the widgets, of a driver, of the ONNX sessions, of the database and its keys, of
    the sockets that other programs reach this one by."""

    GUI = "gui"
    CAPTURE = "capture"
    INFERENCE = "inference"
    VAULT = "vault"
    NETWORK = "network"


class Owner:
    """Remembers the first thread that plays a role and refuses every other."""

    def __init__(self, role: ThreadRole) -> None:
        self._role = role
        self._thread: int | None = None

    def require(self) -> None:
        """Raises RuntimeError where the calling thread does not own the role: a bug, not a fault."""
        here = threading.get_ident()
        if self._thread is None:
            self._thread = here
        if self._thread != here:
            raise RuntimeError(f"only the {self._role} thread may do this")


class Worker:
    """One thread that plays one role. Tasks run one after another, in the order they were handed in."""

    def __init__(self, role: ThreadRole) -> None:
        self.role = role
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"mlid-{role.value}")

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queues the task; what it raises is in the future."""
        return self._executor.submit(task, *args, **kwargs)

    def stop(self) -> None:
        """Waits for the running task, drops the queued ones and ends the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)
