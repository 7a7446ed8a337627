"""Work in a child process that is killed, by the system, at a named instant."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

DID_NOT_DIE, FAILED = 7, 8


def kill_this_process(*_given: object) -> None:
    """The process ends here, as when the power fails: nothing is unwound."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_in_child(work: Callable[[], object]) -> None:
    """Runs the work in a child, which must be killed by :func:`kill_this_process`. AssertionError where it was not."""
    child = os.fork()
    if child == 0:
        status = FAILED
        try:
            work()
            status = DID_NOT_DIE
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
