"""Answers of device services and words of the fingerprint helper, bent in every way: only typed faults may come of
them.

``python -m tests.bench.fuzz_sbi [COUNT [SEED]]`` (a million unless told) prints what came of them; the tests run a few
thousand.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from mlid_desktop.devices.driver_process.messages import MessageSplitter, read_fault
from mlid_desktop.devices.fingerprint.messages import (
    READER_MESSAGES,
    FoundReader,
    ReaderMessageKind,
    image_payload,
    read_image,
    read_reader,
    reader_payload,
)
from mlid_desktop.devices.formats.image_decoding import decode_grey
from mlid_desktop.devices.sbi.preview import decode_picture, split
from mlid_desktop.devices.sbi.requests import FIRST_HASH, SbiRequest
from mlid_desktop.devices.sbi.responses import NoFingerError, read_capture, read_discovery, read_info
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.errors import DeviceError
from tests.contracts.sbi_certificates import encode, make_device
from tests.contracts.sbi_service import IDENTITY, no_error

COUNT = 1_000_000
SEED = 20261123
RECORD = bytes(range(200))
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 70,
    1e308,
    "",
    "\x00",
    "\ud800",
    "é" * 300,
    [],
    {},
    [[[]]],
    "0" * 5000,
    "Finger",
    "2026-01-01",
)
SIGNED_ANEW = 0.1  # the share of bent answers that carry a good signature: signing is what takes the time


class Seeds:
    """One good answer of each kind."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.device = make_device()
        self.anchors = TrustAnchors(self.device.above[-1:])
        self.asked = SbiRequest("0123456789", "Right Thumb", FIRST_HASH, self.now)
        self.identity = dict(IDENTITY)
        self.information: dict[str, Any] = {
            "deviceStatus": "Ready",
            "deviceId": "1",
            "deviceSubId": ["1", "2"],
            "env": "Production",
            "purpose": "Registration",
            "specVersion": ["0.9.5"],
            "digitalId": self.device.sign(self.identity),
        }
        self.data: dict[str, Any] = {
            "digitalId": self.device.sign(self.identity),
            "bioType": "Finger",
            "bioSubType": "Right Thumb",
            "purpose": "Registration",
            "bioValue": encode(RECORD),
            "transactionId": self.asked.transaction,
            "timestamp": self.now.isoformat(),
            "qualityScore": "71",
        }
        self.discovery = [{**self.information, "digitalId": encode(json.dumps(self.identity).encode())}]
        self.info = [{"deviceInfo": self.device.sign(self.information), "error": no_error()}]
        self.capture = {"biometrics": [self.entry(self.data)]}
        (self.found,) = read_info(json.dumps(self.info).encode(), self.anchors, self.now)

    def entry(self, data: Any) -> dict[str, Any]:
        """A finger, signed."""
        linked = hashlib.sha256(bytes.fromhex(FIRST_HASH) + hashlib.sha256(RECORD).digest()).hexdigest()
        return {"specVersion": "0.9.5", "data": self.device.sign(data), "hash": linked, "error": no_error()}


@cache
def seeds() -> Seeds:
    """Made once: keys take a while."""
    return Seeds()


def fuzz(count: int = COUNT, seed: int = SEED) -> Counter[str]:
    """How often each outcome came. Raises whatever is no typed fault, with the number of the input in its notes."""
    outcomes: Counter[str] = Counter()
    targets = (_discovery, _info, _capture, _messages, _preview)
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        target = chance.choice(targets)
        try:
            target(chance)
        except DeviceError as fault:
            outcomes[f"{target.__name__[1:]} {fault.code.value}"] += 1
        except NoFingerError:
            outcomes[f"{target.__name__[1:]} no finger"] += 1
        except Exception as bug:
            bug.add_note(f"input {number} of seed {seed}")
            raise
        else:
            outcomes[f"{target.__name__[1:]} read"] += 1
    return outcomes


def _discovery(chance: random.Random) -> None:
    read_discovery(_bent(seeds().discovery, chance))


def _info(chance: random.Random) -> None:
    known = seeds()
    answer: Any = known.info
    if chance.random() < SIGNED_ANEW:
        bent = _bent_fields(known.information, chance)
        answer = [{"deviceInfo": known.device.sign(bent), "error": no_error()}]
    read_info(_bent(answer, chance), known.anchors, known.now)


