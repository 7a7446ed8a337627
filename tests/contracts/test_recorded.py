"""Recordings: single images, folders of images, videos."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FingerSample, FrameSample
from tests.contracts.pictures import number_of, picture
from tests.contracts.source_contract import SourceContract
from tests.pictures import opened

Make = Callable[[], Source]
FRAMES = 20


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A folder of pictures whose natural order is not their alphabetical one."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(1, 13):
        cv2.imwrite(str(folder / f"frame{number}.png"), picture(number))
    (folder / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A short video."""
    return written(tmp_path / "clip.avi", "MJPG")


def written(path: Path, codec: str) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 25, (160, 120))
    for number in range(FRAMES):
        writer.write(picture(number))
    writer.release()
    return path


def seen(source: Source) -> tuple[int, DeviceError | None]:
    """How many samples came, and what ended them."""
    count = 0
    try:
        for _ in source.samples():
            count += 1
    except DeviceError as fault:
        return count, fault
    return count, None


class TestImageFolder(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, frames: Path) -> Make:
        return lambda: opened(f"dir:{frames}")

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Source:
        return opened(f"dir:{tmp_path / 'nowhere'}")

    def test_pictures_come_in_natural_order(self, frames: Path) -> None:
        samples = [item for item in opened(f"dir:{frames}").samples() if isinstance(item, FrameSample)]
        assert len(samples) == 12
        assert number_of(samples[1].image) == 2
        assert number_of(samples[11].image) == 12
        assert np.array_equal(samples[11].image, picture(12))

    def test_a_damaged_picture_is_named_by_its_place(self, frames: Path) -> None:
        (frames / "frame3.png").write_bytes(b"damaged")
        count, fault = seen(opened(f"dir:{frames}"))
        assert count == 2
        assert fault is not None
        assert fault.code is Code.DEVICE_BAD_MEDIA
        assert fault.facts["picture"] == 3

    def test_a_folder_without_pictures_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(DeviceError) as fault:
            list(opened(f"dir:{tmp_path}").samples())
        assert fault.value.code is Code.DEVICE_NO_SAMPLES


class TestFingerImages(SourceContract):
    kind = SourceKind.RECORDED
    made_of = FingerSample

    @pytest.fixture
    def make(self, frames: Path) -> Make:
        return lambda: opened(f"dir:{frames}?dpi=512", Modality.FINGERPRINT)

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Source:
        return opened(f"image:{tmp_path / 'nothing.png'}", Modality.FINGERPRINT)

    @pytest.mark.parametrize(
        ("stated", "asked", "expected"), [(1000, "", 1000), (1000, "?dpi=512", 512), (96, "", 500), (None, "", 500)]
    )
    def test_the_resolution_is_what_was_asked_or_what_the_file_says_or_500(
        self, tmp_path: Path, stated: int | None, asked: str, expected: int
    ) -> None:
        path = tmp_path / "finger.png"
        Image.fromarray(np.full((40, 30), 128, np.uint8)).save(path, dpi=None if stated is None else (stated, stated))
        (sample,) = opened(f"image:{path}{asked}", Modality.FINGERPRINT).samples()
        assert isinstance(sample, FingerSample)
        assert sample.dpi == pytest.approx(expected, rel=1e-3)


class TestSingleImage(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, frames: Path) -> Make:
        return lambda: opened(f"image:{frames / 'frame1.png'}")

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Source:
        return opened(f"image:{tmp_path / 'nothing.png'}")


class TestVideoFile(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, clip: Path) -> Make:
        return lambda: opened(f"file:{clip}")

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Source:
        return opened(f"file:{tmp_path / 'nothing.mp4'}")

    def test_every_frame_or_every_nth(self, clip: Path) -> None:
        assert len(list(opened(f"file:{clip}").samples())) == 20
        assert len(list(opened(f"file:{clip}?step=5").samples())) == 4

    @pytest.mark.parametrize(("suffix", "codec"), [(".avi", "MJPG"), (".mkv", "MJPG"), (".webm", "VP80")])
    def test_a_video_that_breaks_off_gives_what_it_has_and_says_so(
        self, tmp_path: Path, suffix: str, codec: str
    ) -> None:
        whole = written(tmp_path / f"whole{suffix}", codec)
        broken = tmp_path / f"broken{suffix}"
        broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        assert seen(opened(f"file:{whole}")) == (FRAMES, None)
        count, fault = seen(opened(f"file:{broken}"))
        assert 0 < count < FRAMES
        assert fault is not None
        assert fault.code is Code.DEVICE_BAD_MEDIA
        assert fault.facts["frames"] == count

    def test_a_video_whose_index_is_cut_off_is_a_typed_fault(self, tmp_path: Path) -> None:
        whole = written(tmp_path / "whole.mp4", "mp4v")
        broken = tmp_path / "broken.mp4"
        broken.write_bytes(whole.read_bytes()[:-200])
        count, fault = seen(opened(f"file:{broken}"))
        assert count == 0
        assert fault is not None
        assert fault.code is Code.DEVICE_BAD_MEDIA

    def test_a_video_without_frames_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.avi"
        cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 120)).release()
        count, fault = seen(opened(f"file:{path}"))
        assert count == 0
        assert fault is not None
        assert fault.code in {Code.DEVICE_NO_SAMPLES, Code.DEVICE_BAD_MEDIA}

    @pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00" * 4096])
    def test_what_is_no_video_is_a_typed_fault(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "no.mp4"
        path.write_bytes(content)
        count, fault = seen(opened(f"file:{path}"))
        assert count == 0
        assert fault is not None
        assert fault.code is Code.DEVICE_BAD_MEDIA

    def test_a_list_of_streams_is_not_followed(self, tmp_path: Path) -> None:
        path = tmp_path / "list.m3u8"
        path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/clip.ts\n#EXT-X-ENDLIST\n")
        assert seen(opened(f"file:{path}"))[1] is not None

    def test_a_video_that_is_fed_by_a_program_is_refused(self, tmp_path: Path) -> None:
        if sys.platform == "win32":
            pytest.skip("Windows has no such files")
        import os

        os.mkfifo(tmp_path / "pipe.mp4")
        assert seen(opened(f"file:{tmp_path / 'pipe.mp4'}"))[1] is not None
