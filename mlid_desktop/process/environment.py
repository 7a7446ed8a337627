"""Environment variables that this process sets for the libraries it runs on, which read them once: the only file that
changes the environment. What a helper process gets is its own, and is handed to it when it is started."""

from __future__ import annotations

import os
import sys

# Our products are small, and a thread that waits for its share of one on a busy machine costs more than it computes.
LINEAR_ALGEBRA_THREADS = "1"
FOR_LIBRARIES = {
    "OPENBLAS_NUM_THREADS": LINEAR_ALGEBRA_THREADS,
    "OMP_NUM_THREADS": LINEAR_ALGEBRA_THREADS,
    "VECLIB_MAXIMUM_THREADS": LINEAR_ALGEBRA_THREADS,  # of macOS
    "OPENCV_FFMPEG_LOGLEVEL": "-8",  # quiet: what fails becomes a typed error, and nothing of it belongs on a terminal
}
FOR_LIBRARIES_ON_MACOS = {
    "OPENCV_AVFOUNDATION_SKIP_AUTH": "1",  # asking spins the main loop, which a capture thread cannot
}


SCALE = "QT_SCALE_FACTOR"


def follow_text_size() -> None:
    """Has the window drawn larger where the system shows text larger and the toolkit does not follow by itself; called
    before the toolkit starts. What the person who starts the program has set stays."""
    from mlid_desktop.process.text_size import wanted_scale  # noqa: PLC0415 - late: of the window alone

    scale = wanted_scale(os.environ)
    if scale > 1.0:
        os.environ.setdefault(SCALE, f"{scale:g}")


def prepare_environment() -> None:
    """Sets the environment variables of libraries; called first thing by each entry point, before a library that reads
    them is used. What the person who starts it has set stays."""
    wanted = FOR_LIBRARIES | (FOR_LIBRARIES_ON_MACOS if sys.platform == "darwin" else {})
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
