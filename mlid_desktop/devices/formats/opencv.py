"""OpenCV, kept quiet: what fails becomes a typed error, and nothing of it belongs on a terminal."""

from __future__ import annotations

import os
import sys

FFMPEG_LOG_LEVEL, FFMPEG_QUIET = "OPENCV_FFMPEG_LOGLEVEL", "-8"
AVFOUNDATION_ASKING = "OPENCV_AVFOUNDATION_SKIP_AUTH"


def silence_opencv() -> None:
    """Called before the first picture, file or stream; imports OpenCV, which takes a moment."""
    os.environ.setdefault(FFMPEG_LOG_LEVEL, FFMPEG_QUIET)  # FFmpeg looks once, when the first stream is opened
    if sys.platform == "darwin":
        os.environ.setdefault(AVFOUNDATION_ASKING, "1")  # asking spins the main loop, which a capture thread cannot
    import cv2  # noqa: PLC0415 - late: a heavy import

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
