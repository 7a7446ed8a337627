"""A helper that is ready for a stream is bounded like any other, knows no address, and serves one stream."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.camera.decoded_stream import DecodedStream
from mlid_desktop.devices.catalog import parse_address, prepare_sources
from mlid_desktop.devices.decoding.media import MediaDecoder
from mlid_desktop.devices.decoding.media_messages import STREAM
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from tests.contracts.mjpeg_server import MjpegServer

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
PATIENCE_S = 60.0
OPENING_MS, READING_MS = 5000, 3000


@pytest.fixture
def ready() -> Iterator[ReadyStreams]:
    streams = ReadyStreams()
    yield streams
    streams.keep(wanted=False)
    until(lambda: streams.helper_number is None)


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    running = MjpegServer()
    yield running
    running.close()


def until(holds: object) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():  # type: ignore[operator] # a function without arguments
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def helper_of(streams: ReadyStreams) -> int:
    streams.keep(wanted=True)
    until(lambda: streams.helper_number is not None)
    number = streams.helper_number
    assert number is not None
    return number


def opened(address: str, streams: ReadyStreams) -> DecodedStream:
    parsed: SourceAddress = parse_address(address)
    return DecodedStream(parsed, OPENING_MS, READING_MS, streams)


def test_the_stream_takes_the_helper_that_is_ready_and_the_next_one_gets_another(
    ready: ReadyStreams, server: MjpegServer
) -> None:
    first = helper_of(ready)
    stream = opened(server.address, ready)
    assert stream._decoder.helper_number == first
    assert ready.helper_number is None
    read, image = stream.read()
    assert read
    assert isinstance(image, np.ndarray)
    stream.release()
    until(lambda: ready.helper_number is not None)
    assert ready.helper_number != first


def test_nothing_is_connected_to_before_a_stream_is_opened(ready: ReadyStreams, server: MjpegServer) -> None:
    prepare_sources((server.address,), ready)
    until(lambda: ready.helper_number is not None)
    assert server.viewers == 0
    assert server.sent == 0


@LINUX
def test_it_is_bounded_as_one_that_a_stream_starts_by_itself(ready: ReadyStreams) -> None:
    usual = MediaDecoder(lambda _: [sys.executable, "-I", "-m", "mlid_desktop.devices.decoding.media_main", STREAM])
    usual.make_ready()
    try:
        kept, started = (Path("/proc") / str(number) for number in (helper_of(ready), usual.helper_number))
        for what in ("limits", "environ", "cmdline"):
            assert _comparable(kept / what) == _comparable(started / what)
        sockets = [link for link in (kept / "fd").iterdir() if "socket:" in str(link.readlink())]
        assert sockets == []
    finally:
        usual.close()


def _comparable(path: Path) -> list[bytes]:
    """What the system says, without the exact number of bytes, which differs by what libraries happened to map."""
    lines = path.read_bytes().splitlines()
    assert not any(line.startswith(b"Max address space") and b"unlimited" in line for line in lines)
    return [line for line in lines if not line.startswith(b"Max address space")]


def test_none_is_kept_where_none_is_wanted_any_more(ready: ReadyStreams, server: MjpegServer) -> None:
    helper_of(ready)
    prepare_sources(("simulated:finger?seed=1", "no address at all"), ready)
    until(lambda: ready.helper_number is None)
    stream = opened(server.address, ready)
    stream.release()
    time.sleep(0.3)
    assert ready.helper_number is None, "nor is one started after a stream that was open meanwhile"


def test_a_helper_that_is_told_to_go_while_it_starts_does_not_stay(ready: ReadyStreams) -> None:
    ready.keep(wanted=True)
    ready.keep(wanted=False)
    until(lambda: not ready._lock.locked())
    until(lambda: ready.helper_number is None)


def test_a_helper_that_was_killed_while_it_waited_is_started_anew_by_the_stream(
    ready: ReadyStreams, server: MjpegServer
) -> None:
    helper_of(ready)
    spare = ready._spare
    assert spare is not None
    spare._helper.running().kill()
    until(lambda: ready.helper_number is None)
    stream = opened(server.address, ready)
    assert stream.read()[0]
    stream.release()


def test_without_a_program_the_stream_says_so(server: MjpegServer) -> None:
    nothing = ReadyStreams(lambda _: ["/nowhere/at/all"])
    nothing.keep(wanted=True)
    until(lambda: not nothing._lock.locked())
    assert nothing.helper_number is None
    nothing.keep(wanted=False)
