"""Runs a command of ``mlid`` in this process, and gives its exit code."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import Code, MlidError, StationError
from mlid_desktop.station.text.exit_codes import EXIT_USAGE, exit_code

EXIT_BUG = 70  # EX_SOFTWARE of BSD's sysexits.h; Python's own 1 would read as "rejected"


def run_command(
    command: Any,
    arguments: Sequence[str],
    tell: Callable[[MlidError], None],
    defaults: Mapping[str, Any] | None = None,
    name: str = "mlid",
) -> int:
    """Runs a Typer command with these arguments and returns its exit code; a fault is told. ``defaults`` are options by
    name, those of a command of a group in a mapping under its name; ``name`` is how its usage is said."""
    try:
        command.main(args=list(arguments), prog_name=name, default_map=dict(defaults or {}))
    except MlidError as fault:
        tell(fault)
        return exit_code(fault)
    except MemoryError:
        typed = StationError(Code.STATION_OUT_OF_MEMORY)
        tell(typed)
        return exit_code(typed)
    except OSError as refused:
        typed = StationError(Code.STATION_SYSTEM_REFUSED, why=refused.strerror or type(refused).__name__)
        tell(typed)
        return exit_code(typed)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else EXIT_USAGE
    except Exception:  # noqa: BLE001 - a bug: shown whole, and never taken for a rejection by a script
        traceback.print_exc()
        return EXIT_BUG
    return 0


def vault_defaults(words: Sequence[str], folder: Path) -> dict[str, Any]:
    """The defaults by which a command is about this vault; ``words`` name the commands below it, for a group."""
    found: dict[str, Any] = {"vault": str(folder)}
    for name in reversed(words):
        found = {name: found, "vault": str(folder)}
    return found
