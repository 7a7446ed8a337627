"""The interface for other programs: how soon a request is on the screen of the real window and its answer with the
program that asked, what it costs a desk that has it turned off, and 20,000 cases that schemathesis makes from its
description: half of them signed by an admitted caller, one run at a window that answers, one at a locked one."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tests.bench.report import Report
from tests.described_interface import send_described_cases
from tests.gui.stage import ROOT

CASES = 11_500  # asked for in each run: of two operations nothing can be made that does not fit
ROUNDS = 60
STARTS = 15
LIMIT_S = 900

START = """
import sys, time
from types import ModuleType
if sys.argv[2] == "without":
    class Nothing:
        def __init__(self, desk):
            self.port = 0
        def stop(self):
            pass
    package, server = ModuleType("mlid_desktop.api"), ModuleType("mlid_desktop.api.server")
    package.__path__, server.InterfaceServer = [], Nothing
    sys.modules |= {package.__name__: package, server.__name__: server}
from mlid_desktop.gui.window import app, controller
from mlid_desktop.station.installation.self_check import SelfCheck
SelfCheck.start = lambda self: None  # which reads every file beside, sooner or later
shown = controller.show_unlock_page
def ready(window, *given, **more):
    shown(window, *given, **more)
    window.repaint()
    print(time.time() - float(sys.argv[1]), time.process_time(), flush=True)
    import os; os._exit(0)
controller.show_unlock_page = ready
app.main(["--vault", sys.argv[3]])
"""


def run(report: Report) -> None:
    """What a caller waits for, what the desk pays, and no reply that is another than the description has."""
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    _pace(report)
    _start(report)
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    _described(report)


def _pace(report: Report) -> None:
    with _display() as (name, environment), tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.request_pace", folder, str(ROUNDS)]
        ran = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True
        )
    report.note(f"{ROUNDS} checks that a program asks for, {name}")
    took = {what: np.array(each) for what, each in json.loads(ran.stdout).items()}
    took["request to page"] = took["bar"] + took["page"]
    parts = (
        ("request to its bar on screen", "bar", None),
        ("the bar's button to the page on screen", "page", None),
        ("request to page on screen, without the operator's pause", "request to page", 150.0),
        ("decision to the answer with the program", "answer", 100.0),
    )
    for words, what, bound in parts:
        by_clock, by_processor = took[what].T
        report.figure(f"{words}: median", float(np.median(by_clock)), "ms", at_most=bound)
        report.figure(f"{words}: 99 of 100", float(np.quantile(by_clock, 0.99)), "ms")
        report.figure(f"{words}: processor time", float(np.median(by_processor)), "ms", at_most=bound)


@contextmanager
def _display() -> Iterator[tuple[str, dict[str, str]]]:
    """A virtual display where one can be had, in words, and the environment of what is shown on it."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if shutil.which("Xvfb") is None:
        yield "drawn offscreen: no Xvfb here", environment
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    try:
        os.close(write)
        with os.fdopen(read) as number:
            yield "on a virtual display", {
                **environment, "DISPLAY": f":{number.readline().strip()}", "QT_QPA_PLATFORM": "xcb",
            }  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def _start(report: Report) -> None:
    """Start of a desk whose interface is off, until it can be unlocked, against one without the modules of the
    interface: in turn, so that both meet the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        took: dict[str, list[tuple[float, float]]] = {"with": [], "without": []}
        for turn in range(STARTS):
            for how in sorted(took, reverse=bool(turn % 2)):
                took[how].append(_started(how, folder))
    report.figure("start to the page of the passphrase", 1000 * statistics.median(s for s, _ in took["with"]), "ms")
    ratios = [ours[1] / bare[1] for ours, bare in zip(took["with"], took["without"], strict=True)]
    least = min(spent for _, spent in took["with"]) / min(spent for _, spent in took["without"])
    report.figure("interface off against none, processor time, median of pairs", statistics.median(ratios), "x")
    report.figure("interface off against none, the least processor time", least, "x", at_most=1.02)


def _started(how: str, folder: str) -> tuple[float, float]:
    """Seconds by clock and processor, from before the interpreter starts."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", START, str(time.time()), how, folder]
    found = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    clock, processor = map(float, found.stdout.split()[-2:])
    return clock, processor


def _described(report: Report) -> None:
    for words, locked in (("unlocked", False), ("locked", True)):
        begun = time.perf_counter()
        outcome = send_described_cases(CASES, locked=locked)
        took = time.perf_counter() - begun
        report.figure(f"{words}: cases sent", outcome.cases, "cases")
        report.figure(f"{words}: of them signed", 100 * outcome.signed / outcome.cases, "%")
        report.figure(f"{words}: answers read with a code", outcome.operations["redeem", 200], "cases")
        report.figure(f"{words}: not as described", len(outcome.failures), "cases", at_most=0)
        report.figure(f"{words}: a case, with making it", 1000 * took / outcome.cases, "ms")
        told = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
        report.note(f"{words}: {told}")
        for failure in outcome.failures[:10]:
            report.note(failure)
