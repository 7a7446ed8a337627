"""A disk that fails at each call in turn (ENOSPC, EIO, EROFS), from there on for good or once (``failing_disk.c``)."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "unit" / "vault" / "store" / "failing_disk.c"
MOST_CALLS = 2_000
FAULTS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS}


def run(report: Report, step: int = 3) -> None:
    """Every third call: each is a whole working day of a vault, in a process of its own."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        report.note("needs a C compiler on Linux")
        return
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "failing_disk.so"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        for name, number in FAULTS.items():
            told = _told(Path(scratch), library, number, step)
            report.figure(
                f"{name} from some call on: ended with a fault, nothing lost", int(told[0]), "calls", at_least=1
            )
            report.note(" ".join(told[2:]))


def _told(scratch: Path, library: Path, number: int, step: int) -> list[str]:
    """Faults, runs that came through, and the codes. Raises RuntimeError with what was lost."""
    command = [sys.executable, "-m", "tests.unit.vault.faulty_work", str(scratch / str(number))]
    (scratch / str(number)).mkdir()
    ran = subprocess.run(
        [*command, str(number), "1", str(step), str(MOST_CALLS), "0"],
        env={**os.environ, "LD_PRELOAD": str(library)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr)
    return ran.stdout.split()
