"""The machine's own count of seconds, which nobody can set, and the start of the machine that it counts from."""

from __future__ import annotations

import sys
import time
from functools import cache
from pathlib import Path

BOOT_IDENTIFIER = Path("/proc/sys/kernel/random/boot_id")


def monotonic_with_sleep() -> float:
    """Seconds that never run backwards and go on while the machine sleeps. (On Windows ``time.monotonic`` does; on
    macOS CLOCK_MONOTONIC does and ``time.monotonic`` does not; on Linux it is CLOCK_BOOTTIME.)"""
    name = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(sys.platform)
    clock = None if name is None else getattr(time, name, None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@cache
def boot_identifier() -> str:
    """Identifier of the machine's present start; empty where the system does not tell."""
    try:
        return BOOT_IDENTIFIER.read_text("ascii").strip()[:64] if sys.platform == "linux" else ""
    except (OSError, UnicodeDecodeError):
        return ""
