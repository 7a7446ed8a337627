"""The exit code of a fault, for the window and the command line alike."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.errors import Code, MlidError

EXIT_FAULT: Final = 4
EXIT_USAGE: Final = 2


def exit_code(fault: MlidError) -> int:
    """The exit code of a fault: 2 for a request to correct, 4 for a fault of a device, a model or the vault."""
    mistyped = fault.code.room == "usage" or fault.code is Code.DEVICE_BAD_ADDRESS
    return EXIT_USAGE if mistyped else EXIT_FAULT
