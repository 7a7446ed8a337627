"""Entry points of the helper processes that run devices' drivers and decode pictures: a frozen program starts itself as
one of them."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.devices.driver_process import HELPER_SUFFIX


def run_hidden_verb(arguments: Sequence[str]) -> int | None:
    """Runs a helper process where the arguments ask for one, and returns its exit code; None where they are a
    person's."""
    verb = arguments[0] if arguments else ""
    return _run_helper(verb, arguments[1:]) if verb.endswith(HELPER_SUFFIX) else None


def _run_helper(verb: str, arguments: Sequence[str]) -> int | None:
    # What the helpers speak in is read by them alone: a window is on screen sooner without.
    from mlid_desktop.devices.decoding import media_messages  # noqa: PLC0415 - see above
    from mlid_desktop.devices.decoding import messages as decoding_messages  # noqa: PLC0415 - see above
    from mlid_desktop.devices.fingerprint import messages as fingerprint_messages  # noqa: PLC0415 - see above
    from mlid_desktop.devices.microphone import messages as sound_messages  # noqa: PLC0415 - see above

    if verb == fingerprint_messages.HIDDEN_VERB:
        from mlid_desktop.devices.fingerprint.driver_main import main  # noqa: PLC0415 - nobody else needs it
    elif verb == sound_messages.HIDDEN_VERB:
        from mlid_desktop.devices.microphone.driver_main import main  # noqa: PLC0415 - as above
    elif verb == decoding_messages.HIDDEN_VERB:
        from mlid_desktop.devices.decoding.driver_main import main  # noqa: PLC0415 - as above
    elif verb == media_messages.HIDDEN_VERB:
        from mlid_desktop.devices.decoding.media_main import main  # noqa: PLC0415 - as above
    else:
        return None
    return main(list(arguments))
