"""A helper process that lies, hangs, dies or floods: what a broken or a hostile driver could make of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from mlid_desktop.devices.driver_process.messages import HEADER, MAX_NAME_LENGTH, MessageSplitter
from mlid_desktop.devices.fingerprint import messages as wire
from mlid_desktop.devices.fingerprint.libfprint import usb_key
from mlid_desktop.devices.fingerprint.messages import READER_MESSAGES, FoundReader, reader_payload
from mlid_desktop.devices.fingerprint.messages import ReaderMessageKind as Kind
from mlid_desktop.devices.fingerprint.process import READER_PROGRAM, find_readers
from mlid_desktop.devices.fingerprint.reader import FingerprintReader, ReaderTimeouts, credible_dpi
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, SourceItem

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libfprint is Linux's")

packed = READER_MESSAGES.pack
AT_ONCE = ReaderTimeouts(opening=60.0, silent=60.0, reopen_first=0.02, reopen_most=0.05)
SHORT = replace(AT_ONCE, opening=3.0, silent=0.5)  # where the time has to run out
DESK = FoundReader("uru4000", "0", "05ba:000a:{S}@1-1", "Desk reader", captures=True, virtual=False)
LISTED = packed(Kind.READER, reader_payload(DESK)) + packed(Kind.LISTED)
READY = packed(Kind.READY)
WHOLE = packed(Kind.IMAGE, wire.image_payload(8, 4, 0.0, bytes(range(32))))


class Script:
    """A helper that says these bytes, then does what the test wants."""

    def __init__(self, folder: Path, listed: bytes = LISTED, said: bytes = b"", then: str = "") -> None:
        self._program = folder / "helper.py"
        lines = (
            "import os, signal, sys, time",
            "say = lambda content: os.write(1, content)",
            f"if sys.argv[1] == 'list': say({listed!r}); sys.exit()",
            f"say({said!r})",
            then,
        )
        self._program.write_text("\n".join(lines))

    def command(self, words: Sequence[str]) -> Sequence[str]:
        return (sys.executable, "-I", str(self._program), *words)

    def reader(self, patience: ReaderTimeouts = AT_ONCE) -> FingerprintReader:
        return FingerprintReader("0", command=self.command, patience=patience)


def outcome(source: FingerprintReader, most: int = 50) -> list[SourceItem | Code]:
    """What came, and the code of what ended it."""
    found: list[SourceItem | Code] = []
    try:
        found.extend(islice(source.samples(), most))
    except DeviceError as fault:
        found.append(fault.code)
    finally:
        source.close()
    return found


@pytest.mark.parametrize(
    ("said", "then", "code"),
    [
        (b"", "", Code.DEVICE_LOST),
        (b"", "os.kill(os.getpid(), signal.SIGSEGV)", Code.DEVICE_LOST),
        (b"", "time.sleep(60)", Code.DEVICE_STALLED),
        (READY, "time.sleep(60)", Code.DEVICE_STALLED),
        (READY + WHOLE[:20], "time.sleep(60)", Code.DEVICE_STALLED),
        (READY + b"no frame at all", "", Code.DEVICE_BAD_ANSWER),
        (READY + HEADER.pack(READER_MESSAGES.magic, 99, 0), "", Code.DEVICE_BAD_ANSWER),
        (READY + HEADER.pack(READER_MESSAGES.magic, Kind.IMAGE, 0xFFFF_FFFF), "", Code.DEVICE_BAD_ANSWER),
        (READY + HEADER.pack(READER_MESSAGES.magic, Kind.ALIVE, 1), "", Code.DEVICE_BAD_ANSWER),
        (READY, "while True: say(bytes(65536))", Code.DEVICE_BAD_ANSWER),
        (
            READY + packed(Kind.IMAGE, wire.image_payload(8, 5, 0.0, bytes(32))),
            "",
            Code.DEVICE_BAD_ANSWER,
        ),
        (
            READY + packed(Kind.IMAGE, wire.image_payload(0, 0, 0.0, b"")),
            "",
            Code.DEVICE_BAD_ANSWER,
        ),
        (READY + packed(Kind.IMAGE, b"short"), "", Code.DEVICE_BAD_ANSWER),
        (READY + packed(Kind.FINGER), "", Code.DEVICE_BAD_ANSWER),
        (READY + packed(Kind.LISTED), "", Code.DEVICE_BAD_ANSWER),
        (packed(Kind.FAULT, b"device.busy"), "", Code.DEVICE_BUSY),
        (packed(Kind.FAULT, b"device.denied"), "", Code.DEVICE_DENIED),
        (packed(Kind.FAULT, b"vault.locked"), "", Code.DEVICE_BAD_ANSWER),
        (packed(Kind.FAULT, b"\xff"), "", Code.DEVICE_BAD_ANSWER),
    ],
)
def test_whatever_a_helper_does_is_a_typed_fault(tmp_path: Path, said: bytes, then: str, code: Code) -> None:
    patience = SHORT if code is Code.DEVICE_STALLED else AT_ONCE
    assert outcome(Script(tmp_path, said=said, then=then).reader(patience))[-1] is code


def test_a_driver_that_says_more_than_any_hand_can_do_is_broken(tmp_path: Path) -> None:
    flood = "while True: say(" + repr(packed(Kind.FINGER, b"\x01") + packed(Kind.FINGER, b"\x02")) + ")"
    assert outcome(Script(tmp_path, said=READY, then=flood).reader(), most=10_000)[-1] is Code.DEVICE_BAD_ANSWER


def test_an_image_in_pieces_is_put_together(tmp_path: Path) -> None:
    pieces = [WHOLE[at : at + 7] for at in range(0, len(WHOLE), 7)]
    then = f"for piece in {pieces!r}: say(piece); time.sleep(0.02)\ntime.sleep(60)"
    first = outcome(Script(tmp_path, said=READY, then=then).reader(), most=1)[0]
    assert isinstance(first, FingerSample)
    assert first.image.tobytes() == bytes(range(32))


def test_a_helper_that_dies_again_and_again_is_lost_once(tmp_path: Path) -> None:
    source = Script(tmp_path, said=READY + WHOLE, then="os.kill(os.getpid(), signal.SIGKILL)").reader()
    events = [item.event for item in outcome(source, most=8) if isinstance(item, DeviceNotice)]
    assert events[:3] == [DeviceEvent.LOST, DeviceEvent.BACK, DeviceEvent.LOST]


def test_a_reader_that_is_away_is_waited_for_whatever_stands_in_its_way(tmp_path: Path) -> None:
    turns = tmp_path / "turns"
    program = (
        f"open({str(turns)!r}, 'ab').write(b'.')"
        f"\nturn = os.path.getsize({str(turns)!r})"
        f"\nsay({packed(Kind.FAULT, b'device.not_found')!r} if turn == 2 else"
        f" {packed(Kind.FAULT, b'device.denied')!r} if turn == 3 else {READY + WHOLE!r})"
        f"\nif turn > 3: time.sleep(60)"
    )
    found = outcome(Script(tmp_path, then=program).reader(), most=4)
    events = [item.event if isinstance(item, DeviceNotice) else type(item).__name__ for item in found]
    assert events == ["FingerSample", DeviceEvent.LOST, DeviceEvent.BACK, "FingerSample"]


def test_a_reader_that_compares_inside_itself_is_named_as_unusable(tmp_path: Path) -> None:
    inside = FoundReader("synaptics", "0", "06cb:00bd:1@1-2", "Inside reader", captures=False, virtual=False)
    listed = packed(Kind.READER, reader_payload(inside)) + packed(Kind.LISTED)
    with pytest.raises(DeviceError) as fault:
        next(Script(tmp_path, listed=listed).reader().samples())
    assert (fault.value.code, fault.value.facts["source"]) == (Code.DEVICE_NO_IMAGE, "Inside reader")


def test_a_real_reader_is_live_until_the_station_says_otherwise(tmp_path: Path) -> None:
    source = Script(tmp_path).reader()
    assert source.kind is SourceKind.LIVE
    assert source.identity.key == DESK.key


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        (b"", Code.DEVICE_FAILED),
        (packed(Kind.FAULT, b"device.driver_missing"), Code.DEVICE_DRIVER_MISSING),
        (packed(Kind.READER, b"{}"), Code.DEVICE_BAD_ANSWER),
        (packed(Kind.READER, b"[" * 4000), Code.DEVICE_BAD_ANSWER),
        (packed(Kind.READER, b'["", "", "", "", true, true, true]'), Code.DEVICE_BAD_ANSWER),
        (packed(Kind.READER, reader_payload(DESK)) * 100, Code.DEVICE_BAD_ANSWER),
        (WHOLE, Code.DEVICE_BAD_ANSWER),
    ],
)
def test_a_list_that_is_none_is_a_typed_fault(tmp_path: Path, listed: bytes, code: Code) -> None:
    with pytest.raises(DeviceError) as fault:
        find_readers(command=Script(tmp_path, listed=listed).command, patience_s=60.0)
    assert fault.value.code is code


def test_a_helper_that_cannot_be_started_is_a_missing_driver() -> None:
    with pytest.raises(DeviceError) as fault:
        find_readers(command=lambda _: ["/nowhere/at/all"])
    assert fault.value.code is Code.DEVICE_DRIVER_MISSING


def test_names_of_devices_cannot_write_on_the_screen() -> None:
    hostile = FoundReader("driver", "0", "key", "\x1b[2J\n" + "Reader" * 100, captures=True, virtual=False)
    assert wire.read_reader(reader_payload(hostile)).name.startswith("[2JReader")
    assert len(wire.read_reader(reader_payload(hostile)).name) == MAX_NAME_LENGTH


def test_a_frozen_program_is_its_own_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    assert READER_PROGRAM.command(["list"])[1:3] == ("-I", "-m")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert READER_PROGRAM.command(["list"]) == (sys.executable, wire.HIDDEN_VERB, "list")


def test_either_program_can_be_the_helper() -> None:
    for program in ("mlid_desktop.cli.main", "mlid_desktop.gui.window.app"):
        words = [sys.executable, "-m", program, wire.HIDDEN_VERB, "list"]
        said = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout
        assert MessageSplitter(READER_MESSAGES).feed(said)[-1].kind in {
            Kind.LISTED,
            Kind.FAULT,
        }


@pytest.mark.parametrize(
    ("per_mm", "dpi"), [(0.0, 500), (19.685, 500), (39.37, 1000), (2.0, 500), (150.0, 500), (-1.0, 500)]
)
def test_the_resolution_is_what_the_driver_knows_where_it_can_be_true(per_mm: float, dpi: int) -> None:
    assert round(credible_dpi(per_mm)) == dpi


def test_a_usb_reader_is_known_by_model_serial_number_and_socket(tmp_path: Path) -> None:
    device = tmp_path / "1-2.3"
    device.mkdir()
    for name, value in (("busnum", 1), ("devnum", 9), ("idVendor", "05ba"), ("idProduct", "000a"), ("serial", "{X}")):
        (device / name).write_text(f"{value}\n")
    (tmp_path / "usb1").mkdir()
    assert usb_key(tmp_path, 1, 9) == "05ba:000a:{X}@1-2.3"
    assert usb_key(tmp_path, 2, 9) == "usb:2:9"
