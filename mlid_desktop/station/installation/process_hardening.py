"""Hardens the process before it touches a key: no core dumps, no tracing, files for the owner alone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from dataclasses import dataclass

OWNER_ONLY = 0o077
PR_SET_DUMPABLE = 4  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Hardening:
    """Which protections the operating system granted to the process."""

    core_dumps_off: bool
    tracing_off: bool


def harden_process() -> Hardening:
    """Hardens the process; called first thing by the window and the command line. What a platform does not offer is
    reported as not had; nothing is raised."""
    with contextlib.suppress(OSError):
        os.umask(OWNER_ONLY)
    return Hardening(_without_core_dumps(), _without_tracing())


def _without_core_dumps() -> bool:
    if sys.platform == "win32":
        return False  # error reporting is a setting of the machine there
    import resource  # noqa: PLC0415 - not on Windows

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return False
    return True


def _without_tracing() -> bool:
    """Turns tracing off on Linux: another process of the same user cannot attach to this one or read its memory, and a
    crash writes no core, whatever the limit."""
    if sys.platform != "linux":
        return False
    try:
        return int(ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) == 0
    except (AttributeError, OSError):
        return False
