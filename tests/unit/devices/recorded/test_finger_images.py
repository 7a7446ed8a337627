"""Stored fingerprints of every format come as grey, dark ridges, at the resolution their file says."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlid_desktop.devices.recorded.finger_images import is_finger_file
from mlid_desktop.devices.recorded.images_and_video import ImageFiles
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import FingerSample
from tests.bench.fuzz_wsq import VECTORS
from tests.finger_records import write_finger_record
from tests.pictures import read_finger

PRINT = cv2.imread(str(VECTORS / "finger.png"), cv2.IMREAD_GRAYSCALE)
assert PRINT is not None
FINGER = np.asarray(PRINT, np.uint8)


def test_a_folder_is_read_whatever_its_files_are(tmp_path: Path) -> None:
    for suffix in ("png", "bmp", "tif", "jp2", "pgm"):
        cv2.imwrite(str(tmp_path / f"1_{suffix}.{suffix}"), FINGER)
    shutil.copy(VECTORS / "finger.wsq", tmp_path / "1_wsq.wsq")
    for suffix in ("fir", "iso"):
        (tmp_path / f"1_{suffix}.{suffix}").write_bytes(write_finger_record(FINGER, 500, 7))
    (tmp_path / "minutiae.iso").write_bytes(b"FMR\0 20\0" + bytes(40))
    samples = list(ImageFiles("dir", tmp_path, Modality.FINGERPRINT).samples())
    assert len(samples) == 8
    for sample in samples:
        assert isinstance(sample, FingerSample)
        assert (sample.image.shape, sample.dpi) == (FINGER.shape, 500.0)
        assert np.abs(sample.image.astype(int) - FINGER).mean() < 8


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders are a POSIX matter")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0.iso")
    (tmp_path / "1.iso").write_bytes(write_finger_record(FINGER, 500, 7))
    assert len(list(ImageFiles("dir", tmp_path, Modality.FINGERPRINT).samples())) == 1


def test_a_minutiae_record_is_no_picture_of_a_finger(tmp_path: Path) -> None:
    path = tmp_path / "minutiae.iso"
    path.write_bytes(b"FMR\0 20\0" + bytes(40))
    assert not is_finger_file(path)
    with pytest.raises(DeviceError) as fault:
        read_finger(path)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


@pytest.mark.parametrize(("over", "under", "exponent", "dpi"), [(39370, 1, 0, 1000), (19685, 1000, 3, 500)])
def test_jpeg_2000_says_its_resolution(tmp_path: Path, over: int, under: int, exponent: int, dpi: float) -> None:
    assert read_finger(jpeg_2000(tmp_path, over, under, exponent)).dpi == pytest.approx(dpi, rel=1e-3)


@pytest.mark.parametrize(("over", "under", "exponent"), [(0, 1, 0), (1, 0, 0), (1, 1, 127), (1, 1, -128)])
def test_a_resolution_that_cannot_be_is_not_believed(tmp_path: Path, over: int, under: int, exponent: int) -> None:
    assert read_finger(jpeg_2000(tmp_path, over, under, exponent)).dpi is None


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_readers_of_more_than_eight_bits_lose_no_contrast(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "finger.png"
    cv2.imwrite(str(path), FINGER.astype(np.uint16) << (bits - 8))
    assert np.array_equal(read_finger(path).image, FINGER)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".bmp"])
@pytest.mark.parametrize("claimed", [1, 72, 5000])
def test_a_screens_or_an_absurd_resolution_is_left_out(tmp_path: Path, suffix: str, claimed: int) -> None:
    path = tmp_path / f"finger{suffix}"
    Image.fromarray(FINGER).save(path, dpi=(claimed, claimed))
    assert read_finger(path).dpi is None


def jpeg_2000(folder: Path, over: int, under: int, exponent: int) -> Path:
    """A file with a capture resolution in its header box."""
    encoded, buffer = cv2.imencode(".jp2", FINGER)
    assert encoded
    whole = buffer.tobytes()
    begin = whole.index(b"jp2h") - 4
    length = int.from_bytes(whole[begin : begin + 4], "big")
    said = struct.pack(">I4sHHHHbb", 18, b"resc", over, under, over, under, exponent, exponent)
    box = struct.pack(">I4s", 8 + len(said), b"res ") + said
    path = folder / "finger.jp2"
    head = struct.pack(">I", length + len(box)) + whole[begin + 4 : begin + length] + box
    path.write_bytes(whole[:begin] + head + whole[begin + length :])
    return path
