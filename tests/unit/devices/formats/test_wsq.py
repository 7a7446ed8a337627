"""WSQ files are read as NBIS reads them, and what is bent, cut short or too large is a typed fault."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.formats.headers.resolution import resolutions
from mlid_desktop.devices.formats.image_decoding import decode_grey
from mlid_desktop.devices.formats.iso19794_4 import read_finger_record
from mlid_desktop.devices.formats.wsq_segments import is_wsq
from mlid_desktop.domain.errors import Code, DeviceError
from tests.bench.fuzz_wsq import VECTORS, fuzz, record_of
from tests.pictures import read_finger

FINGER = (VECTORS / "finger.wsq").read_bytes()
TINY = (VECTORS / "tiny.wsq").read_bytes()
SOF = b"\xff\xa2"
DQT = b"\xff\xa5"


def grey_of(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)


def off(first: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], second: object) -> int:
    return int(np.abs(first.astype(int) - np.asarray(second, int)).max())


def with_size(width: int, height: int) -> bytes:
    offset = FINGER.index(SOF) + 6
    return FINGER[:offset] + struct.pack(">HH", height, width) + FINGER[offset + 4 :]


def test_a_file_is_decoded_to_within_one_grey_level_of_nbis() -> None:
    assert off(decode_grey(FINGER), grey_of(VECTORS / "finger.png")) <= 1


def test_size_and_resolution_are_known_before_decoding() -> None:
    assert is_wsq(FINGER)
    assert dimensions(FINGER) == (161, 187)
    assert resolutions(FINGER) == ((500.0, 500.0),)


def test_a_file_without_a_comment_says_no_resolution() -> None:
    offset = FINGER.index(b"\xff\xa8")
    length = struct.unpack_from(">H", FINGER, offset + 2)[0]
    bare = FINGER[:offset] + FINGER[offset + 2 + length :]
    assert resolutions(bare) == ()
    assert np.array_equal(decode_grey(bare), decode_grey(FINGER))


@pytest.mark.parametrize("said", [b"PPI 000", b"PPI -12", b"PPI nan", b"PPI 099"])
def test_a_resolution_that_cannot_be_is_not_believed(tmp_path: Path, said: bytes) -> None:
    path = tmp_path / "finger.wsq"
    path.write_bytes(FINGER.replace(b"PPI 500", said))
    assert read_finger(path).dpi is None


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((1, 1), Code.DEVICE_BAD_MEDIA),
        ((0, 187), Code.DEVICE_BAD_MEDIA),
        ((160, 187), Code.DEVICE_BAD_MEDIA),
        ((20_000, 20_000), Code.DEVICE_TOO_LARGE),
        ((10_000, 10_000), Code.DEVICE_TOO_LARGE),
        ((65_535, 65_535), Code.DEVICE_TOO_LARGE),
    ],
)
def test_a_size_that_is_not_its_own_is_a_typed_fault(size: tuple[int, int], code: Code) -> None:
    with pytest.raises(DeviceError) as fault:
        decode_grey(with_size(*size))
    assert fault.value.code is code


@pytest.mark.parametrize("length", [*range(2, len(TINY) - 2, 41), len(TINY) - 1])
def test_a_file_cut_short_is_a_typed_fault(length: int) -> None:
    with pytest.raises(DeviceError) as fault:
        decode_grey(TINY[:length])
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


def test_a_file_without_its_quantisation_is_a_typed_fault() -> None:
    offset = TINY.index(DQT)
    length = struct.unpack_from(">H", TINY, offset + 2)[0]
    with pytest.raises(DeviceError):
        decode_grey(TINY[:offset] + TINY[offset + 2 + length :])


@given(st.binary(max_size=300))
def test_any_bytes_after_the_start_are_a_typed_fault(content: bytes) -> None:
    with pytest.raises(DeviceError):
        decode_grey(b"\xff\xa0" + content)


def test_bent_files_give_a_picture_or_a_typed_fault() -> None:
    outcomes = fuzz(3000, seed=5)
    assert outcomes["a picture"] > 100
    assert sum(times for outcome, times in outcomes.items() if outcome.startswith("device.")) > 1000


def test_a_record_with_wsq_inside_is_read() -> None:
    record = read_finger_record(record_of(FINGER, 161, 187))
    assert np.array_equal(record.image, decode_grey(FINGER))
    with pytest.raises(DeviceError):
        read_finger_record(record_of(FINGER, 187, 161))


def test_the_file_of_the_standards_body_is_read(shared: Path) -> None:
    folder = shared / "data" / "fingerprint" / "sourceafis_resources"
    finger = read_finger(folder / "wsq-original.wsq")
    assert finger.dpi == 500.0
    assert off(finger.image, grey_of(folder / "wsq-converted.png")) <= 1


def test_records_of_services_hold_the_same_finger_in_both_codes(shared: Path) -> None:
    """JPEG 2000 and WSQ lose differently, so the pictures are alike and not the same."""
    folder = shared / "data" / "fingerprint" / "iso19794_4"
    pairs = [(path, path.with_name(path.name.replace(".iso", ".wsq.iso"))) for path in folder.glob("*.iso")]
    whole = [pair for pair in pairs if pair[1].exists()]
    assert len(whole) == 10
    for first, second in whole:
        record, other = (read_finger_record(path.read_bytes()) for path in (first, second))
        assert (record.dpi, record.position) == (other.dpi, other.position)
        assert np.corrcoef(record.image.ravel(), other.image.ravel())[0, 1] > 0.95