def _capture(chance: random.Random) -> None:
    known = seeds()
    answer: Any = known.capture
    if chance.random() < SIGNED_ANEW:
        bent = _bent_fields(known.data, chance)
        answer = {"biometrics": [known.entry(bent)]}
        content = json.dumps(answer).encode()
    else:
        content = _bent(answer, chance)
    captured = read_capture(content, known.asked, known.found, known.anchors, known.now)
    assert captured.record == RECORD, "an image that nobody signed"


def _messages(chance: random.Random) -> None:
    reader = FoundReader("driver", "0", "key", "name", captures=True, virtual=False)
    good = b"".join(
        (
            READER_MESSAGES.pack(ReaderMessageKind.READER, reader_payload(reader)),
            READER_MESSAGES.pack(ReaderMessageKind.IMAGE, image_payload(4, 4, 19.7, bytes(16))),
            READER_MESSAGES.pack(ReaderMessageKind.FAULT, b"device.busy"),
        )
    )
    splitter, bent = MessageSplitter(READER_MESSAGES), _bent_bytes(good, chance)
    readers: dict[ReaderMessageKind, Callable[[bytes], object]] = {
        ReaderMessageKind.READER: read_reader,
        ReaderMessageKind.IMAGE: read_image,
        ReaderMessageKind.FAULT: lambda content: read_fault(content, source="source"),
    }
    half = chance.randrange(len(bent) + 1)
    for piece in (bent[:half], bent[half:]):
        for frame in splitter.feed(piece):
            readers.get(frame.kind, bytes)(frame.untrusted)


def _preview(chance: random.Random) -> None:
    jpeg = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(40)
    good = b"--B\r\nContent-Length:%d\r\n\r\n%s\r\n" % (len(jpeg), jpeg) * 2
    for part in split(iter([_bent_bytes(good, chance)])):
        decode_picture(part, decode_grey)


def _bent(answer: Any, chance: random.Random) -> bytes:
    """The fields of an answer bent, or its bytes, or both."""
    fields = _bent_fields(answer, chance) if chance.random() < 0.7 else answer
    content = json.dumps(fields).encode("utf-8", "surrogatepass")
    return _bent_bytes(content, chance) if chance.random() < 0.5 else content


def _bent_fields(answer: Any, chance: random.Random) -> Any:
    """A copy with one place replaced, dropped, doubled or cut."""
    whole = copy.deepcopy(answer)
    node = whole
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return whole
        key = chance.choice(keys)
        if isinstance(node[key], dict | list) and chance.random() < 0.8:
            node = node[key]
            continue
        _bend_value(node, key, chance)
        return whole


def _bend_value(node: Any, key: Any, chance: random.Random) -> None:
    value = node[key]
    way = chance.randrange(4)
    if way == 0:
        node[key] = copy.deepcopy(chance.choice(ODD))
    elif way == 1:
        del node[key]
    elif way == 2 and isinstance(value, str) and value:
        cut = chance.randrange(len(value))
        node[key] = value[:cut] + chance.choice(("", ".", "A", "=", "\x00")) + value[cut + chance.randrange(3) :]
    else:
        node[key] = [value, value]


def _bent_bytes(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, cut out, put in, or the end cut off."""
    bent = bytearray(content)
    for _ in range(chance.randrange(1, 4)):
        at, way = chance.randrange(len(bent) + 1), chance.randrange(4)
        if way == 0 and at < len(bent):
            bent[at] = chance.randrange(256)
        elif way == 1:
            del bent[at : at + chance.randrange(1, 20)]
        elif way == 2:
            bent[at:at] = chance.randbytes(chance.randrange(1, 20))
        else:
            del bent[at:]
    return bytes(bent)


def main() -> int:
    """Exit code 0; a bug is a traceback that names its input."""
    count, seed = (int(text) for text in [*sys.argv[1:], *map(str, (COUNT, SEED)[len(sys.argv) - 1 :])])
    began = time.monotonic()
    outcomes = fuzz(count, seed)
    for outcome, times in sorted(outcomes.items()):
        print(f"{times:9,}  {outcome}")
    print(f"{count:9,}  inputs, seed {seed}, {time.monotonic() - began:.0f} s, nothing but typed faults")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
