"""Reads the code of a receipt that is held to the camera."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mlid_desktop.devices.formats.qr_code import read_qr_code
from mlid_desktop.domain.samples import Image
from mlid_desktop.station.documents.receipt import CODE_PREFIX

TOKEN = re.compile(re.escape(CODE_PREFIX) + "[0-9a-f]{32}")  # as domain.subjects.new_identifier makes them


@dataclass(frozen=True, slots=True)
class SeenCode:
    """Result of looking for a receipt's code: ``code``, empty where none was seen; ``foreign`` where a code was read
    that is no receipt's, whose content is not kept."""

    code: str = field(default="", repr=False)
    foreign: bool = False


def find_receipt_code(image: Image) -> SeenCode:
    """Looks for the code of a receipt in a picture. Whether it belongs to anybody is checked against the vault."""
    untrusted = read_qr_code(image).strip().casefold()
    if TOKEN.fullmatch(untrusted):
        return SeenCode(untrusted)
    return SeenCode(foreign=bool(untrusted))
