"""Network cameras against a real Motion JPEG server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from mlid_desktop.devices.camera.network import NetworkCamera
from mlid_desktop.devices.catalog import parse_address
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FrameSample
from tests.contracts.mjpeg_server import MjpegServer, closed_port
from tests.contracts.pictures import number_of
from tests.contracts.source_contract import SourceContract

NEVER_MS = 60_000  # within which even a busy machine answers
SILENT_MS = 5_000  # where a silence has to be noticed


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    camera = MjpegServer()
    yield camera
    camera.close()


def watching(address: str, read_timeout_ms: int = NEVER_MS) -> NetworkCamera:
    return NetworkCamera(parse_address(address), NEVER_MS, read_timeout_ms)


class TestNetworkCamera(SourceContract):
    kind = SourceKind.RECORDED

    @pytest.fixture
    def make(self, server: MjpegServer) -> Callable[[], Source]:
        return lambda: watching(server.address)

    @pytest.fixture
    def absent(self) -> Source:
        return watching(f"http://127.0.0.1:{closed_port()}/mjpeg")

    def test_a_stream_that_is_not_there_is_not_found_and_its_password_not_told(self) -> None:
        source = watching(f"http://clerk:secret@127.0.0.1:{closed_port()}/mjpeg?token=abc")
        with pytest.raises(DeviceError) as fault:
            next(source.samples())
        assert fault.value.code is Code.DEVICE_NOT_FOUND
        assert "secret" not in str(fault.value)
        assert "abc" not in str(fault.value)
        assert "secret" not in repr(source.identity)

    @pytest.mark.parametrize("fault", ["plugged", "silent"])
    def test_a_pulled_cable_or_a_silence_is_noticed_and_the_stream_comes_back(
        self, server: MjpegServer, fault: str
    ) -> None:
        source = watching(server.address, SILENT_MS)
        items = source.samples()
        next(items)
        setattr(server, fault, fault == "silent")
        lost = next(item for item in items if isinstance(item, DeviceNotice))
        server.plugged, server.silent = True, False
        back, after = next(items), next(items)
        source.close()
        assert list(items) == []
        assert lost.event is DeviceEvent.LOST
        assert isinstance(back, DeviceNotice)
        assert back.event is DeviceEvent.BACK
        assert isinstance(after, FrameSample)
        assert server.viewers >= 2

    def test_whoever_looks_away_sees_the_newest_frame_next(self, server: MjpegServer) -> None:
        source = watching(server.address)
        items = source.samples()
        next(items)
        seen = server.sent
        while server.sent < seen + 40:
            threading.Event().wait(0.05)
        next(items)  # the frame that lay ready when looking began again
        newest = next(items)
        source.close()
        assert isinstance(newest, FrameSample)
        assert number_of(newest.image) > seen + 20

    def test_it_closes_while_the_stream_is_silent(self, server: MjpegServer) -> None:
        source = watching(server.address, SILENT_MS)
        items = source.samples()
        next(items)
        server.silent = True
        threading.Timer(0.1, source.close).start()
        assert all(isinstance(item, FrameSample | DeviceNotice) for item in islice(items, 50))

    def test_a_page_that_is_no_stream_is_a_typed_fault(self) -> None:
        server = MjpegServer()
        server.plugged = False  # answers and hangs up
        try:
            with pytest.raises(DeviceError):
                next(watching(server.address).samples())
        finally:
            server.close()
