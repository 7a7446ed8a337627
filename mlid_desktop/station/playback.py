"""Playing a take back to the person who gave it; nothing of it is written anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import DeviceError


class Playback(Protocol):
    """Sound that is being played."""

    def stop(self) -> None:
        """Falls silent at once."""
        ...


def play(wave: NDArray[np.float32], rate: int, over: Callable[[DeviceError | None], None]) -> Playback:
    """Plays (n,) float32 in [-1, 1] on the system's loudspeaker; ``over`` is told once, on a thread of its own. Raises
    DeviceError(DEVICE_DRIVER_MISSING)."""
    from mlid_desktop.devices.loudspeaker import Playback as OnLoudspeaker  # noqa: PLC0415 - drivers when asked for

    return OnLoudspeaker(wave, rate, over)
