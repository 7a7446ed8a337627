"""The decoding helper: bounded, replaced when it fails, gone with whoever started it; and the same pictures as ever."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.decoding import messages
from mlid_desktop.devices.decoding.decoder import DECODER_PROGRAM, PictureDecoder
from mlid_desktop.devices.formats.headers.structure import require_consistent
from mlid_desktop.devices.formats.image_decoding import decode_colour, decode_grey
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from tests.bench import costly_pictures, fuzz_pictures
from tests.finger_records import write_finger_record
from tests.pictures import opened

RAMP = np.tile(np.arange(96, dtype=np.uint8), (64, 1))
GOOD = cv2.imencode(".png", RAMP)[1].tobytes()
TWO_FRAMES = b"\xff\xd8" + 2 * b"\xff\xc0\x00\x0b\x08\x00\x40\x00\x40\x01\x01\x11\x00"
WSQ_BLOCK = b"\xff\xa0\xff\xa3\x00\x03\x00"
TIFF_SIDES = b"".join(struct.pack("<HHII", tag, 4, 1, 8192) for tag in (256, 257))
TIFF_OF_BYTES = (
    struct.pack("<4sIH", b"II*\x00", 8, 502) + TIFF_SIDES + 500 * struct.pack("<HHII", 273, 1, 15_000_000, 8)
)
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def decoder() -> Iterator[PictureDecoder]:
    with PictureDecoder() as opened:
        yield opened


def _always(command: Sequence[str], _: Sequence[str]) -> Sequence[str]:
    return command


def helper_of(decoder: PictureDecoder) -> int | None:
    return decoder.helper_number


def fault_of(decoder: PictureDecoder, content: bytes) -> DeviceError:
    with pytest.raises(DeviceError) as fault:
        decoder.colour(content)
    return fault.value


def standing_in(body: str) -> PictureDecoder:
    """A decoder whose helper is this program, after it has said that it is ready."""
    ready = messages.DECODER_MESSAGES.pack(messages.DecoderMessageKind.READY)
    program = f"import os, sys, time\nos.write(1, {ready!r})\nos.read(0, 1 << 20)\n{body}"
    return PictureDecoder(partial(_always, (sys.executable, "-I", "-c", program)))


def test_the_helper_gives_what_the_decoders_give(decoder: PictureDecoder) -> None:
    assert np.array_equal(decoder.colour(GOOD), decode_colour(GOOD))
    assert np.array_equal(decoder.grey(GOOD), decode_grey(GOOD))
    image, dpi = decoder.record(write_finger_record(RAMP, 500, 7))
    assert np.array_equal(image, RAMP)
    assert dpi == 500
    assert decoder.finger(GOOD, 480)[1] == 480
    assert decoder.finger(GOOD)[1] is None
    assert decoder.colour(GOOD).flags.writeable


def test_one_helper_serves_many_pictures_and_ends_with_its_decoder(decoder: PictureDecoder) -> None:
    decoder.grey(GOOD)
    first = helper_of(decoder)
    for _ in range(20):
        decoder.grey(GOOD)
    assert first is not None
    assert helper_of(decoder) == first
    decoder.close()
    assert helper_of(decoder) is None
    assert np.array_equal(decoder.grey(GOOD), RAMP)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_helper_that_was_killed_is_replaced(decoder: PictureDecoder) -> None:
    decoder.grey(GOOD)
    number = helper_of(decoder)
    assert number is not None
    os.kill(number, signal.SIGKILL)
    while helper_of(decoder) is not None:
        time.sleep(0.01)
    assert np.array_equal(decoder.grey(GOOD), RAMP)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("os.abort()", Code.DEVICE_BAD_MEDIA),
        ("os._exit(1)", Code.DEVICE_BAD_MEDIA),
        ("os._exit(0)", Code.DEVICE_BAD_MEDIA),
        ("os._exit(70)", Code.DEVICE_TOO_COSTLY),
        ("os.write(1, b'nonsense, and more of it')", Code.DEVICE_BAD_MEDIA),
        ("os.write(1, b'MLDC\\x06\\xff\\xff\\xff\\xff')", Code.DEVICE_BAD_MEDIA),
        ("os.write(1, b'MLDC\\x07\\x02\\x00\\x00\\x00[]')", Code.DEVICE_BAD_MEDIA),
        ("os.write(1, b'MLDC\\x06\\x15\\x00\\x00\\x00' + bytes(21))", Code.DEVICE_BAD_MEDIA),
        ("time.sleep(600)", Code.DEVICE_TOO_COSTLY),
    ],
)
def test_whatever_a_helper_does_is_a_typed_fault_in_time(body: str, code: Code) -> None:
    with standing_in(body) as decoder:
        begun = time.monotonic()
        assert fault_of(decoder, GOOD).code is code
        assert time.monotonic() - begun < 60
        assert helper_of(decoder) is None


def test_a_helper_that_cannot_be_started_says_so() -> None:
    for absent in (["/nowhere/at/all"], [sys.executable, "-c", "pass"]):
        assert fault_of(PictureDecoder(partial(_always, absent)), GOOD).code is Code.DEVICE_DRIVER_MISSING


def test_a_picture_that_hangs_is_named_and_the_next_one_goes_on(tmp_path: Path) -> None:
    for number in (1, 3):
        (tmp_path / f"{number}.png").write_bytes(GOOD)
    (tmp_path / "2.png").write_bytes(costly_pictures.png(8192, 8192, 16, 6))
    with pytest.raises(DeviceError) as fault:
        list(opened(f"dir:{tmp_path}").samples())
    assert fault.value.facts["file"] == "2.png"
    assert fault.value.code is Code.DEVICE_TOO_COSTLY
    assert len(list(opened(f"image:{tmp_path / '3.png'}", Modality.FINGERPRINT).samples())) == 1


def test_other_threads_go_on_while_a_picture_is_decoded() -> None:
    ticks = []
    with standing_in("time.sleep(600)") as decoder:
        working = threading.Thread(target=lambda: fault_of(decoder, GOOD))
        working.start()
        while working.is_alive():
            time.sleep(0.05)
            ticks.append(time.monotonic())
    assert len(ticks) > 5


@LINUX
def test_the_helper_dies_with_the_program_that_started_it() -> None:
    program = (
        "import os\nfrom mlid_desktop.devices.decoding.decoder import PictureDecoder\n"
        f"d = PictureDecoder()\nd.grey({GOOD!r})\nprint(d.helper_number, flush=True)\nos.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    helper = int(run.stdout)
    give_up = time.monotonic() + 60
    while Path(f"/proc/{helper}").exists() and time.monotonic() < give_up:
        if ") Z " in Path(f"/proc/{helper}/stat").read_text():  # nobody here collects it
            break
        time.sleep(0.05)
    assert time.monotonic() < give_up


@LINUX
def test_the_helper_can_open_nothing(decoder: PictureDecoder) -> None:
    decoder.grey(GOOD)
    limits = Path(f"/proc/{helper_of(decoder)}/limits").read_text()
    for name in ("Max open files", "Max processes", "Max file size", "Max core file size"):
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line[len(name) :].split()[:2] == ["0", "0"], line
    space = next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert "unlimited" not in space


def test_a_frozen_program_starts_itself_with_the_hidden_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert DECODER_PROGRAM.command(()) == (sys.executable, messages.HIDDEN_VERB)
    monkeypatch.delattr(sys, "frozen")
    for program in ("mlid_desktop.cli.main", "mlid_desktop.gui.window.app"):
        words = [sys.executable, "-m", program, messages.HIDDEN_VERB]
        run = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert run.returncode == 0
        assert run.stdout == messages.DECODER_MESSAGES.pack(messages.DecoderMessageKind.READY)


WORST = {"empty 8192x8192", "16 6 0", "zTXt", "scans", "opacity", "one strip 16 4", "claims 3000x3000", "blanks"}


@LINUX
def test_what_asks_for_the_most_stays_within_its_bounds() -> None:
    cost = fuzz_pictures.Cost()
    for _, name, make in costly_pictures.made():
        if name in WORST:
            measuring = fuzz_pictures.MeasuringDecoder()
            measuring.measure(name, make(), cost)
            measuring.decoder.close()
    assert cost.inputs >= len(WORST)
    assert cost.most_bytes <= messages.MEMORY_BYTES
    assert cost.longest_s < 30  # the bench holds it to two seconds, on a machine that does nothing else


def test_bent_files_give_pictures_or_typed_faults() -> None:
    measuring = fuzz_pictures.MeasuringDecoder()
    cost = fuzz_pictures.Cost()
    for _, name, content in fuzz_pictures.bent(110, fuzz_pictures.SEED):
        measuring.measure(name, content, cost)
    measuring.decoder.close()
    assert cost.inputs == 110


def test_every_ordinary_file_is_consistent() -> None:
    for content in fuzz_pictures.honest().values():
        require_consistent(content)


@given(st.binary(max_size=600), st.sampled_from([picture[:48] for picture in fuzz_pictures.honest().values()]))
def test_looking_over_bytes_never_fails_otherwise(untrusted: bytes, start: bytes) -> None:
    try:
        require_consistent(start + untrusted)
    except DeviceError as fault:
        refused = fault.code
        assert refused in {Code.DEVICE_BAD_MEDIA, Code.DEVICE_TOO_LARGE, Code.DEVICE_KIND_NOT_READ}


@pytest.mark.parametrize(
    "content",
    [
        b"P5" + b" " * 1_000_000 + b"x",
        b"P6" + b"# \n" * 300_000,
        b"\xff\xd8" + b"\xff" * 1_000_000,
        b"\xff\xd8" + b"\xff\xd0" * 500_000,
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 250_000,
        b"RIFF\xff\xff\x0f\x00WEBPVP8X" + bytes(1_000_000),
        b"\x89PNG\r\n\x1a\n" + costly_pictures.chunk(b"tEXt", b"") * 80_000,
        b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x11\x01\x04\x00\xff\xff\x00\x00\x08\x00\x00\x00" * 80_000,
        TWO_FRAMES + b"\xff\xda\x00\x02" + b"\xff" * 1_000_000 + b"\x00",
        WSQ_BLOCK + b"\xff" * 1_000_000 + b"\x00",
        TIFF_OF_BYTES + bytes(16_000_000),
    ],
)
def test_looking_over_a_megabyte_takes_no_time(content: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(DeviceError):
        require_consistent(content)
    assert time.process_time() - begun < 1.0
