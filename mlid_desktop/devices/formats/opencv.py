"""Sets OpenCV up so that it prints nothing: what fails becomes a typed error."""

from __future__ import annotations


def silence_opencv() -> None:
    """Turns OpenCV's own messages off; called before the first picture, file or stream; imports OpenCV, which takes a
    moment."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
