"""A desk with a device service: how the tests open it, and what stands in for its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mlid_desktop.devices.sbi.reader import SbiReader, SbiTimeouts
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, Image, SourceItem
from tests.contracts.sbi_certificates import Holder, make_authority
from tests.contracts.sbi_service import SbiService

AT_ONCE = SbiTimeouts(information=60, finger=60, answering=60, between_tries=0.01, return_first=0.02, return_most=0.05)
SHORT = {  # where the time has to run out, by what is asked
    "MOSIPDINFO": replace(AT_ONCE, information=1.0),
    "RCAPTURE": replace(AT_ONCE, finger=0.5, answering=0.5),
}


def record_of(image: Image) -> bytes:
    height, width = image.shape
    return b"".join((width.to_bytes(2, "big"), height.to_bytes(2, "big"), image.tobytes()))


def read_record(untrusted: bytes) -> tuple[Image, float]:
    """Stands in for ISO/IEC 19794-4."""
    width, height = int.from_bytes(untrusted[:2], "big"), int.from_bytes(untrusted[2:4], "big")
    if len(untrusted) != 4 + width * height or not width * height:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    return np.frombuffer(untrusted, np.uint8, offset=4).reshape(height, width), 500.0


def anchors(*holders: Holder) -> TrustAnchors:
    return TrustAnchors.read(b"".join(holder.pem for holder in holders or (make_authority(),)))


def reader(
    service: SbiService, trust: TrustAnchors | None = None, patience: SbiTimeouts = AT_ONCE, **options: Any
) -> SbiReader:
    return SbiReader(
        service.port, anchors=anchors() if trust is None else trust, read=read_record, patience=patience, **options
    )


def first_sample(source: SbiReader) -> FingerSample:
    items = source.samples()
    try:
        return next(item for item in items if isinstance(item, FingerSample))
    finally:
        source.close()
        list(items)


def fault_of(source: SbiReader) -> DeviceError:
    with pytest.raises(DeviceError) as fault:
        list(islice(source.samples(), 100))
    return fault.value


def event(items: Iterator[SourceItem], wanted: DeviceEvent) -> DeviceNotice:
    return next(item for item in items if isinstance(item, DeviceNotice) and item.event is wanted)
