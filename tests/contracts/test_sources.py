"""Every adapter under the one contract, and what each does besides."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.camera import Camera, FoundCamera
from mlid_desktop.devices.catalog import SCHEMES, list_devices, open_source
from mlid_desktop.devices.network import NetworkCamera
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, FrameSample, Image, SourceItem
from tests.contracts.source_contract import SourceContract

Make = Callable[[], Source]


def picture(number: int, size: tuple[int, int] = (120, 160)) -> Image:
    """A frame that no other number gives."""
    image = np.full((*size, 3), 90, np.uint8)
    cv2.circle(image, (20 + 7 * number % 100, 60), 15, (200, 220, 40), -1)
    return image


def opened(text: str, modality: Modality = Modality.FACE) -> Source:
    return open_source(SourceAddress.parse(text), modality)


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
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 120))
    for number in range(20):
        writer.write(picture(number))
    writer.release()
    return path


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
        assert np.array_equal(samples[1].image, picture(2))
        assert np.array_equal(samples[11].image, picture(12))

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

    def test_a_video_that_breaks_off_gives_what_it_has(self, clip: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.avi"
        broken.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
        assert 0 < len(list(opened(f"file:{broken}").samples())) < 20

    @pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00" * 4096])
    def test_what_is_no_video_is_a_typed_fault(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "no.mp4"
        path.write_bytes(content)
        with pytest.raises(DeviceError):
            list(opened(f"file:{path}").samples())


class TestSimulatedFinger(SourceContract):
    kind = SourceKind.SIMULATED
    made_of = FingerSample

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:finger?seed=7", Modality.FINGERPRINT)

    @pytest.fixture
    def absent(self) -> None:
        return None


class TestSimulatedFace(SourceContract):
    kind = SourceKind.SIMULATED

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:face?seed=7&fps=0")

    @pytest.fixture
    def absent(self) -> None:
        return None


class Stream:
    """A Motion JPEG server on loopback whose cable can be pulled."""

    def __init__(self) -> None:
        self.plugged = True
        stream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stream.serve(self)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - http.server's name
                """Says nothing."""

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = False
            block_on_close = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/mjpeg"

    def is_unplugged(self) -> bool:
        return not self.plugged

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        if self.is_unplugged():
            return
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        number = 0
        while not self._stop.wait(0.02):
            if self.is_unplugged():
                return
            number += 1
            jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            try:
                request.wfile.write(head + jpeg + b"\r\n")
            except OSError:
                return

    def close(self) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def stream() -> Iterator[Stream]:
    server = Stream()
    yield server
    server.close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestNetworkCamera(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, stream: Stream) -> Make:
        return lambda: NetworkCamera(SourceAddress.parse(stream.address), 2000, 1000)

    @pytest.fixture
    def absent(self) -> Source:
        return NetworkCamera(SourceAddress.parse(f"http://127.0.0.1:{closed_port()}/mjpeg"), 1000, 1000)

    def test_a_pulled_cable_is_noticed_and_the_stream_comes_back(self, stream: Stream) -> None:
        source = NetworkCamera(SourceAddress.parse(stream.address), 2000, 1000)
        items = source.samples()
        next(items)
        stream.plugged = False
        lost = next(item for item in items if isinstance(item, DeviceNotice))
        stream.plugged = True
        back = next(items)
        after = next(items)
        source.close()
        list(islice(items, 3))
        assert lost.event is DeviceEvent.LOST
        assert isinstance(back, DeviceNotice)
        assert back.event is DeviceEvent.BACK
        assert isinstance(after, FrameSample)


class Shelf:
    """Cameras that are plugged in, as the system would list them, and what opening one gives."""

    def __init__(self) -> None:
        self.found: list[FoundCamera] = [FoundCamera(0, "usb-1-1", "Desk camera")]
        self.image: Image | None = picture(1)
        self.busy = False

    def find(self) -> tuple[FoundCamera, ...]:
        return tuple(self.found)

    def open(self, index: int) -> _Capture:
        return _Capture(self, index)


class _Capture:
    """Stands in for cv2.VideoCapture: unplugging cannot be done to a real one here."""

    def __init__(self, shelf: Shelf, index: int) -> None:
        self._shelf = shelf
        camera = next((one for one in shelf.found if one.index == index), None)
        self._key = "" if camera is None or shelf.busy else camera.key

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return bool(self._key)

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.002)
        there = any(one.key == self._key for one in self._shelf.found)
        return there and self._shelf.image is not None, self._shelf.image

    def set(self, _property_id: int, _value: float, /) -> bool:
        return True

    def get(self, _property_id: int, /) -> float:
        return 0.0

    def release(self) -> None:
        """Nothing is held."""


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestCamera(SourceContract):
    kind = SourceKind.LIVE

    @pytest.fixture
    def make(self, shelf: Shelf) -> Make:
        return lambda: Camera(0, shelf.find, shelf.open)

    @pytest.fixture
    def absent(self, shelf: Shelf) -> Source:
        return Camera(3, shelf.find, shelf.open)

    def test_unplugged_and_plugged_in_elsewhere_it_goes_on(self, shelf: Shelf) -> None:
        source = Camera(0, shelf.find, shelf.open)
        items: Iterator[SourceItem] = source.samples()
        next(items)
        camera = shelf.found.pop()
        lost = next(item for item in items if isinstance(item, DeviceNotice))
        shelf.found.append(FoundCamera(2, camera.key, camera.name))
        back, after = next(items), next(items)
        source.close()
        assert lost.event is DeviceEvent.LOST
        assert isinstance(back, DeviceNotice)
        assert isinstance(after, FrameSample)
        assert source.identity.key == "usb-1-1"

    def test_another_camera_does_not_take_its_place(self, shelf: Shelf) -> None:
        source = Camera(0, shelf.find, shelf.open)
        items = source.samples()
        next(items)
        shelf.found[:] = [FoundCamera(0, "usb-9-9", "Somebody else's camera")]
        next(item for item in items if isinstance(item, DeviceNotice))
        threading.Timer(1.5, source.close).start()
        assert list(items) == []

    def test_absent_and_busy_are_told_apart(self, shelf: Shelf) -> None:
        with pytest.raises(DeviceError) as fault:
            next(Camera(5, shelf.find, shelf.open).samples())
        assert fault.value.code is Code.DEVICE_NOT_FOUND
        shelf.busy = True
        with pytest.raises(DeviceError) as fault:
            next(Camera(0, shelf.find, shelf.open).samples())
        assert fault.value.code is Code.DEVICE_BUSY

    def test_a_camera_that_shows_nothing_but_black_is_a_fault(self, shelf: Shelf) -> None:
        shelf.image = np.zeros((120, 160, 3), np.uint8)
        with pytest.raises(DeviceError) as fault:
            list(islice(Camera(0, shelf.find, shelf.open).samples(), 500))
        assert fault.value.code is Code.DEVICE_STALLED


def test_every_scheme_of_the_table_has_an_opener_that_touches_nothing() -> None:
    examples = {
        "camera": "camera:7",
        "rtsp": "rtsp://127.0.0.1/x",
        "rtsps": "rtsps://127.0.0.1/x",
        "http": "http://127.0.0.1/x",
        "https": "https://127.0.0.1/x",
        "image": "image:nothing.png",
        "dir": "dir:nothing",
        "file": "file:nothing.mp4",
        "simulated": "simulated:face?seed=1",
    }
    assert set(examples) == set(SCHEMES)
    for text in examples.values():
        opened(text)


def test_a_camera_reads_no_fingers_and_a_reader_sees_no_faces() -> None:
    for text, modality in (("camera:0", Modality.FINGERPRINT), ("simulated:finger?seed=1", Modality.FACE)):
        with pytest.raises(DeviceError) as fault:
            opened(text, modality)
        assert fault.value.code is Code.DEVICE_NOT_ALLOWED


def test_the_simulated_devices_are_always_listed() -> None:
    assert {str(one.address) for one in list_devices()} >= {"simulated:face?seed=7", "simulated:finger?seed=7"}
