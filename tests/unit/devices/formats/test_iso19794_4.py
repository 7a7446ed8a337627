"""Finger image records: what a reader's service sends is read, and nothing that is bent gets through."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.formats.iso19794_4 import read_finger_record
from mlid_desktop.domain.errors import Code, DeviceError
from tests.finger_records import write_finger_record

IMAGE = np.arange(120 * 100, dtype=np.uint32).astype(np.uint8).reshape(120, 100)
RECORD = write_finger_record(IMAGE, 500, 7)


def test_a_written_record_is_read_again() -> None:
    record = read_finger_record(RECORD)
    assert (record.dpi, record.position) == ((500.0, 500.0), 7)
    assert np.array_equal(record.image, IMAGE)


def test_records_of_services_are_read(shared: Path) -> None:
    folder = shared / "data" / "fingerprint" / "iso19794_4"
    read = [read_finger_record(path.read_bytes()) for path in sorted(folder.glob("*.iso"))]
    assert len(read) == 20
    assert {record.dpi for record in read} == {(500.0, 500.0)}
    assert {record.position for record in read} == set(range(1, 11))


@pytest.mark.parametrize("length", range(0, len(RECORD), 97))
def test_a_record_cut_short_is_no_record(length: int) -> None:
    with pytest.raises(DeviceError) as fault:
        read_finger_record(RECORD[:length])
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


@given(offset=st.integers(0, 63), value=st.integers(0, 255))
def test_a_bent_head_gives_an_image_or_a_fault(offset: int, value: int) -> None:
    bent = bytearray(RECORD)
    bent[offset] = value
    with suppress(DeviceError):
        assert read_finger_record(bytes(bent)).image.size == IMAGE.size
