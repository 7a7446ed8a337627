"""What a task costs, and what the machine allows at most, for measurements of scale."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.bench.report import Report

T = TypeVar("T")
RECORD = 1500  # bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the machine does in a second at most: bytes of memory read, words of 64 bits counted in the cache, and bytes
    of records decrypted one record at a time."""

    read: float
    counted: float
    decrypted: float


def spent(task: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of a task, and what it gives."""
    began = time.process_time()
    given = task()
    return time.process_time() - began, given


def resident() -> int:
    """Bytes of memory in use now; 0 where the system does not tell this way."""
    status = Path("/proc/self/statm")
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else 0


def measure_bounds(report: Report) -> Bounds:
    """Measures what this machine allows, each the best of five."""
    large, small = np.ones(32 * 1024 * 1024, np.uint64), np.ones(16_384, np.uint64)
    cipher = AESGCM(bytes(32))
    sealed = cipher.encrypt(bytes(12), bytes(RECORD), b"")
    bounds = Bounds(
        large.nbytes / _least(large.sum),
        200 * len(small) / _least(lambda: [np.bitwise_count(small) for _ in range(200)]),
        5000 * RECORD / _least(lambda: [cipher.decrypt(bytes(12), sealed, b"") for _ in range(5000)]),
    )
    report.figure("memory read in a second", bounds.read / 1e9, "GB")
    report.figure("words of 64 bits counted in a second", bounds.counted / 1e9, "10^9")
    report.figure("records decrypted in a second, one at a time", bounds.decrypted / 1e6, "MB")
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return bounds


def _least(task: Callable[[], object]) -> float:
    return min(spent(task)[0] for _ in range(5))
