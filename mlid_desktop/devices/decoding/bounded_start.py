"""How a decoding helper begins: it takes over its streams and bounds itself before it looks at anything untrusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

import cv2

from mlid_desktop.devices.decoding.messages import MEMORY_BYTES, RESERVE_BYTES
from mlid_desktop.devices.driver_process.limits import SelfWatch, limit_memory
from mlid_desktop.devices.driver_process.messages import KindT, MessageFormat
from mlid_desktop.devices.driver_process.process import own_standard_output
from mlid_desktop.devices.formats.opencv import silence_opencv

Send = Callable[..., None]


def start_bounded(
    form: MessageFormat[KindT], idle_s: float, decode_every_kind_once: Callable[[], None]
) -> tuple[BinaryIO, Send, SelfWatch]:
    """Begins this process: what it is asked through, what sends its answers, and the watch over its memory and over
    ``idle_s`` without work. What the decoders load at their first use they have loaded then; what the process may open
    is still to be limited."""
    untrusted_input = os.fdopen(os.dup(0), "rb")
    send = own_standard_output(form)
    silence_opencv()
    cv2.setNumThreads(1)
    watch = SelfWatch(MEMORY_BYTES, idle_s)
    decode_every_kind_once()
    limit_memory(MEMORY_BYTES - RESERVE_BYTES)
    return untrusted_input, send, watch
