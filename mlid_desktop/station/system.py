"""What this system is called where programs are built for one and installed on another."""

from __future__ import annotations

import platform
import sys
from typing import Final

MACHINES: Final = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


def system_name() -> str:
    """``linux-x86_64``, ``windows-x86_64``, ``macos-arm64`` …"""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{MACHINES.get(machine, machine)}"
