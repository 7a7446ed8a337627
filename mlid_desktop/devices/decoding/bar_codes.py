"""Reads PDF417 (ISO/IEC 15438) and Code 128 (ISO/IEC 15417) in a picture; called in the decoding helper alone."""

from __future__ import annotations

import zxingcpp

from mlid_desktop.devices.decoding.messages import MAX_CODE_BYTES
from mlid_desktop.domain.samples import Image


def read_bar_code(image: Image) -> str:
    """The text of the first code in an (h, w) grey picture; empty where none can be read or it says too much. Nobody
    has checked the text."""
    formats = zxingcpp.barcode_formats_from_str("PDF417,Code128")
    for found in zxingcpp.read_barcodes(image, formats=formats, text_mode=zxingcpp.TextMode.Plain):
        untrusted = str(found.text)
        if found.valid and 0 < len(untrusted.encode("utf-8", "replace")) <= MAX_CODE_BYTES:
            return untrusted
    return ""
