"""Folders as other systems leave them: with locks, thumbnails and halves of files beside people's own pictures."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.recorded.images_and_video import ImageFiles
from mlid_desktop.devices.recorded.sound import list_recordings
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.evaluation.datasets import list_images

OWN = ("1.png", "2.png", "10.png", "²1.png", "३.png")
NOT_OWN = ("._1.png", ".hidden.png", "~$1.png", ".DS_Store", "Thumbs.db", "desktop.ini", "notes.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture = cv2.imencode(".png", np.full((40, 40), 200, np.uint8))[1].tobytes()
    for name in OWN:
        (tmp_path / name).write_bytes(picture)
    for name in NOT_OWN:
        (tmp_path / name).write_bytes(b"\0\5\x16\7 no picture")
    (tmp_path / "@eaDir").mkdir()
    (tmp_path / "@eaDir" / "1.png").write_bytes(b"a thumbnail")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.png")
    return tmp_path


def test_the_pictures_of_a_folder_are_those_that_people_put_there(folder: Path) -> None:
    assert len(list(ImageFiles("dir", folder, Modality.FINGERPRINT).samples())) == len(OWN)
    assert not {path.name for path in list_images(folder)} & set(NOT_OWN)


def test_recordings_too(tmp_path: Path) -> None:
    for name in ("1.wav", "._1.wav", "~$1.wav"):
        (tmp_path / name).touch()
    assert [path.name for path in list_recordings(tmp_path)] == ["1.wav"]


QUARTERS = ("RG", "BW")
UPRIGHT = {
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.transpose(1, 0, 2),
    6: lambda seen: np.rot90(seen, 1),
    7: lambda seen: seen[::-1, ::-1].transpose(1, 0, 2),
    8: lambda seen: np.rot90(seen, -1),
}  # how a camera that notes this orientation has stored what it saw


def oriented(number: int, kind: str) -> bytes:
    """A picture of four colours as a camera or phone stores it, turned or mirrored, with the tag that says so."""
    seen = np.zeros((120, 160, 3), np.uint8)
    seen[:60, :80], seen[:60, 80:], seen[60:, :80], seen[60:, 80:] = (0, 0, 255), (0, 255, 0), (255, 0, 0), 255
    stored = np.ascontiguousarray(UPRIGHT[number](seen))
    exif = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHHI", 0x112, 3, 1, number, 0, 0)
    height, width = stored.shape[:2]
    if kind == "jpg":
        content = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
        segment = b"Exif\0\0" + exif
        return content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]
    if kind == "png":
        content = cv2.imencode(".png", stored)[1].tobytes()
        chunk = b"eXIf" + exif
        return content[:33] + struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]
    if kind == "webp":
        content = cv2.imencode(".webp", stored, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
        size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        head = b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + size
        whole = b"WEBP" + head + content[12:] + b"EXIF" + struct.pack("<I", len(exif)) + exif
        return b"RIFF" + struct.pack("<I", len(whole)) + whole
    tags = [
        *((256, 3, width), (257, 3, height), (258, 3, 8), (259, 3, 1), (262, 3, 2), (273, 4, 146), (274, 3, number)),
        *((277, 3, 3), (278, 3, height), (279, 4, stored.size), (284, 3, 1)),
    ]
    entries = b"".join(struct.pack("<HHII", tag, form, 1, value) for tag, form, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + stored[..., ::-1].tobytes()


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("number", UPRIGHT)
def test_faces_are_upright_and_unmirrored_as_the_camera_noted(tmp_path: Path, number: int, kind: str) -> None:
    (tmp_path / f"face.{kind}").write_bytes(oriented(number, kind))
    (sample,) = ImageFiles("image", tmp_path / f"face.{kind}", Modality.FACE).samples()
    assert isinstance(sample, FrameSample)
    letters = {(0, 0, 1): "R", (0, 1, 0): "G", (1, 0, 0): "B", (1, 1, 1): "W"}
    quarters = [
        "".join(letters[tuple((sample.image[y, x] > 128).astype(int).tolist())] for x in (40, 120)) for y in (30, 90)
    ]
    assert (sample.image.shape[:2], tuple(quarters)) == ((120, 160), QUARTERS)
