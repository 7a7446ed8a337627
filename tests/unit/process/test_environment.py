"""What a process sets for its libraries is there before they read it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.makers import ROOT

THREADS = """
import os, sys
from importlib import import_module
import_module(sys.argv[1])
assert "numpy" not in sys.modules, "the entry point imports numpy before its threads are bounded"
from mlid_desktop.process.environment import prepare_environment
prepare_environment()
before = len(os.listdir("/proc/self/task"))
import numpy
numpy.ones((600, 600)) @ numpy.ones((600, 600))
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted by Linux's /proc")
@pytest.mark.parametrize("entry", ["mlid_desktop.cli.main", "mlid_desktop.gui.window.app"])
def test_linear_algebra_starts_no_threads_of_its_own(entry: str) -> None:
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", THREADS, entry], cwd=ROOT, env=free, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr
