"""Reads a QR code (ISO/IEC 18004) from a picture."""

from __future__ import annotations

import cv2

from mlid_desktop.domain.samples import Image

MAX_CHARACTERS = 512  # a version 40 code holds 4,296; nothing that is read here needs them
LARGEST_SIDE = 1280  # a code that is held up fills a good part of the picture; more pixels only cost time


def read_qr_code(image: Image) -> str:
    """The text of a QR code in the (h, w) grey or (h, w, 3) BGR picture; empty where none can be read or it says too
    much. Nobody has checked the text."""
    scale = LARGEST_SIDE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # uint8 stays uint8
    try:
        untrusted, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(image)
    except cv2.error:  # on pictures that only look like a code its geometry can fail
        return ""
    return untrusted if len(untrusted) <= MAX_CHARACTERS else ""
