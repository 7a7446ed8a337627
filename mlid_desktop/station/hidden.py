"""What a frozen program starts itself as, besides what people start it as: the helper that runs readers' drivers."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.devices.fingerprint_wire import HIDDEN_VERB


def run_hidden_verb(arguments: Sequence[str]) -> int | None:
    """The exit code where the arguments ask for the helper process; None where they are a person's."""
    if list(arguments[:1]) != [HIDDEN_VERB]:
        return None
    from mlid_desktop.devices.fingerprint_helper import main  # noqa: PLC0415 - nobody else needs it

    return main(arguments[1:])
