"""WSQ files and finger image records, bent in every way: only typed faults, or a picture, may come of them.

``python -m tests.bench.fuzz_wsq [COUNT [SEED]]`` (a million unless told) prints what came of them; the tests run a few
thousand.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.formats.headers.finger_record import HEADER_2011, IMAGE_2011, REPRESENTATION_2011
from mlid_desktop.devices.formats.headers.resolution import resolutions
from mlid_desktop.devices.formats.image_decoding import decode_grey
from mlid_desktop.devices.formats.iso19794_4 import read_finger_record
from mlid_desktop.domain.errors import DeviceError
from tests.finger_records import write_finger_record as written

COUNT = 1_000_000
SEED = 20261124
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "wsq"
WSQ = 2  # the record's compression byte
WHOLE = 0.02  # share of the inputs made from the larger file: it takes ten times as long
HEAD = 400  # bytes in which most of the structure lies


@cache
def seeds() -> tuple[bytes, bytes, bytes]:
    """A tiny file, a finger, and a record with the tiny file inside."""
    tiny, finger = ((VECTORS / name).read_bytes() for name in ("tiny.wsq", "finger.wsq"))
    return tiny, finger, record_of(tiny, 47, 33)


def record_of(code: bytes, width: int, height: int) -> bytes:
    """A finger image record (2011) with WSQ inside."""
    bare = bytearray(written(np.zeros((height, width), np.uint8), 500, 7))
    offset = HEADER_2011.size + REPRESENTATION_2011.size
    fields = list(IMAGE_2011.unpack_from(bare, offset))
    fields[8], fields[-1] = WSQ, len(code)
    return bytes(bare[:offset]) + IMAGE_2011.pack(*fields) + code


def fuzz(count: int = COUNT, seed: int = SEED) -> Counter[str]:
    """How often each outcome came. Raises whatever is no typed fault, with the number of the input in its notes."""
    outcomes: Counter[str] = Counter()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        outcomes[_outcome(chance, number, seed)] += 1
    return outcomes


def _outcome(chance: random.Random, number: int, seed: int) -> str:
    tiny, finger, record = seeds()
    good = finger if chance.random() < WHOLE else chance.choice((tiny, tiny, record))
    bent = bend(good, chance)
    try:
        resolutions(bent)
        dimensions(bent)
        picture = read_finger_record(bent).image if good is record else decode_grey(bent)
    except DeviceError as fault:
        return f"{fault.code.value} {fault.facts.get('why', '')}"
    except Exception as bug:
        bug.add_note(f"input {number} of seed {seed}")
        raise
    assert picture.ndim == 2, "no picture"
    assert picture.dtype == np.uint8, "no picture"
    return "a picture"


def bend(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, cut out, put in or doubled, mostly in the head; or the end cut off."""
    bent = bytearray(content)
    for _ in range(chance.randrange(1, 4)):
        reach = min(len(bent), HEAD) if chance.random() < 0.7 else len(bent)
        at, way = chance.randrange(reach + 1), chance.randrange(6)
        if way <= 1 and at < len(bent):
            bent[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, chance.randrange(256)))
        elif way == 2 and at < len(bent):
            bent[at] ^= 1 << chance.randrange(8)
        elif way == 3:
            del bent[at : at + chance.randrange(1, 20)]
        elif way == 4:
            bent[at:at] = bent[at : at + chance.randrange(1, 60)] or chance.randbytes(3)
        elif chance.random() < 0.3:
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
