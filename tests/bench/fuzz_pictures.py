"""Pictures and records of up to a megabyte, made or bent to take memory and time: what the decoding helper holds and
how long it works, at most, and that only typed faults or pictures come of them.

``python -m tests.bench.fuzz_pictures [COUNT [SEED]]`` (2,000 bent files unless told) prints a table by format; the
tests run the worst of the made ones and some dozens of the bent.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.messages import MEMORY_BYTES
from mlid_desktop.domain.errors import DeviceError
from tests.bench import costly_pictures

COUNT = 2_000
SEED = 20261128
MEGABYTE = 1024 * 1024
LONGEST_S = 2.0


@dataclass(slots=True)
class Cost:
    """What inputs of one format took at most: resident bytes of the helper, seconds from asking to the answer, of which
    ``looking`` before the helper was asked; and how they ended."""

    inputs: int = 0
    most_bytes: int = 0
    longest_s: float = 0.0
    worst: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)


class MeasuringDecoder:
    """A decoder whose helper is looked at after each picture."""

    def __init__(self) -> None:
        self.decoder = PictureDecoder()
        self.decoder.colour(costly_pictures.small_png())  # a cold start is not the picture's

    def measure(self, name: str, content: bytes, cost: Cost) -> None:
        """Decodes as colour and as a finger, notes the most. Raises whatever is no typed fault."""
        asked: list[Callable[[bytes], object]] = [self.decoder.colour, self.decoder.finger]
        if content.startswith(b"FIR\0"):
            asked = [self.decoder.record]
        for ask in asked:
            begun = time.perf_counter()
            try:
                ask(content)
                outcome = "picture"
            except DeviceError as fault:
                outcome = f"{fault.code.value} {fault.facts.get('why', '')}".strip()
            took = time.perf_counter() - begun
            cost.outcomes[outcome] += 1
            held = self._peak()
            if held is None:  # it ended: the next begins anew, before the clock runs
                held = MEMORY_BYTES if "memory" in outcome else 0
                self.decoder.colour(costly_pictures.small_png())
            cost.most_bytes = max(cost.most_bytes, held)
            if took > cost.longest_s:
                cost.longest_s, cost.worst = took, f"{name}: {outcome}"
        cost.inputs += 1

    def _peak(self) -> int | None:
        """The most the helper ever held, None where there is none any more."""
        number = self.decoder.helper_number
        try:
            status = Path(f"/proc/{number}/status").read_text() if number is not None else ""
        except OSError:
            return None
        line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
        return None if line is None else int(line.split()[1]) * 1024


@cache
def honest() -> dict[str, bytes]:
    """One ordinary file of each format, to be bent."""
    return costly_pictures.ordinary()


def bent(count: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Format, name and bytes of files with changed, removed, repeated and inflated parts, never above a megabyte."""
    kinds = sorted(honest())
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        kind = kinds[number % len(kinds)]
        content = bytearray(honest()[kind])
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            _bend(content, chance)
        if chance.random() < 0.2:
            content += chance.randbytes(chance.randrange(MEGABYTE - min(len(content), MEGABYTE - 1)))
        yield kind, f"{kind} {number}", bytes(content[:MEGABYTE])


def _bend(content: bytearray, chance: random.Random) -> None:
    offset = chance.randrange(len(content)) if chance.random() < 0.5 else chance.randrange(min(200, len(content)))
    match chance.randrange(5):
        case 0:
            content[offset] = chance.randrange(256)
        case 1:
            content[offset : offset + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff")
            )
        case 2:
            content[offset : offset + 2] = chance.randrange(65_536).to_bytes(2, chance.choice(("little", "big")))
        case 3:
            del content[offset : offset + chance.randrange(1, 64)]
            content += b"\x00"
        case _:
            part = bytes(content[offset : offset + chance.randrange(1, 512)])
            content[offset:offset] = part * chance.randrange(1, 64)


def run(count: int, seed: int) -> dict[str, Cost]:
    """What the made files and ``count`` bent ones took, by format."""
    costs: dict[str, Cost] = defaultdict(Cost)
    for kind, name, make in costly_pictures.made():
        measuring = MeasuringDecoder()
        measuring.measure(name, make(), costs[f"{kind}, made"])
        measuring.decoder.close()
    measuring = MeasuringDecoder()
    for kind, name, content in bent(count, seed):
        measuring.measure(name, content, costs[f"{kind}, bent"])
    measuring.decoder.close()
    return dict(costs)


def main() -> None:
    """The table."""
    numbers = [int(argument) for argument in sys.argv[1:3]]
    count = numbers[0] if numbers else COUNT
    seed = numbers[1] if len(numbers) > 1 else SEED
    for kind, cost in sorted(run(count, seed).items()):
        print(f"{kind:18} {cost.inputs:5} {cost.most_bytes / MEGABYTE:6.0f} MB {cost.longest_s:6.3f} s  {cost.worst}")
        print(f"{'':18} {dict(cost.outcomes)}")


if __name__ == "__main__":
    main()
