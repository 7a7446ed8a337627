"""Calibrates the cost of a passphrase on this machine (FORMAT.md, section 3)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mlid_desktop.vault.crypto.envelope import KEY_BYTES
from mlid_desktop.vault.keys.slots import CEILING, FLOOR, SALT_BYTES, KdfCost

AIM_SECONDS = 1.0  # what a person at a desk puts up with once a shift
MOST_MEMORY_KIB = 1024 * 1024  # RFC 9106, section 4, asks for 2 GiB; half of it leaves room for the models
LEAST_PASSES = 3  # RFC 9106, section 4
RUNS = 3
SHARE_OF_MACHINE = 8  # at most this part of the machine's memory


def calibrated_cost(aim_s: float = AIM_SECONDS, spend: Callable[[KdfCost], float] | None = None) -> KdfCost:
    """Argon2id parameters that take about ``aim_s`` seconds here: as much memory as three passes can fill in that time,
    then as many passes as fit; never below the floor, which is what an aim of 0 gives, nor above the ceiling. ``spend``
    runs a cost and says how long that takes on this machine when it has nothing else to do: three times where it takes
    little, of which the least counts."""
    if aim_s <= 0:
        return FLOOR
    run = spend or undisturbed_seconds
    lanes = max(FLOOR.lanes, min(4, os.cpu_count() or 1))
    memory, most = 64 * 1024, _most_memory()
    taken = max(min(run(KdfCost(memory, LEAST_PASSES, lanes)) for _ in range(RUNS)), 1e-4)
    if taken > aim_s:
        return _within(KdfCost(int(memory * aim_s / taken), LEAST_PASSES, lanes))
    memory = int(min(most, memory * aim_s / taken))
    taken = max(run(KdfCost(max(memory, FLOOR.memory_kib), LEAST_PASSES, lanes)), 1e-4)
    return _within(KdfCost(memory, round(LEAST_PASSES * aim_s / taken), lanes))


def _within(cost: KdfCost) -> KdfCost:
    return KdfCost(
        max(FLOOR.memory_kib, min(CEILING.memory_kib, cost.memory_kib)),
        max(FLOOR.passes, min(CEILING.passes, cost.passes)),
        max(FLOOR.lanes, min(CEILING.lanes, cost.lanes)),
    )


def _most_memory() -> int:
    try:
        machine_kib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    except (AttributeError, ValueError, OSError):  # Windows has no such question
        machine_kib = SHARE_OF_MACHINE * MOST_MEMORY_KIB // 2
    return max(FLOOR.memory_kib, min(MOST_MEMORY_KIB, machine_kib // SHARE_OF_MACHINE))


def undisturbed_seconds(cost: KdfCost) -> float:
    """Seconds that a passphrase of this cost takes here where nothing else runs: its processor time, shared by the
    cores that its lanes have. By the clock, a machine that is busy when a vault is made would give it a weaker cost
    for good."""
    kdf = Argon2id(
        salt=bytes(SALT_BYTES), length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    began = time.process_time()
    kdf.derive(b"how long does it take here?")
    return (time.process_time() - began) / min(cost.lanes, os.cpu_count() or 1)
