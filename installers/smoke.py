#!/usr/bin/env python3
"""Installs the Debian package in a bare root, uses the frozen program as a desk does, and removes it again.

python3 installers/smoke.py            builds the package with a throw-away key, then all of it
python3 installers/smoke.py --short    without the measurements of the start
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from installers.chroot import Chroot, ChrootError, make_chroot  # noqa: E402 - after the path is set
from installers.display import Display, virtual_display  # noqa: E402 - as above
from installers.smoke_scenario import SmokeError, SmokeScenario  # noqa: E402 - as above

DISPLAY_NUMBER = 97
STARTS = 5
SETTLING_S = 6.0  # the station is assembled and the self-check has read everything
PROGRAM = "/usr/lib/mlid-desktop/mlid-desktop"
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: sizes in bytes, seconds, memory in bytes; None where it was not."""

    package: int
    installed: int
    files: int
    warm_s: float | None = None
    cold_s: float | None = None
    resident: int | None = None
    check_s: float | None = None


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 where every step went as it should, 1 where one did not, 3 where there can be no root here."""
    parser = argparse.ArgumentParser(
        prog="smoke.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--package", type=Path, help="a package that was built before")
    parser.add_argument("--keep-root", type=Path, help="archive of the bare root: made where it is not there")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "installers")
    parser.add_argument("--environment", type=Path, default=ROOT / "build" / "environment")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args(arguments)
    try:
        package = options.package or build_package(options.work, options.environment)
        figures = run_scenario(package.resolve(), options.keep_root, short=options.short)
    except ChrootError as problem:
        print(f"smoke.py: not run: {problem}", file=sys.stderr)
        return 3
    except (SmokeError, TimeoutError) as problem:
        print(f"smoke.py: FAILED: {problem}", file=sys.stderr)
        return 1
    for name in figures.__slots__:
        print(f"  {name}: {getattr(figures, name)}")
    return 0


def build_package(work: Path, environment: Path) -> Path:
    """The package of this checkout, signed with a throw-away key."""
    out = work / "smoke"
    command = [
        sys.executable,
        str(ROOT / "installers" / "build.py"),
        "deb",
        "--throw-away-key",
        "--quick",
        "--out",
        str(out),
    ]
    done = subprocess.run([*command, "--work", str(work), "--environment", str(environment)], check=False)
    packages = sorted(out.glob("*.deb"), key=lambda path: path.stat().st_mtime)
    if done.returncode != 0 or not packages:
        raise SmokeError("the package could not be built (see above)")
    return packages[-1]


def run_scenario(package: Path, kept_root: Path | None, *, short: bool) -> Figures:
    """Every step, in order. Raises SmokeError, TimeoutError, RootError."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlid-smoke-")))
        root = stack.enter_context(make_chroot(scratch / "bare", kept_root))
        display = stack.enter_context(virtual_display(DISPLAY_NUMBER))
        desk = SmokeScenario(root)
        desk.install(package)
        figures = Figures(package.stat().st_size, *desk.installed_size())
        desk.check_no_build_machine_library()
        desk.check_itself()
        desk.run_helpers()
        desk.create_vault()
        desk.enrol_and_verify()
        figures = measure_window(root, display, figures, short=short)
        window = root.start("/usr/bin/mlid-desktop", DISPLAY=display)
        try:
            watching = Display(display)
            watching.wait_for_window(20)
            time.sleep(SETTLING_S if not short else 1.0)
            desk.check_mapped(window.pid)
            desk.refuse_upgrade(package)
        finally:
            window.terminate()
            window.wait()
            watching.close()
        desk.name_changed_files()
        desk.upgrade(package)
        desk.remove()
    return figures


def measure_window(root: Chroot, display: str, figures: Figures, *, short: bool) -> Figures:
    """Start of the window, warm (median) and cold, and what it holds in memory before a camera opens."""
    if short:
        return figures
    begun = time.monotonic()
    root.run("mlid", "self-check")
    check_s = time.monotonic() - begun
    warm: list[float] = []
    memory = 0
    for _ in range(STARTS + 1):
        seconds, memory = start_once(root, display, settle=SETTLING_S if len(warm) == STARTS else 0.0)
        warm.append(seconds)
    cold = None
    if os.access(DROP_CACHES, os.W_OK):
        os.sync()
        DROP_CACHES.write_text("3\n", encoding="ascii")
        cold, _ = start_once(root, display, settle=0.0)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"    window after {statistics.median(warm[1:]):.2f} s warm, {cold or 0:.2f} s cold; {memory / 1e6:.0f} MB")
    print(f"    self-check in {check_s:.2f} s; the machine was asked for {load:.1f} times what it has", flush=True)
    return Figures(
        figures.package, figures.installed, figures.files, statistics.median(warm[1:]), cold, memory, check_s
    )


def start_once(root: Chroot, display: str, *, settle: float) -> tuple[float, int]:
    """Seconds from the start of the process to its window, and resident bytes ``settle`` seconds later."""
    watching = Display(display)
    begun = time.monotonic()
    window = root.start("/usr/bin/mlid-desktop", DISPLAY=display)
    try:
        seconds = watching.wait_for_window(20) - begun
        time.sleep(settle)
        return seconds, resident_bytes(window.pid)
    finally:
        window.terminate()
        window.wait()
        watching.wait_for_window(10, shown=False)
        watching.close()


def resident_bytes(process: int) -> int:
    """Bytes in memory of the process itself, shared libraries counted whole."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
