"""A disk that fails at some call: a fault with a name, and nothing that was reported saved is lost.

A sample of the places; ``python3 dev.py bench vault_faults`` goes through all of them.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.makers import ROOT

SOURCE = Path(__file__).with_name("failing_disk.c")
STEP = 173  # of about 650 calls
FAULTS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("a C compiler on Linux makes the disk fail; there is none here")
    library = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_from_some_call_on_every_call_fails(shim: Path, tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "tests.unit.vault.faulty_work", str(tmp_path)]
    first = {"ENOSPC": 30, "EIO": 70, "EROFS": 1}[name]
    ran = subprocess.run(
        [*command, str(FAULTS[name]), str(first), str(STEP), "700", "0"],
        env={**os.environ, "LD_PRELOAD": str(shim)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    faults = int(ran.stdout.split()[0])
    assert faults >= 3
    assert "bug" not in ran.stdout
