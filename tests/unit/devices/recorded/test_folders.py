"""Folders as other systems leave them: with locks, thumbnails and halves of files beside people's own pictures."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.recorded.images_and_video import ImageFiles
from mlid_desktop.devices.recorded.sound import list_recordings
from mlid_desktop.domain.characteristics import Modality
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
